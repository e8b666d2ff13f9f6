"""What TensorFlow.js makes of the dtypes of JAX, and what a user should know about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.errors import InputSpecError
from totfjs.graph.types import DType

F32, I32, BOOL = DType.FLOAT32, DType.INT32, DType.BOOL

# The dtype of the graph for each dtype of a jaxpr. Halves are computed as float32; narrow integers live in an int32
# and are wrapped after arithmetic; uint32 keeps its 32 bits in an int32.
GRAPH: dict[str, DType] = {
    "float32": F32,
    "float16": F32,
    "bfloat16": F32,
    "int32": I32,
    "int16": I32,
    "int8": I32,
    "uint32": I32,
    "uint16": I32,
    "uint8": I32,
    "bool": BOOL,
}
# Not every backend has a dtype for complex numbers: they are two float32 tensors.
COMPLEX, PARTS = "complex64", ("real", "imag")
# JAX's 32-bit mode, in which models are traced.
CANONICAL = {"float64": "float32", "int64": "int32", "uint64": "uint32", "complex128": "complex64"}
HALVES = ("float16", "bfloat16")
# How many values a narrow integer has, and the smallest of them.
NARROW: dict[str, tuple[int, int]] = {
    "uint8": (1 << 8, 0),
    "int8": (1 << 8, -(1 << 7)),
    "uint16": (1 << 16, 0),
    "int16": (1 << 16, -(1 << 15)),
}


def canonical(dtype: Any) -> str:
    """The name of a dtype in JAX's 32-bit mode."""
    name = str(getattr(dtype, "name", dtype))
    return CANONICAL.get(name, name)


def graph_dtype(name: str) -> DType:
    """The dtype of the graph for a dtype of JAX; raises ValueError when there is none."""
    if name not in GRAPH:
        raise ValueError(f"TensorFlow.js has no dtype {name}")
    return GRAPH[name]


def input_note(name: str, asked: str) -> str | None:
    """What the user should know about an input of a dtype that TensorFlow.js does not have."""
    if canonical(asked) == COMPLEX:
        return f"Input {name}: {asked} is fed as two float32 arrays, {name}.real and {name}.imag."
    carried = GRAPH[canonical(asked)]
    return None if asked == carried.value else f"Input {name}: {asked} is fed as {carried.value}."


def output_note(name: str, dtype: str) -> str | None:
    """What the user should know about an output of a dtype that not every backend has."""
    if canonical(dtype) != COMPLEX:
        return None
    return f"Output {name}: {dtype} is given as two float32 arrays, {name}.real and {name}.imag."


def check_input(name: str, asked: str) -> str:
    """The canonical dtype of an input; raises InputSpecError when TensorFlow.js cannot feed it."""
    dtype = canonical(asked)
    if dtype not in GRAPH and dtype != COMPLEX:
        raise InputSpecError(
            f"Input {name!r} has the dtype {asked}, which a JAX model in TensorFlow.js cannot take.",
            remedy=f"Give it as one of {', '.join(dict.fromkeys(kind.value for kind in GRAPH.values()))}, {COMPLEX}.",
            place=name,
        )
    return dtype


def significant_bits(dtype: str) -> int:
    """How many bits an integer of this dtype has, as an int32 that may be negative."""
    return {"int8": 8, "uint8": 9, "int16": 16, "uint16": 17}.get(dtype, 32)


def fed_names(name: str, dtype: str) -> tuple[str, ...]:
    """The names under which TensorFlow.js has an input or output: one, or one for each part of complex numbers."""
    return tuple(f"{name}.{part}" for part in PARTS) if dtype == COMPLEX else (name,)


def split(array: np.ndarray) -> list[np.ndarray]:
    """An array of JAX as TensorFlow.js has it."""
    if array.dtype.name == COMPLEX:
        return [np.array(getattr(array, part)) for part in PARTS]
    return [array.astype(graph_dtype(canonical(array.dtype)).numpy)]


def join(arrays: Sequence[np.ndarray], dtype: str) -> np.ndarray:
    """The array of JAX of what TensorFlow.js has."""
    if len(arrays) == 1:
        return arrays[0].astype(np.dtype(dtype))
    whole = np.empty(np.broadcast_shapes(*(array.shape for array in arrays)), np.dtype(dtype))
    for part, array in zip(PARTS, arrays, strict=True):
        setattr(whole, part, array)
    return whole
