"""The types of StableHLO values as JAX has them in its 32-bit mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.jax.dtypes import CANONICAL

# The dtype of numpy for each element type; `i` is signed or without a sign, which is the same here.
DTYPES = {
    "i1": "bool",
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"ui{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "f16": "float16",
    "bf16": "bfloat16",
    "f32": "float32",
    "f64": "float64",
    "complex<f32>": "complex64",
    "complex<f64>": "complex128",
}


@dataclass(frozen=True)
class Type:
    """The dtype and dims of a value; a dim is None where the module does not say. `declared` is the module's dtype."""

    declared: str
    shape: tuple[int | None, ...]

    @property
    def dtype(self) -> str:
        """The dtype in JAX's 32-bit mode."""
        return CANONICAL.get(self.declared, self.declared)

    @property
    def wide(self) -> bool:
        """Whether its elements have 64 bits in the module."""
        return self.declared in CANONICAL

    def __str__(self) -> str:
        return f"{self.declared}[{','.join('?' if size is None else str(size) for size in self.shape)}]"


def type_of(value: Any) -> Type:
    """The type of an MLIR type; raises OpError when it is no tensor of numbers that JAX has."""
    from jaxlib.mlir import ir

    if not isinstance(value, ir.RankedTensorType):
        raise OpError(f"{value} is no type that a web model has")
    element = str(value.element_type)
    if element not in DTYPES:
        raise OpError(f"elements of type {element} are not supported")
    sizes = tuple(None if value.is_dynamic_dim(axis) else value.get_dim_size(axis) for axis in range(value.rank))
    return Type(DTYPES[element], sizes)


def numpy_dtype(name: str) -> np.dtype[Any]:
    """A dtype by its name, bfloat16 included."""
    if name == "bfloat16":
        from ml_dtypes import bfloat16

        return np.dtype(bfloat16)  # type: ignore[no-any-return]
    return np.dtype(name)
