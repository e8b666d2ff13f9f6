"""Associative operations with a neutral element: what scatters, windows, running totals and reductions share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, minimum
from totfjs.recipes.integers import multiply, wrapped
from totfjs.recipes.slicing import slice_axes

_LEAST, _MOST = -(2**31), 2**31 - 1
_NEUTRAL: dict[str, tuple[float, float]] = {  # of floats, of integers
    "sum": (0, 0),
    "prod": (1, 1),
    "max": (-np.inf, _LEAST),
    "min": (np.inf, _MOST),
}
_COMBINE: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sum": lambda a, b: elementwise("AddV2", a, b),
    "prod": lambda a, b: elementwise("Mul", a, b) if a.dtype is DType.FLOAT32 else multiply(a, b),
    "max": maximum,
    "min": minimum,
}


@dataclass(frozen=True)
class Monoid:
    """`sum`, `prod`, `max` or `min`; `wrap` is the count and the least of the values of a narrow integer.

    Bools are 0 and 1: `max` is or, `min` is and.
    """

    kind: str
    wrap: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind not in _COMBINE:
            raise OpError(f"{self.kind} is none of {', '.join(_COMBINE)}")

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The operation on each pair of elements."""
        if self.wrap and self.kind == "prod":
            return wrapped(elementwise("Mul", a, b), *self.wrap)
        return self.settle(_COMBINE[self.kind](a, b))

    def settle(self, x: Tensor) -> Tensor:
        """A sum that was made without regard to the wrap, wrapped."""
        return wrapped(x, *self.wrap) if self.wrap and self.kind == "sum" else x

    def neutral(self, dtype: DType) -> float:
        """What changes nothing."""
        return _NEUTRAL[self.kind][dtype is not DType.FLOAT32]

    def reduce(self, x: Tensor, axis: int) -> Tensor:
        """The total along an axis of known length, which stays with size 1, by halves."""
        size = x.shape[axis]
        if not isinstance(size, int):
            raise OpError(f"the length {size} of the axis has to be known")
        while size > 1:
            half = size // 2
            folded = self.combine(_part(x, axis, 0, half), _part(x, axis, half, 2 * half))
            x = folded if size == 2 * half else x.builder.op("ConcatV2", folded, _part(x, axis, 2 * half, size), axis)
            size = size - half
        return x


def unsigned_order(x: Tensor) -> Tensor:
    """uint32, held as its bits, in the order of int32; and the way back."""
    return elementwise("AddV2", x, x.builder.like(x, _LEAST))


def _part(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    starts = [start if index == axis else 0 for index in range(x.rank)]
    return slice_axes(x, starts, [stop if index == axis else size for index, size in enumerate(x.shape)])


__all__ = ["Monoid", "unsigned_order"]
