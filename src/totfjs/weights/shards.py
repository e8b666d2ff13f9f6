"""Writes one group of weights as shards: their bytes one after another, cut every so many bytes.

Shards reach the disk (fsync) and are hashed on other threads while the next ones are read and written; only a few are
on the way at any time.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.weights.array import FileSlice, open_weights
from totfjs.weights.disk import output_error, writing
from totfjs.weights.entry import Entry

SHARD_SIZE = 4 * 1024 * 1024
_SYNCING = 4
_CANNOT_COPY = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shard:
    """A written file: its length and the SHA-256 of its bytes, in hexadecimal digits."""

    nbytes: int
    sha256: str


@dataclass(frozen=True)
class Group:
    """A written group: the manifest's record of it, its size, and the shards of its paths where they were hashed."""

    paths: tuple[str, ...]
    weights: tuple[dict[str, Any], ...]
    nbytes: int
    shards: tuple[Shard, ...]

    def json(self) -> dict[str, Any]:
        """The group in the weights manifest."""
        return {"paths": list(self.paths), "weights": list(self.weights)}

    def checksums(self) -> dict[str, dict[str, Any]]:
        """The length and SHA-256 of each file, by its path."""
        named = zip(self.paths, self.shards, strict=True)
        return {path: {"bytes": shard.nbytes, "sha256": shard.sha256} for path, shard in named}


def write_shards(
    directory: Path,
    entries: Sequence[Entry],
    size: int = SHARD_SIZE,
    progress: Progress | None = None,
    index: int = 1,
    *,
    hashed: bool = True,
) -> Group:
    """Write `groupK-shardIofN.bin` into the directory, K the index, on disk when this returns. No bytes, no file.

    A group that is not `hashed` has no checksums, and is written sooner.
    """
    total = sum(entry.nbytes for entry in entries)
    count = -(-total // size)
    paths = tuple(f"group{index}-shard{i}of{count}.bin" for i in range(1, count + 1))
    with _Shards([directory / path for path in paths], size, hashed) as shards:
        done = 0
        for entry in entries:
            for count in _written(shards, entry):
                done += count
                if progress:
                    progress(done, total)
    return Group(paths, tuple(entry.json() for entry in entries), total, tuple(shards.written))


class _Shards:
    """Files of equal size, filled one after another."""

    def __init__(self, paths: Sequence[Path], size: int, hashed: bool) -> None:
        self._paths, self._size, self._hashed = iter(paths), size, hashed
        self._path = Path()
        self._file: int | None = None
        self._room = 0
        self._syncing: deque[Future[Shard | None]] = deque()
        self.written: list[Shard] = []
        self._threads = ThreadPoolExecutor(_SYNCING, thread_name_prefix="totfjs-fsync")

    def __enter__(self) -> _Shards:
        return self

    def write(self, buffer: memoryview) -> None:
        while buffer:
            if not self._room:
                self._next()
            assert self._file is not None
            with writing(self._path):
                count = os.write(self._file, buffer[: self._room])
            buffer = buffer[count:]
            self._room -= count

    def copy(self, source: int, offset: int, count: int) -> int:
        """Take bytes from another file without bringing them into this process; 0 where the system cannot."""
        if not self._room:
            self._next()
        assert self._file is not None
        try:
            copied = os.copy_file_range(source, self._file, min(count, self._room), offset)
        except OSError as error:
            if error.errno in _CANNOT_COPY:
                return 0
            raise output_error(self._path, error) from error
        self._room -= copied
        return copied

    def __exit__(self, *error: object) -> None:
        try:
            self._finish()
            while self._syncing:
                self._take()
        finally:
            self._threads.shutdown()

    def _next(self) -> None:
        self._finish()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._path = next(self._paths)
        with writing(self._path):
            self._file = os.open(self._path, flags, 0o666)
        self._room = self._size

    def _finish(self) -> None:
        if self._file is None:
            return
        if len(self._syncing) >= _SYNCING:
            self._take()
        self._syncing.append(self._threads.submit(_sync, self._path, self._file, self._hashed))
        self._file = None

    def _take(self) -> None:
        shard = self._syncing.popleft().result()
        if shard is not None:
            self.written.append(shard)


def _sync(path: Path, file: int, hashed: bool) -> Shard | None:
    """Bring a file to disk and close it; what its hash is of is read back, since copied bytes never were here."""
    with open(file, "rb", buffering=0) as opened, writing(path):
        os.fsync(file)
        if not hashed:
            return None
        opened.seek(0)
        digest = hashlib.file_digest(opened, "sha256")
        return Shard(opened.tell(), digest.hexdigest())


def _written(shards: _Shards, entry: Entry) -> Iterator[int]:
    """Write a weight piece by piece; yield how many bytes each piece has."""
    stored, done = entry.stored, 0
    if isinstance(stored, FileSlice) and stored.little and hasattr(os, "copy_file_range"):
        with open_weights(stored.path) as file:
            left = stored.nbytes
            while left and (count := shards.copy(file.fileno(), stored.offset + done, left)):
                left -= count
                done += count
                yield count
    if done == stored.nbytes > 0:
        return
    for buffer in _from(entry.buffers(), done):
        shards.write(buffer)
        yield len(buffer)


def _from(buffers: Iterable[memoryview], start: int) -> Iterator[memoryview]:
    """The buffers from byte `start` on: what could not be copied is read."""
    for buffer in buffers:
        skipped = min(start, len(buffer))
        start -= skipped
        if skipped < len(buffer):
            yield buffer[skipped:]
