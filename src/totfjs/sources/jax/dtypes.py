"""What TensorFlow.js makes of the dtypes of JAX, and what a user should know about it."""

from __future__ import annotations

from typing import Any

from totfjs.errors import InputSpecError
from totfjs.graph.types import DType

F32, I32, BOOL, C64 = DType.FLOAT32, DType.INT32, DType.BOOL, DType.COMPLEX64

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
    "complex64": C64,
}
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
    carried = GRAPH[canonical(asked)]
    return None if asked == carried.value else f"Input {name}: {asked} is fed as {carried.value}."


def check_input(name: str, asked: str) -> str:
    """The canonical dtype of an input; raises InputSpecError when TensorFlow.js cannot feed it."""
    dtype = canonical(asked)
    if dtype not in GRAPH:
        raise InputSpecError(
            f"Input {name!r} has the dtype {asked}, which a JAX model in TensorFlow.js cannot take.",
            remedy=f"Give it as one of {', '.join(dict.fromkeys(kind.value for kind in GRAPH.values()))}.",
            place=name,
        )
    return dtype


def significant_bits(dtype: str) -> int:
    """How many bits an integer of this dtype has, as an int32 that may be negative."""
    return {"int8": 8, "uint8": 9, "int16": 16, "uint16": 17}.get(dtype, 32)
