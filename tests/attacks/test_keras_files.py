"""Keras files that must be refused: nothing executed, nothing read or written outside of them, little memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.attacks.keras_archives import ARCHIVES, SHARDS, archive
from tests.attacks.keras_hdf5 import CANARY, HDF5, Write, hdf5, nested, raw
from tests.attacks.read_keras_files import read_all
from totfjs.errors import KerasFileError

ROOT = Path(__file__).parents[2]
SECRET = np.full((2, 3), 42, np.float32)
ALL = [
    (suffix, name)
    for suffix, files in ((".h5", HDF5), (".keras", ARCHIVES), (".weights.json", SHARDS))
    for name in files
]


def attack(suffix: str, name: str) -> tuple[Write, str]:
    return {".h5": HDF5, ".keras": ARCHIVES, ".weights.json": SHARDS}[suffix][name]


def state(directory: Path) -> dict[str, tuple[int, int]]:
    """All files below a directory, with their sizes and when they were changed."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in directory.rglob("*")}


def refusal(path: Path) -> str:
    """What is said of a file, once all is let go that was opened to read it."""
    try:
        read_all(path)
    except KerasFileError as error:
        return str(error)
    pytest.fail("it was read")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file beside the attack, which nobody has read: its time of access lies before its time of change."""
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / CANARY
    with h5py.File(path, "w") as file:
        file["secret"] = SECRET
    os.utime(path, (0, 1_000_000_000))
    return path


@pytest.mark.parametrize(("suffix", "name"), ALL, ids=[f"{name}{suffix}" for suffix, name in ALL])
def test_is_refused(tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, name: str) -> None:
    write, text = attack(suffix, name)
    monkeypatch.chdir(canary.parent)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = canary.with_name(f"model{suffix}")
    write(path)
    before = state(tmp_path)
    message = refusal(path)
    assert re.search(text, message), message
    assert re.search("model.(h5|keras|weights.json)|none.weights.h5", message)
    assert "  fix: " in message
    assert state(tmp_path) == before
    assert canary.stat().st_atime == 0


def test_a_sound_file_is_not_refused(tmp_path: Path) -> None:
    """What the attacks are made from: else each could be refused for another reason."""
    for name, write in (
        ("a.h5", hdf5(lambda file: None)),
        ("a.weights.h5", nested(lambda file: None)),
        ("a.keras", raw(archive())),
    ):
        write(tmp_path / name)
        read_all(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the largest memory a process had")
def test_memory_stays_small(tmp_path: Path) -> None:
    """All attacks one after the other, in a process of their own."""
    (tmp_path / "files").mkdir()
    for index, (suffix, name) in enumerate(ALL):
        attack(suffix, name)[0](tmp_path / "files" / f"{index}{suffix}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    command = [sys.executable, "-m", "tests.attacks.read_keras_files", str(tmp_path / "files")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    refused, mebibytes = done.stdout.split()
    assert int(refused) == len(ALL)
    assert int(mebibytes) < 200


@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_are_refused_or_read(tmp_path: Path, seed: int) -> None:
    """Whatever a byte says: an error of ours, or values of the declared shape."""
    random = np.random.default_rng(seed)
    hdf5(lambda file: None)(tmp_path / "sound.h5")
    for suffix, content in ((".h5", (tmp_path / "sound.h5").read_bytes()), (".keras", archive())):
        for _ in range(60):
            spoilt = bytearray(content)
            for at in random.integers(0, len(content), random.integers(1, 4)):
                spoilt[at] = random.integers(256)
            path = tmp_path / f"model{suffix}"
            path.write_bytes(spoilt)
            try:
                read_all(path)
            except KerasFileError as error:
                assert error.remedy
