"""What rational approximations are made of: polynomials, clipped arguments, and NaN brought through the clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, nothing
from totfjs.recipes.shapes import reshape

LARGEST = float(np.finfo(np.float32).max)
# More dims than this are merged into one, so that each step is one op.
_RANK = 4
# Its square takes the least number to more than 1.
_HUGE = 2.0**100


def flat(function: Callable[..., Tensor], *operands: Tensor) -> Tensor:
    """An elementwise function, computed on vectors where operands have more dims than a GPU indexes."""
    if max(x.rank for x in operands) <= _RANK:
        return function(*operands)
    whole = alike(*operands)
    return reshape(function(*(reshape(x, (-1,)) for x in whole)), whole[0].shape)


def alike(*operands: Tensor) -> list[Tensor]:
    """Operands in the shape in which they meet. Differences with zeros broadcast faster than the op that broadcasts."""
    shape = broadcast_shapes(*(x.shape for x in operands))
    result = []
    for x in operands:
        for other in operands:
            if x.shape != shape and other is not x:
                x = elementwise("Sub", x, elementwise("ZerosLike", other))
        result.append(x)
    return result


def polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """The sum of `coefficients[k] * x**k`."""
    total = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        total = (total + coefficient) * x
    return total + coefficients[0]


def ratio(x: Tensor, above: Sequence[float], below: Sequence[float]) -> Tensor:
    """A quotient of two polynomials."""
    return polynomial(x, above) / polynomial(x, below)


def clip(x: Tensor, low: float, high: float) -> Tensor:
    """`x` between two bounds. On wasm NaN becomes the lower one: add `nothing(x)` in the end."""
    return elementwise("ClipByValue", x, *(x.builder.const(bound, DType.FLOAT32) for bound in (low, high)))


def direction(x: Tensor) -> Tensor:
    """-1, 1, or 0 with its sign; of NaN nothing in particular."""
    return clip(x * _HUGE * _HUGE, -1.0, 1.0)


def filled(x: Tensor, value: float) -> Tensor:
    """A tensor as large as `x`. Choices with a scalar are slow on wasm, which repeats it element by element."""
    zeros = x.builder.op("ZerosLike", x)
    return zeros + value if value else zeros


__all__ = ["LARGEST", "alike", "clip", "direction", "filled", "flat", "nothing", "polynomial", "ratio"]
