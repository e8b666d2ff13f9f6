"""Reads TensorFlow's checkpoints, `name.index` and `name.data-00000-of-00001`: the variables of a SavedModel.

The index is read and checked at once. A tensor is read when asked for, by pieces, and compared with its checksum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.checkpoints.checkpoint import damaged
from totfjs.checkpoints.crc32c import crc32c, unmasked
from totfjs.checkpoints.sorted_table import read_table
from totfjs.checkpoints.tensor_slices import Extents, joined, slice_key
from totfjs.checkpoints.tensor_texts import differs, texts
from totfjs.errors import CheckpointError
from totfjs.weights.array import PIECE, Array, Deferred, FileSlice, open_weights, read_exactly
from totfjs.wire import Message, WireError

_DTYPES = {
    1: "f4",
    2: "f8",
    3: "i4",
    4: "u1",
    5: "i2",
    6: "i1",
    8: "c8",
    9: "i8",
    10: "bool",
    17: "u2",
    18: "c16",
    19: "f2",
    22: "u4",
    23: "u8",
}
_SMALL_FLOATS = {14: "bfloat16", 24: "float8_e5m2", 25: "float8_e4m3fn"}
_STRING = 7
_MOST_SHARDS = 100_000
_MOST_TENSORS = 1 << 18
_HIGHEST_RANK = 32
_LARGEST = 1 << 48


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of a tensor, or of a slice of one: where it lies, and the slices it is made of."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    slices: tuple[Extents, ...]


class TensorBundle(Mapping[str, Array]):
    """The tensors of a checkpoint by their keys; each is an Array that reads its file when asked."""

    def __init__(self, prefix: Path, shards: int, big: bool, entries: dict[bytes, Entry]) -> None:
        self.prefix, self.shards, self._big = prefix, shards, big
        self._slices = {key: entry for key, entry in entries.items() if key.startswith(b"\0")}
        self._entries = {_name(prefix, key): entry for key, entry in entries.items() if not key.startswith(b"\0")}

    def __getitem__(self, key: str) -> Array:
        entry = self._entries[key]
        if not entry.slices:
            return self._array(key, entry)
        return joined(entry.shape, [(extents, self._slice(key, entry, extents)) for extents in entry.slices], self._bad)

    def part(self, key: str, bounds: Extents) -> Array:
        """A slice of a tensor by start and length along each axis: as it was stored, or cut out when it is read."""
        entry = self._entries[key]
        for extents in entry.slices:
            if _whole(extents, entry.shape) == bounds:
                return self._slice(key, entry, extents)
        if bounds == _whole(((0, -1),) * len(entry.shape), entry.shape):
            return self[key]
        shape = tuple(length for _, length in bounds)
        where = tuple(slice(start, start + length) for start, length in bounds)
        whole = self[key]
        return Deferred(whole.dtype, shape, lambda: whole.numpy()[where], key=("part", whole.key, bounds))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"TensorBundle({str(self.prefix)!r}, {len(self)} tensors)"

    def _slice(self, key: str, whole: Entry, extents: Extents) -> Array:
        found = self._slices.get(slice_key(key, extents))
        shape = tuple(dim if length < 0 else length for dim, (_, length) in zip(whole.shape, extents, strict=True))
        if found is None or found.slices or (found.shape, found.dtype) != (shape, whole.dtype):
            raise self._bad(f"a slice of {key!r} is missing, or not of the shape {list(shape)}")
        return self._array(key, found)

    def _array(self, key: str, entry: Entry) -> Array:
        if not 0 <= entry.shard < self.shards:
            raise self._bad(f"{key!r} lies in shard {entry.shard} of {self.shards}")
        path = self.prefix.with_name(f"{self.prefix.name}.data-{entry.shard:05d}-of-{self.shards:05d}")
        if entry.dtype == _STRING:
            return texts(path, key, (entry.offset, entry.size), entry.shape, entry.checksum)
        dtype = _dtype(self.prefix, key, entry.dtype).newbyteorder(">" if self._big else "<")
        if entry.size != math.prod(entry.shape) * dtype.itemsize:
            raise self._bad(f"{key!r} has {entry.size} bytes for {dtype}{list(entry.shape)}")
        return StoredTensor(path, key, entry, dtype)

    def _bad(self, what: str) -> CheckpointError:
        return damaged(f"{self.prefix}.index", what)


class StoredTensor(FileSlice):
    """A tensor in a shard, whose bytes are compared with their checksum when they are first read to the end."""

    def __init__(self, path: Path, key: str, entry: Entry, dtype: np.dtype[Any]) -> None:
        super().__init__(path, entry.offset, dtype, entry.shape)
        self._name, self._checksum, self._compared = key, unmasked(entry.checksum), False

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield freshly read pieces; the last one only when all are as they were written."""
        check = 0
        step = max(limit // self.dtype.itemsize, 1)
        with open_weights(self.path) as file:
            file.seek(self.offset)
            for start in range(0, self.size, step):
                piece = np.empty(min(step, self.size - start), self._stored)
                read_exactly(file, piece, self.path)
                if not self._compared:
                    check = crc32c(piece, check)
                    if start + piece.size == self.size:
                        self._settle(check)
                yield _native(piece)

    def _settle(self, check: int) -> None:
        if check != self._checksum:
            raise differs(self.path, self._name)
        self._compared = True


def is_tensor_bundle(prefix: Path) -> bool:
    """Whether there is a TensorFlow checkpoint of this name, as in `variables/variables`."""
    return prefix.with_name(f"{prefix.name}.index").is_file()


def read_tensor_bundle(prefix: Path) -> TensorBundle:
    """Read the index of the checkpoint that TensorFlow wrote under a name, as in `variables/variables`."""
    path = prefix.with_name(f"{prefix.name}.index")
    try:
        entries: dict[bytes, Entry] = {}
        header = None
        for key, value in read_table(path):
            if not key:
                header = Message(bytes(value))
                continue
            if len(entries) == _MOST_TENSORS:
                raise damaged(path, f"it lists more than {_MOST_TENSORS} tensors")
            entries[key] = _entry(Message(value))
        shards, big = _header(path, header)
    except WireError as error:
        raise damaged(path, str(error)) from error
    _check_apart(path, entries.values())
    return TensorBundle(prefix, shards, big, entries)


def _header(path: Path, header: Message | None) -> tuple[int, bool]:
    if header is None:
        raise damaged(path, "it does not say how many shards there are")
    shards, endianness = header.integer(1), header.integer(2)
    if not 0 < shards <= _MOST_SHARDS or endianness not in (0, 1):
        raise damaged(path, f"it claims {shards} shards of endianness {endianness}")
    return shards, endianness == 1


def _entry(message: Message) -> Entry:
    shape = message.message(2)
    dims = tuple(dim.integer(1) for dim in shape.messages(2))
    place = message.integer(4), message.integer(5)
    if shape.boolean(3) or len(dims) > _HIGHEST_RANK or min((*dims, *place)) < 0 or _volume(dims) > _LARGEST:
        raise WireError(f"a tensor of shape {list(dims)} has {place[1]} bytes at {place[0]}")
    slices = tuple(_extents(each, len(dims)) for each in message.messages(7))
    return Entry(message.integer(1), dims, message.integer(3), *place, message.unsigned(6), slices)


def _volume(dims: tuple[int, ...]) -> int:
    """How many elements there would be if no dim were 0: what numpy itself bounds."""
    return math.prod(dim or 1 for dim in dims)


def _extents(message: Message, rank: int) -> Extents:
    extents = tuple((each.integer(1), each.integer(2) if each.has(2) else -1) for each in message.messages(1))
    if len(extents) != rank:
        raise WireError(f"a slice has {len(extents)} dims of {rank}")
    return extents


def _check_apart(path: Path, entries: Iterable[Entry]) -> None:
    """No byte belongs to two tensors: a small file cannot stand for a large model."""
    at: dict[int, int] = {}
    places = sorted((entry.shard, entry.offset, entry.size) for entry in entries if not entry.slices and entry.size)
    for shard, offset, size in places:
        if offset < at.get(shard, 0):
            raise damaged(path, f"two tensors share the bytes at {offset} of shard {shard}")
        at[shard] = offset + size


def _whole(extents: Extents, shape: tuple[int, ...]) -> Extents:
    """Extents in numbers, without -1 for all of an axis."""
    pairs = zip(extents, shape, strict=True)
    return tuple((0, dim) if length < 0 else (start, length) for (start, length), dim in pairs)


def _name(prefix: Path, key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise damaged(f"{prefix}.index", f"the key {key!r} is not UTF-8") from error


def _dtype(prefix: Path, key: str, number: int) -> np.dtype[Any]:
    if number in _SMALL_FLOATS:
        import ml_dtypes

        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, _SMALL_FLOATS[number]))
        return dtype
    if number not in _DTYPES:
        raise CheckpointError(
            f"{prefix} holds {key!r} in TensorFlow's dtype number {number}, which is not read.",
            remedy="Save it as float32 or as integers.",
        )
    return np.dtype(_DTYPES[number])


def _native(piece: np.ndarray) -> np.ndarray:
    if piece.dtype.kind == "b":
        return np.not_equal(piece.view(np.uint8), 0)
    native: np.ndarray = piece.astype(piece.dtype.newbyteorder("="), copy=False)
    return native
