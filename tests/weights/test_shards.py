import errno
import hashlib
import os

import numpy as np
import pytest

from totfjs.errors import DiskFullError
from totfjs.weights import Dense, FileSlice, entries, shards, write_shards

WEIGHTS = [
    ("a", np.arange(10, dtype=np.float32)),
    ("b", np.arange(3, dtype=np.int32)),
    ("s", np.array(["x", "yz"])),
    ("e", np.zeros((0, 3), np.float32)),
    ("t", np.array([True])),
]
BYTES = WEIGHTS[0][1].tobytes() + WEIGHTS[1][1].tobytes() + b"\1\0\0\0x\2\0\0\0yz" + b"\1"


def prepared():
    return entries([(name, Dense(values)) for name, values in WEIGHTS])


@pytest.mark.parametrize("size", [1, 3, 4, 40, len(BYTES) - 1, len(BYTES), len(BYTES) + 1])
def test_shards_are_the_weights_one_after_another(tmp_path, size):
    group = write_shards(tmp_path, prepared(), size)
    count = -(-len(BYTES) // size)
    assert group.paths == tuple(f"group1-shard{i}of{count}.bin" for i in range(1, count + 1))
    assert sorted(group.paths) == sorted(path.name for path in tmp_path.iterdir())
    contents = [(tmp_path / path).read_bytes() for path in group.paths]
    assert b"".join(contents) == BYTES
    assert all(len(content) == size for content in contents[:-1])
    assert group.nbytes == len(BYTES)


@pytest.mark.parametrize("size", [3, 40, len(BYTES)])
def test_each_file_is_hashed_as_it_lies_on_disk(tmp_path, size):
    found = write_shards(tmp_path, prepared(), size).checksums()
    assert found == {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in tmp_path.iterdir()
    }


@pytest.mark.parametrize("weights", [[], [("e", np.zeros((0, 3), np.float32))]])
def test_no_bytes_no_file(tmp_path, weights):
    group = write_shards(tmp_path, entries([(name, Dense(values)) for name, values in weights]))
    assert (group.paths, list(tmp_path.iterdir())) == ((), [])
    assert group.json() == {"paths": [], "weights": [entry | {} for entry in group.weights]}


def test_progress_ends_at_the_total(tmp_path):
    seen = []
    write_shards(tmp_path, prepared(), progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (len(BYTES), len(BYTES))


def test_a_disk_that_fills_up_is_one_clear_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shards.os, "write", full)
    with pytest.raises(DiskFullError, match=r"There is no room left to write .*group1-shard1of1.bin"):
        write_shards(tmp_path, prepared())


def test_a_failing_sync_is_not_lost(tmp_path, monkeypatch):
    def broken(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shards.os, "fsync", broken)
    with pytest.raises(DiskFullError):
        write_shards(tmp_path, prepared())


@pytest.mark.parametrize("size", [99, 1001])  # the weights end within a shard, and with one
@pytest.mark.parametrize("most", [None, 0, 7], ids=["copied", "the system cannot", "in small pieces"])
def test_bytes_that_lie_in_a_file_as_they_are_stored_are_copied(most, size, tmp_path, monkeypatch):
    values = np.arange(1000, dtype="<f4")
    (tmp_path / "source").write_bytes(b"head" + values.tobytes())
    if most is not None and hasattr(os, "copy_file_range"):
        copy = os.copy_file_range
        limited = (lambda *_: 0) if not most else (lambda s, d, count, offset: copy(s, d, min(count, most), offset))
        monkeypatch.setattr(os, "copy_file_range", limited)
    weights = [("a", Dense(np.float32(7))), ("b", FileSlice(tmp_path / "source", 4, "<f4", (10, 100)))]
    group = write_shards(tmp_path, entries(weights), size)
    written = b"".join((tmp_path / path).read_bytes() for path in group.paths)
    assert written == np.float32(7).tobytes() + values.tobytes()
