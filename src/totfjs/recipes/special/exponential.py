"""Logarithms, roots, powers and angles where an op of the runtime loses digits."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, differs, elementwise, select
from totfjs.recipes.special.approximation import LARGEST, clip, direction, filled, flat, nothing


def sign(x: Tensor) -> Tensor:
    """-1 or 1; zeros and NaN stay what they are. The runtime's own loses NaN and, on wasm, small numbers."""
    return flat(lambda x: direction(x) + nothing(x), x)


def log1p(x: Tensor) -> Tensor:
    """log(1 + x). Wasm and GPUs round 1 + x: what this took away is put back, to first order."""
    return flat(_log1p, x)


def _log1p(x: Tensor) -> Tensor:
    bounded = clip(x, -0.99999994, 1e9)  # what is lost outside does not count, and would be ∞ - ∞
    whole = bounded + 1.0
    lost = (bounded - (whole - 1.0)) / whole
    return elementwise("Log", x + 1.0) + lost


def sine(x: Tensor) -> Tensor:
    """sin(x), from the tangent of half the angle: wasm takes the angle of a sine modulo a rounded 2π.

    On GPUs the tangent may be infinite, and NaN would come of that.
    """

    def computed(x: Tensor) -> Tensor:
        half = elementwise("Tan", x * 0.5)
        half = elementwise("Minimum", elementwise("Maximum", half, x.builder.like(x, -1e9)), x.builder.like(x, 1e9))
        return (half + half) / (elementwise("Square", half) + 1.0)

    return flat(computed, x)


def cosine(x: Tensor) -> Tensor:
    """cos(x), from the tangent of half the angle: wasm takes the angle of a cosine modulo a rounded 2π."""

    def computed(x: Tensor) -> Tensor:
        half = elementwise("Tan", x * 0.5)
        return 2.0 / (elementwise("Square", half) + 1.0) - 1.0

    return flat(computed, x)


def area_sine(x: Tensor) -> Tensor:
    """asinh(x). GPUs take the logarithm of x + √(x² + 1), of which nothing is left where x is far below 0."""

    def computed(x: Tensor) -> Tensor:
        return elementwise("Asinh", elementwise("Abs", x)) * direction(x)

    return flat(computed, x)


def cube_root(x: Tensor) -> Tensor:
    """The real cube root: a power, and one step of Newton's iteration."""

    def computed(x: Tensor) -> Tensor:
        size = elementwise("Abs", x)
        root = elementwise("Pow", clip(size, 1.2e-38, LARGEST), x.builder.const(1 / 3, DType.FLOAT32))
        better = (root + root + size / elementwise("Square", root)) * (1 / 3)
        return better * direction(x)

    return flat(computed, x)


def power(a: Tensor, b: Tensor) -> Tensor:
    """a to the power b, as IEEE 754 has it: 1 to any power is 1, and so is -1 to an infinite one."""
    result = elementwise("Pow", a, b)
    base, exponent = constant(a), constant(b)
    safe = (base is not None and bool((np.abs(base) != 1).all())) or (
        exponent is not None and bool(np.isfinite(exponent).all())
    )
    if safe or not differs(a.builder, "Pow", [1.0], [np.nan]):
        return result
    endless = elementwise("LogicalAnd", _equal(a, -1.0), elementwise("IsInf", b))
    return select(elementwise("LogicalOr", _equal(a, 1.0), endless), filled(result, 1.0), result)


def _equal(x: Tensor, value: float) -> Tensor:
    return elementwise("Equal", x, x.builder.like(x, value))
