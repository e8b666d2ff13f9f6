"""Constants in graphs (TensorProto) as arrays; large ones stay in their file."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from totfjs.sources.tensorflow.dtypes import dtype_name, numpy_dtype
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.weights.array import PIECE, Array, Dense, FileSlice, Identity
from totfjs.wire import Message, WireError

# More elements than this no constant has that lies in a file of at most 2 GB …
_MOST = 1 << 31
# … nor one whose elements are written in fewer values, the last of which is repeated.
_MOST_REPEATED = 1 << 27
_HIGHEST_RANK = 32
# Constants of more bytes than this stay in their file.
_LARGE = 1 << 16
_CONTENT, _STRINGS = 4, 8
# Where the values are, by dtype: the field, and how it stores them.
_FLOATS = {"float32": (5, "<f4"), "float64": (6, "<f8"), "complex64": (9, "<f4"), "complex128": (12, "<f8")}
_INTEGERS = {
    **dict.fromkeys(("int32", "uint8", "int16", "int8", "uint16", "qint8", "quint8", "qint32", "qint16", "quint16"), 7),
    "int64": 10,
    "bool": 11,
    "uint32": 16,
    "uint64": 17,
}
_HALVES = {"float16": 13, "bfloat16": 13}


class Padded(Array):
    """Some values, the last of which is repeated until the shape is full."""

    def __init__(self, values: np.ndarray, shape: tuple[int, ...]) -> None:
        super().__init__(values.dtype, shape)
        self._values = values

    @property
    def key(self) -> Hashable:
        """The values that there are, and the shape."""
        return ("padded", Identity(self._values), self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the values, and then pieces of the last one."""
        yield from Dense(self._values).chunks(limit)
        step = max(limit // self.dtype.itemsize, 1)
        for start in range(self._values.size, self.size, step):
            yield np.full(min(step, self.size - start), self._values[-1], self.dtype)


def shape_of(message: Message) -> tuple[int | None, ...] | None:
    """A TensorShapeProto: None for a dim that is not known, and for a shape whose rank is not known."""
    if message.boolean(3):
        return None
    return tuple(size if (size := dim.integer(1)) >= 0 else None for dim in message.messages(2))


def tensor_of(message: Message, file: Stored | None = None) -> Array:
    """A TensorProto. Fewer values than elements mean that the last one is repeated."""
    dtype, sizes = dtype_name(message.integer(1)), _sizes(message)
    count = math.prod(sizes)
    if message.has(_CONTENT) and dtype != "string":
        return _content(message.data(_CONTENT), dtype, sizes, file)
    values = _strings(message) if dtype == "string" else _values(message, dtype)
    if values.size > count and not (values.size == 1 and count == 0):
        raise WireError(f"a constant of shape {list(sizes)} has {values.size} values")
    if values.size >= count:
        return Dense(values[:count].reshape(sizes))
    if count > _MOST_REPEATED:
        raise WireError(f"a constant claims the shape {list(sizes)}, and has {values.size} values")
    return Dense(np.broadcast_to(values[0], sizes)) if values.size == 1 else Padded(values, sizes)


def _sizes(message: Message) -> tuple[int, ...]:
    shape = shape_of(message.message(2))
    if shape is None or None in shape or len(shape) > _HIGHEST_RANK:
        raise WireError(f"a constant has the shape {shape}")
    sizes = tuple(size for size in shape if size is not None)
    if math.prod(size or 1 for size in sizes) > _MOST:
        raise WireError(f"a constant claims the shape {list(sizes)}")
    return sizes


def _content(content: memoryview, dtype: str, sizes: tuple[int, ...], file: Stored | None) -> Array:
    kind: np.dtype[Any] = numpy_dtype(dtype).newbyteorder("<")
    if len(content) != math.prod(sizes) * kind.itemsize:
        raise WireError(f"a constant of shape {list(sizes)} has {len(content)} bytes of {dtype}")
    if len(content) > _LARGE and file is not None:
        return FileSlice(file.path, file.offset(content), kind, sizes)
    return Dense(np.frombuffer(content, kind).reshape(sizes))


def _strings(message: Message) -> np.ndarray:
    texts = [bytes(each) for each in message.datas(_STRINGS)] or [b""]
    values = np.empty(len(texts), object)
    values[:] = texts
    return values


def _values(message: Message, dtype: str) -> np.ndarray:
    kind = numpy_dtype(dtype)
    found: np.ndarray
    if dtype in _FLOATS:
        field, stored = _FLOATS[dtype]
        found = message.numbers(field, stored)
        if dtype.startswith("complex") and found.size % 2:
            raise WireError("a complex constant has half a value")
        found = found.view(kind) if dtype.startswith("complex") else found
    elif dtype in _HALVES:
        found = message.integers(_HALVES[dtype]).astype(np.uint16).view(kind)
    elif dtype in _INTEGERS:
        found = message.integers(_INTEGERS[dtype]).astype(kind)
    else:
        raise WireError(f"a constant is of {dtype}")
    return found if found.size else np.zeros(1, kind)
