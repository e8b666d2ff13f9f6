"""Reads the msgpack of Flax (`flax.serialization.to_bytes`): arrays stay in the file and are read when asked for."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from totfjs.checkpoints.checkpoint import Checkpoint, Tree, damaged
from totfjs.weights.array import PIECE, Array, Dense, FileSlice

_DEPTH = 100
_CHUNKED = "__msgpack_chunked_array__"
_NDARRAY, _COMPLEX, _SCALAR = 1, 2, 3
_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_LENGTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_COUNTS = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_NUMPY = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


def read_msgpack(path: Path) -> Checkpoint:
    """Read the structure; None and strings are not weights and are left out."""
    with path.open("rb") as file:
        reader = _Reader(path, file)
        tree = _tree(reader.value())
        if reader.left():
            raise damaged(path, f"{reader.left()} bytes follow its end")
    if not isinstance(tree, dict | list | Array):
        raise damaged(path, "it holds no tree of arrays")
    return Checkpoint(tree, "flax msgpack")


class Joined(Array):
    """Flat arrays one after another under a shape: how Flax stores arrays above 1 GiB."""

    def __init__(self, parts: Sequence[Array], shape: Sequence[int]) -> None:
        super().__init__(parts[0].dtype, shape)
        self.parts = tuple(parts)

    @property
    def key(self) -> Hashable:
        """The parts and the shape."""
        return ("joined", self.shape, tuple(part.key for part in self.parts))

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the pieces of each part."""
        for part in self.parts:
            yield from part.chunks(limit)


class _Reader:
    """A cursor over the file that never reads, or believes, more than is left of it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self._size = os.fstat(file.fileno()).st_size

    def left(self) -> int:
        return self._size - self._file.tell()

    def value(self, depth: int = 0) -> Any:
        """Read one value: numbers, strings, None, Arrays, dicts and lists."""
        if depth > _DEPTH:
            raise damaged(self.path, f"it is nested deeper than {_DEPTH}")
        tag = self.take(1)[0]
        if tag <= 0x7F or tag >= 0xE0:
            return tag if tag <= 0x7F else tag - 0x100
        if tag <= 0x9F:
            return self._container(tag & 0x0F, tag <= 0x8F, depth)
        if tag <= 0xBF:
            return self._text(tag & 0x1F)
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        if tag in _NUMBERS:
            return struct.unpack(_NUMBERS[tag], self.take(struct.calcsize(_NUMBERS[tag])))[0]
        if tag in _COUNTS:
            return self._container(self._integer(_COUNTS[tag]), tag >= 0xDE, depth)
        return self._bytes(tag, depth)

    def take(self, count: int) -> bytes:
        """Read so many bytes."""
        if count > self.left():
            raise damaged(self.path, f"{count} bytes are due where {self.left()} are left")
        return self._file.read(count)

    def skip(self, count: int) -> int:
        """Pass over so many bytes; return where they start."""
        start = self._file.tell()
        if count > self.left():
            raise damaged(self.path, f"{count} bytes are due where {self.left()} are left")
        self._file.seek(count, os.SEEK_CUR)
        return start

    def _integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def _text(self, length: int) -> str:
        try:
            return self.take(length).decode()
        except UnicodeDecodeError as error:
            raise damaged(self.path, "a string in it is not UTF-8") from error

    def _container(self, count: int, is_map: bool, depth: int) -> Any:
        if count > self.left():
            raise damaged(self.path, f"{count} values are declared where {self.left()} bytes are left")
        if not is_map:
            return [self.value(depth + 1) for _ in range(count)]
        found: dict[str, Any] = {}
        for _ in range(count):
            key = self.value(depth + 1)
            if not isinstance(key, str | int) or str(key) in found:
                raise damaged(self.path, f"a key in it is there twice or is not a name: {key!r}")
            found[str(key)] = self.value(depth + 1)
        return self._joined(found) if _CHUNKED in found else found

    def _bytes(self, tag: int, depth: int) -> Any:
        if tag in _FIXED_EXTENSIONS:
            return self._extension(_FIXED_EXTENSIONS[tag], depth)
        if tag not in _LENGTHS:
            raise damaged(self.path, f"byte {tag:#x} means nothing in msgpack")
        length = self._integer(_LENGTHS[tag])
        if 0xC7 <= tag <= 0xC9:
            return self._extension(length, depth)
        if tag >= 0xD9:
            return self._text(length)
        return FileSlice(self.path, self.skip(length), np.uint8, (length,))

    def _extension(self, length: int, depth: int) -> Any:
        kind = self.take(1)[0]
        end = self._file.tell() + length
        content = self.value(depth + 1)
        if self._file.tell() != end or not isinstance(content, list):
            raise damaged(self.path, f"an extension of type {kind} is not as long as it says")
        if kind == _COMPLEX and len(content) == 2 and all(isinstance(n, float | int) for n in content):
            return complex(*content)
        if kind in (_NDARRAY, _SCALAR) and len(content) == 3:
            return self._array(*content)
        raise damaged(self.path, f"it holds an extension of type {kind}, which Flax does not write")

    def _array(self, shape: Any, name: Any, content: Any) -> Array:
        if not _is_shape(shape) or not isinstance(content, FileSlice):
            raise damaged(self.path, f"an array in it has the shape {shape!r}")
        dtype = self._dtype(name)
        if math.prod(shape) * dtype.itemsize != content.nbytes:
            raise damaged(self.path, f"an array in it declares {dtype}{shape} but holds {content.nbytes} bytes")
        return FileSlice(self.path, content.offset, dtype.newbyteorder("<"), shape)

    def _dtype(self, name: Any) -> np.dtype[Any]:
        if name in _NUMPY:
            return np.dtype(str(name))
        import ml_dtypes

        known = isinstance(name, str) and name.startswith(("bfloat16", "float8", "int4", "uint4"))
        if not known or not hasattr(ml_dtypes, name):
            raise damaged(self.path, f"an array in it has dtype {name!r}")
        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return dtype

    def _joined(self, found: dict[str, Any]) -> Array:
        shape, chunks = _values(found.get("shape")), _values(found.get("chunks"))
        fits = _is_shape(shape) and chunks and all(isinstance(chunk, Array) for chunk in chunks)
        if not fits or math.prod(shape) != sum(chunk.size for chunk in chunks) or len({c.dtype for c in chunks}) > 1:
            raise damaged(self.path, "the parts of a large array in it do not fit together")
        return Joined(chunks, shape)


def _tree(value: Any) -> Tree:
    if isinstance(value, dict):
        kept = {key: _tree(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [_tree(inner) for inner in value]
    if isinstance(value, bool | int | float | complex):
        return Dense(value)
    return value if isinstance(value, Array) else None


def _values(tuple_as_dict: Any) -> list[Any]:
    """The values of a tuple, which Flax writes as a dict with the keys "0", "1", …"""
    found = tuple_as_dict if isinstance(tuple_as_dict, dict) else {}
    return [found.get(str(index)) for index in range(len(found))]


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, list) and all(type(dim) is int and dim >= 0 for dim in shape)
