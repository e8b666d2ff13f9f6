"""TensorFlow's dtypes: their numbers in files, and what becomes of each in TensorFlow.js."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

# DataType of types.proto. References (100 and more) are variables of TensorFlow 1.
_NUMBERS = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    14: "bfloat16",
    15: "qint16",
    16: "quint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    29: "int4",
    30: "uint4",
}
_REFERENCE = 100
# The names of DataType in text, as in DT_FLOAT.
NAMES = {
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "HALF": "float16",
    **{name.upper(): name for name in _NUMBERS.values() if name not in ("float32", "float64", "float16")},
}

FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
# Integers that arithmetic in int32 holds for as long as they fit into it.
INTEGERS = ("int32", "int64")
# Integers that wrap around, or compare, in another way than int32.
OTHER_INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "uint64")
# Integers of fewer bits than int32: how many values they have, and the least of them.
NARROW: dict[str, tuple[int, int]] = {
    "uint8": (1 << 8, 0),
    "int8": (1 << 8, -(1 << 7)),
    "uint16": (1 << 16, 0),
    "int16": (1 << 16, -(1 << 15)),
}

_GRAPH = {
    **dict.fromkeys(FLOATS, DType.FLOAT32),
    **dict.fromkeys(INTEGERS, DType.INT32),
    **dict.fromkeys(("uint8", "int8", "uint16", "int16", "uint32"), DType.INT32),
    "bool": DType.BOOL,
    "string": DType.STRING,
}


def dtype_name(number: int) -> str:
    """The name of a dtype by its number in a file; that of a reference is that of what it refers to."""
    return _NUMBERS.get(number - _REFERENCE if number > _REFERENCE else number, f"dtype {number}")


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The numpy dtype that holds such values; strings are objects."""
    if name == "string":
        return np.dtype(object)
    if name in ("bfloat16", "float8_e5m2", "float8_e4m3fn", "int4", "uint4"):
        import ml_dtypes

        small: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return small
    try:
        return np.dtype(name)
    except TypeError:
        raise OpError(f"values of {name} are not read") from None


def graph_dtype(name: str) -> DType:
    """The dtype of TensorFlow.js in which such values are computed; raises OpError where there is none."""
    if name not in _GRAPH:
        raise OpError(f"TensorFlow.js has no dtype for {name}")
    return _GRAPH[name]


def dtype_number(text: str) -> int:
    """The number of a dtype by its name in text files, as in `DT_FLOAT` or `DT_FLOAT_REF`; ValueError for others."""
    if text.isdecimal():
        return int(text[:9])
    name = text.removeprefix("DT_").removesuffix("_REF")
    found = {each: number for number, each in _NUMBERS.items()}.get(NAMES.get(name, ""))
    if found is None:
        raise ValueError(text)
    return found + (_REFERENCE if text.endswith("_REF") else 0)
