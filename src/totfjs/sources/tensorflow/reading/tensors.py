"""Constants in graphs (TensorProto) as arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from totfjs.sources.tensorflow.dtypes import dtype_name, numpy_dtype
from totfjs.weights.array import Array, Dense
from totfjs.wire import Message, WireError

# More elements than this are no constant that a file of at most 2 GB holds, but one that lies about its size.
_MOST = 1 << 31
_HIGHEST_RANK = 254
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


def shape_of(message: Message) -> tuple[int | None, ...] | None:
    """A TensorShapeProto: None for a dim that is not known, and for a shape whose rank is not known."""
    if message.boolean(3):
        return None
    return tuple(size if (size := dim.integer(1)) >= 0 else None for dim in message.messages(2))


def tensor_of(message: Message) -> Array:
    """A TensorProto. Fewer values than elements mean that the last one is repeated."""
    dtype, shape = dtype_name(message.integer(1)), shape_of(message.message(2))
    if shape is None or None in shape or len(shape) > _HIGHEST_RANK:
        raise WireError(f"a constant has the shape {shape}")
    sizes = tuple(size for size in shape if size is not None)
    count = math.prod(sizes)
    if count > _MOST or any(size > _MOST for size in sizes):
        raise WireError(f"a constant claims the shape {list(sizes)}")
    if dtype == "string":
        values: Any = np.array([bytes(each) for each in message.datas(_STRINGS)] or [b""], object)
    elif message.has(_CONTENT):
        content = message.data(_CONTENT)
        kind = numpy_dtype(dtype)
        if len(content) != count * kind.itemsize:
            raise WireError(f"a constant of shape {list(sizes)} has {len(content)} bytes of {dtype}")
        return Dense(np.frombuffer(content, kind).reshape(sizes))
    else:
        values = _values(message, dtype)
    if values.size > count:
        raise WireError(f"a constant of shape {list(sizes)} has {values.size} values")
    if values.size == count:
        return Dense(values.reshape(sizes))
    if values.size == 1:
        return Dense(np.broadcast_to(values, sizes) if sizes else values.reshape(()))
    rest = np.broadcast_to(values[-1:], (count - values.size,))
    return Dense(np.concatenate([values, rest]).reshape(sizes))


def _values(message: Message, dtype: str) -> np.ndarray:
    kind = numpy_dtype(dtype)
    found: np.ndarray
    if dtype in _FLOATS:
        field, stored = _FLOATS[dtype]
        found = message.numbers(field, stored)
        found = found.view(kind) if dtype.startswith("complex") else found
    elif dtype in _HALVES:
        found = message.integers(_HALVES[dtype]).astype(np.uint16).view(kind)
    elif dtype in _INTEGERS:
        found = message.integers(_INTEGERS[dtype]).astype(kind)
    else:
        raise WireError(f"a constant is of {dtype}")
    return found if found.size else np.zeros(1, kind)
