"""Arrays to the bytes of tensors and back, bit for bit, in the five dtypes of TensorFlow.js."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from totfjs.runtime.channel import Bytes

Array = npt.NDArray[Any]

DTYPES: dict[str, np.dtype[Any]] = {
    "float32": np.dtype(np.float32),
    "int32": np.dtype(np.int32),
    "bool": np.dtype(np.bool_),
    "complex64": np.dtype(np.complex64),
}
_LENGTH = struct.Struct("<I")


def dtype_of(array: Array) -> str | None:
    """The TensorFlow.js dtype that holds this array exactly as it is, or None."""
    if array.dtype.kind in "OSU":
        return "string"
    return next((name for name, dtype in DTYPES.items() if dtype == array.dtype), None)


def as_bytes(data: bytes | bytearray | memoryview | Array) -> Bytes:
    """The bytes of a buffer or an array, without a copy where its memory allows."""
    if isinstance(data, np.ndarray):
        return np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    return np.frombuffer(data, np.uint8)


def _encode_string(element: object) -> bytes:
    if isinstance(element, str):
        return element.encode()
    if isinstance(element, bytes):
        return element
    raise TypeError(f"a string tensor holds str or bytes, not {type(element).__name__}")


def encode(array: Array) -> Bytes:
    """What goes to TensorFlow.js: raw values, or for strings the length and the UTF-8 bytes of each."""
    if dtype_of(array) != "string":
        return as_bytes(array)
    elements = [_encode_string(element) for element in array.reshape(-1).tolist()]
    return as_bytes(b"".join(_LENGTH.pack(len(element)) + element for element in elements))


def _strings(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size + length
        yield data[at - length : at]


def decode(dtype: str, shape: tuple[int, ...], data: Bytes) -> Array:
    """What came from TensorFlow.js as an array; strings come as an array of bytes objects."""
    if dtype != "string":
        return data.view(DTYPES[dtype]).reshape(shape)
    array = np.empty(shape, object)
    for at, element in enumerate(_strings(data.tobytes())):
        array.reshape(-1)[at] = element
    return array
