import json
import os
import socket
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.store import Store
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.checkpoints.states import TX, same, saved, small_state, trained


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_what_is_restored_is_what_was_saved_bit_for_bit(tmp_path):
    expected = saved(tmp_path, [0.1, 0.2])
    template = small_state(seed=1)
    with Store(tmp_path) as store:
        state, progress = store.restore(template)
        earlier, _ = store.restore(template, 1)
    assert same(state, expected[2]) and same(earlier, expected[1])
    assert jax.tree.structure(state) == jax.tree.structure(template)
    assert type(state.opt_state[1][0]) is type(template.opt_state[1][0])
    assert progress == {"epoch": 2, "accuracy": 0.2, "loss": 0.8}


def test_training_may_donate_the_state_while_it_is_written(tmp_path):
    state = trained(small_state(width=4096))
    expected = jax.tree.map(np.array, state)
    with Store(tmp_path) as store:
        store.save(1, state, {"accuracy": 0})
        for _ in range(20):
            state = trained(state)
        assert not same(state, expected)
        assert same(store.restore(small_state(width=4096))[0], expected)


def test_the_latest_are_kept_and_the_best_and_the_first(tmp_path):
    saved(tmp_path, [0.5, 0.9, 0.6, 0.7, 0.8, 0.1])
    assert names(tmp_path) == ["1", "2", "4", "5", "6"]
    with Store(tmp_path) as store:
        assert (store.steps(), store.best()) == ((1, 2, 4, 5, 6), 2)


def test_a_later_epoch_that_is_as_good_takes_the_place_of_the_best(tmp_path):
    saved(tmp_path, [0.1, 0.9, 0.5, 0.9, 0.1], keep=1)
    assert names(tmp_path) == ["1", "4", "5"]


def test_a_directory_without_checkpoints_restores_nothing(tmp_path):
    with Store(tmp_path / "new") as store:
        assert store.restore(small_state()) is None
        assert (store.steps(), store.best()) == ((), None)


def test_training_goes_on_from_an_earlier_epoch_when_the_later_are_forgotten(tmp_path):
    saved(tmp_path, [0.1, 0.2, 0.3])
    with Store(tmp_path) as store:
        with pytest.raises(ValueError, match="epoch 3 is not after the latest, 3"):
            store.save(3, small_state(), {"accuracy": 0})
        store.forget(1)
        assert names(tmp_path) == ["1"]
        store.save(2, small_state(), {"accuracy": 0.7})
        store.wait()
        assert store.restore(small_state())[1] == {"accuracy": 0.7}


def test_the_layout_is_that_of_the_guide(tmp_path):
    saved(tmp_path, [0.1])
    assert {"_CHECKPOINT_METADATA", "model", "optimizer", "progress"} <= set(names(tmp_path / "1"))
    assert {"_METADATA", "_sharding", "manifest.ocdbt"} <= set(names(tmp_path / "1" / "model"))
    assert json.loads((tmp_path / "1" / "progress" / "metadata").read_text())["epoch"] == 1


def test_what_interrupted_trainings_left_is_swept_by_the_next(tmp_path):
    saved(tmp_path, [0.1, 0.2])
    (tmp_path / "3.orbax-checkpoint-tmp" / "model").mkdir(parents=True)
    (tmp_path / "4" / "model").mkdir(parents=True)
    (tmp_path / disk.DELETED / "1").mkdir(parents=True)
    (tmp_path / "curves.svg").write_text("mine")
    with Store(tmp_path) as store:
        assert store.steps() == (1, 2)
        assert names(tmp_path) == ["1", "2", "curves.svg"]


def test_two_trainings_do_not_write_to_one_directory(tmp_path):
    with Store(tmp_path), pytest.raises(DemoError, match="Another training is writing to"):
        Store(tmp_path)
    with Store(tmp_path) as store:
        assert store.steps() == ()


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "jax_mnist").write_text("")
    with pytest.raises(DemoError, match=r"jax_mnist cannot be written to: File exists\.\n  fix: Make sure"):
        Store(tmp_path / "jax_mnist")


def test_states_of_another_model_are_refused(tmp_path):
    saved(tmp_path, [0.1])
    other = TrainState.create(apply_fn=None, params={"conv": jnp.ones((3, 3))}, tx=TX)
    sgd = TrainState.create(apply_fn=None, params=small_state().params, tx=optax.sgd(0.1, momentum=0.9))
    with Store(tmp_path) as store:
        for template in (other, sgd, small_state(width=9)):
            with pytest.raises(DemoError, match=r"1 cannot be restored: .+\n  fix: If another model"):
                store.restore(template)


def test_an_epoch_that_is_not_there_is_told(tmp_path):
    saved(tmp_path, [0.1, 0.2])
    with Store(tmp_path) as store, pytest.raises(DemoError, match="has no complete epoch 7: it has 1, 2"):
        store.restore(small_state(), 7)


def test_damaged_arrays_are_noticed(tmp_path):
    saved(tmp_path, [0.1])
    for file in (tmp_path / "1" / "model").rglob("*"):
        if file.is_file() and file.parent.name == "d":
            file.write_bytes(file.read_bytes()[:-9])
    with Store(tmp_path) as store, pytest.raises(DemoError, match="cannot be restored"):
        store.restore(small_state())


NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.store import Store
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.checkpoints.states import saved, small_state
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
saved(sys.argv[1], [0.1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with Store(sys.argv[1]) as store:
        store.save(2, small_state(width=100_000), {"accuracy": 0})
except DemoError as error:
    print(error, *disk.steps(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path):
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "could not be written to" in done.stdout and "Make sure that the disk has room" in done.stdout
    assert done.stdout.rstrip().endswith(" 1") and "ERROR:absl" not in done.stderr


ON_FOUR_DEVICES = """
import jax, numpy as np, sys
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from jax_to_tfjs_demo.checkpoints.store import Store
from tests.demo.checkpoints.states import same, small_state, trained
rank, processes, address, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
if processes > 1:
    jax.distributed.initialize(address, processes, rank)
assert jax.device_count() == 4
mesh = Mesh(np.array(jax.devices()), ("data",))
whole, cut = NamedSharding(mesh, P()), NamedSharding(mesh, P(None, "data"))
def placed(state):
    lie = lambda leaf: cut if np.ndim(leaf) == 2 else whole
    return jax.tree.map(lambda x: jax.device_put(np.asarray(x), lie(x)), state.replace(step=np.int32(state.step)))
state = placed(small_state())
advance = jax.jit(trained, out_shardings=jax.tree.map(lambda x: x.sharding, state))
with Store(directory) as store:
    for epoch in (1, 2, 3, 4):
        state = advance(state)
        store.save(epoch, state, {"accuracy": 1 / epoch})
    found, progress = store.restore(placed(small_state(seed=1)))
    assert progress == {"accuracy": 0.25} and store.steps() == (1, 2, 3, 4), store.steps()
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(state), strict=True):
        assert a.sharding == b.sharding
        assert all(same(x.data, y.data) for x, y in zip(a.addressable_shards, b.addressable_shards, strict=True))
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_several_devices_and_processes_write_one_checkpoint(tmp_path, processes):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = os.environ | {
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={4 // processes}",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, "-c", ON_FOUR_DEVICES]
    running = [
        subprocess.Popen([*command, str(rank), str(processes), address, str(tmp_path)], env=environment)
        for rank in range(processes)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * processes
    with Store(tmp_path) as store:
        state, _ = store.restore(small_state())
    assert state.params["dense"]["bias"].devices() == {jax.devices()[0]}
    assert float(state.opt_state[1][0].count) == 4
