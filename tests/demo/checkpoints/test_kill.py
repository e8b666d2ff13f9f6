"""A training that is killed while it writes a checkpoint loses nothing, and nothing torn passes for complete."""

import signal
import subprocess
import sys

import pytest

from jax_to_tfjs_demo.checkpoints.listing import find
from jax_to_tfjs_demo.checkpoints.store import Store
from tests.demo.checkpoints.states import same, small_state, trained_to

LAST, WIDTH = 5, 20_000
# The training ends itself, as kill -9 does, at the last of some operations on files: each is an event and a part of
# what it is told, and they have to come in this order.
TRAINING = """
import os, signal, sys
from tests.demo.checkpoints.states import trained_to
awaited = [tuple(word.split(" ", 1)) for word in sys.argv[4:]]
def watch(event, arguments):
    if awaited and event == awaited[0][0] and awaited[0][1] in " ".join(map(str, arguments)):
        awaited.pop(0)
        if not awaited:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
trained_to(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def killed(directory, *operations):
    command = [sys.executable, "-c", TRAINING, str(directory), str(LAST), str(WIDTH), *operations]
    assert subprocess.run(command, timeout=120).returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The state after each epoch."""
    return {last: trained_to(tmp_path_factory.mktemp("whole"), last, WIDTH) for last in range(1, LAST + 1)}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that kill")
@pytest.mark.parametrize(
    ("operations", "complete", "torn"),
    [
        (("os.rename 3.orbax-checkpoint-tmp/optimizer",), [1, 2], [3]),
        (("os.rename 4.orbax-checkpoint-tmp ",), [1, 2, 3], [4]),
        # the fifth takes the place of the second, which is deleted once it has another name
        (("os.rename .deleted", "shutil.rmtree .deleted", "os.remove "), [1, 3, 4, 5], []),
    ],
    ids=["while an item is written", "before it is complete", "while an old one is deleted"],
)
def test_training_goes_on_from_the_latest_complete_epoch(tmp_path, uninterrupted, operations, complete, torn):
    killed(tmp_path, *operations)
    found = find(tmp_path)
    assert [one.step for one in found if one.complete] == complete
    assert [one.step for one in found if not one.complete] == torn
    with Store(tmp_path) as store:
        assert list(store.steps()) == complete
        for step in complete:
            assert same(store.restore(small_state(width=WIDTH), step)[0], uninterrupted[step])
    assert same(trained_to(tmp_path, LAST, WIDTH), uninterrupted[LAST])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3", "4", "5"]
