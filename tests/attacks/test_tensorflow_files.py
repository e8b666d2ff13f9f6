"""TensorFlow models that must be refused: nothing executed, nothing read outside of them, little memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.attacks.read_tensorflow_files import read_all
from tests.attacks.tensorflow_files import (
    ALL,
    ASSETS,
    CANARY,
    SOUND,
    X,
    asset,
    calling,
    directory,
    frozen,
    function,
    node,
    nodes,
    saved,
    used,
    variable,
)
from tests.sources.tensorflow.reading.models import unpacked
from totfjs.errors import TotfjsError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ALL)
def test_is_refused(tmp_path: Path, name: str) -> None:
    write, text = ALL[name]
    canary = tmp_path / CANARY
    canary.write_text("secret")
    os.utime(canary, (0, 1_000_000_000))
    path = write(tmp_path)
    with pytest.raises(TotfjsError) as caught:
        read_all(path)
    assert re.search(text, str(caught.value)), str(caught.value)
    assert "  fix: " in str(caught.value)
    assert canary.stat().st_atime == 0


def test_sound_files_are_not_refused(tmp_path: Path) -> None:
    """What the attacks are made from: else each could be refused for another reason."""
    words = directory(saved(ASSETS, asset("words.txt")))
    for number, write in enumerate((
        frozen(nodes(X, used("x"))),
        calling(function("f0", node("a", "Relu", "x"), returns="a:activations:0")),
        directory(saved(variable()), SOUND),
        directory(saved(variable(part="2 0,2")), SOUND),
        words,
    )):  # fmt: skip
        (tmp_path / str(number)).mkdir()
        path = write(tmp_path / str(number))
        if write is words:
            (path / "assets").mkdir()
            (path / "assets" / "words.txt").write_text("a")
        read_all(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the largest memory a process had")
def test_memory_stays_small(tmp_path: Path) -> None:
    """All attacks one after the other, in a process of their own."""
    for index, (write, _) in enumerate(ALL.values()):
        (tmp_path / "files" / str(index)).mkdir(parents=True)
        (tmp_path / "files" / str(index) / CANARY).write_text("secret")
        write(tmp_path / "files" / str(index))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    command = [sys.executable, "-m", "tests.attacks.read_tensorflow_files", str(tmp_path / "files")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    refused, mebibytes = done.stdout.split()
    assert int(refused) == len(ALL)
    assert int(mebibytes) < 200


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["two", "tf1", "frozen"])
def test_changed_bytes_are_refused_or_read(tmp_path: Path, name: str, seed: int) -> None:
    """Whatever a byte says: an error of ours, or a model."""
    random = np.random.default_rng(seed)
    path = unpacked(name, tmp_path)
    file = path / ("graph.pb" if name == "frozen" else "saved_model.pb")
    content = file.read_bytes()
    for _ in range(40):
        spoilt = bytearray(content)
        for at in random.integers(0, len(content), random.integers(1, 4)):
            spoilt[at] = random.integers(256)
        file.write_bytes(spoilt)
        try:
            read_all(file)
        except TotfjsError as error:
            assert error.remedy
