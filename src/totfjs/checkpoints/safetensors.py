"""Reads `.safetensors`: a length, a JSON header, and the bytes of the tensors; every byte must belong to one tensor."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.checkpoints.checkpoint import Checkpoint, damaged, nest
from totfjs.weights.array import Array, FileSlice

_HEADER_LIMIT = 100_000_000  # the limit of the format's own reader
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "C64": "<c8",
}
_SMALL_FLOATS = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}


def read_safetensors(path: Path) -> Checkpoint:
    """Read the header; the tensors are read when asked for."""
    header, start = _header(path)
    metadata = header.pop("__metadata__", {})
    length = path.stat().st_size - start
    at = 0
    arrays: dict[str, Array] = {}
    records = {name: _record(path, name, record) for name, record in header.items()}
    for name, (_, _, begin, end) in sorted(records.items(), key=lambda item: item[1][2:]):
        if begin != at:
            raise damaged(path, f"tensor {name!r} starts at byte {begin} where {at} was due")
        at = end
    if at != length:
        raise damaged(path, f"its tensors take {at} bytes of the {length} that follow the header")
    for name, (dtype, shape, begin, _) in records.items():
        arrays[name] = FileSlice(path, start + begin, dtype, shape)
    return Checkpoint(nest(arrays), "safetensors", metadata if isinstance(metadata, dict) else {})


def _header(path: Path) -> tuple[dict[str, Any], int]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _HEADER_LIMIT):
            raise damaged(path, f"it has {size} bytes, too few for a header of {length}")
        text = file.read(length)
    try:
        header = json.loads(text.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"its header is not JSON ({error})") from error
    if not isinstance(header, dict):
        raise damaged(path, "its header is not an object")
    return header, 8 + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _record(path: Path, name: str, record: Any) -> tuple[np.dtype[Any], list[int], int, int]:
    try:
        dtype, shape, (begin, end) = _dtype(record["dtype"]), record["shape"], record["data_offsets"]
    except (TypeError, KeyError, ValueError) as error:
        raise damaged(path, f"tensor {name!r} has no dtype, shape and data_offsets that can be read") from error
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in [*shape, begin, end]):
        raise damaged(path, f"tensor {name!r} has shape {shape!r} at {begin!r} to {end!r}")
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise damaged(path, f"tensor {name!r} has {end - begin} bytes for {dtype}{shape}")
    return dtype, shape, begin, end


def _dtype(name: str) -> np.dtype[Any]:
    if name in _SMALL_FLOATS:
        import ml_dtypes

        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, _SMALL_FLOATS[name]))
        return dtype
    return np.dtype(_DTYPES[name])
