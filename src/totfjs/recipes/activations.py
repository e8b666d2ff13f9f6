"""Activation functions that networks are made of, by the kernels which the runtime has for them where it has."""

from __future__ import annotations

from math import sqrt

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, minimum, select
from totfjs.recipes.slicing import slice_axes
from totfjs.recipes.special.approximation import filled
from totfjs.recipes.special.error import erfc


def relu(x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """max(x, 0), with a slope below the threshold, an end above, and nothing between 0 and the threshold."""
    if negative_slope and max_value is None and not threshold:
        return leaky_relu(x, negative_slope)
    above = _greater(x, threshold) if threshold else None
    y = maximum(x, x.builder.like(x, 0)) if above is None else select(above, x, filled(x, 0.0))
    if max_value is not None:
        y = minimum(y, x.builder.like(x, max_value))
    return y if not negative_slope else y - rectified(threshold - x) * negative_slope


def rectified(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return elementwise("Relu", x)


def relu6(x: Tensor) -> Tensor:
    """x between 0 and 6. NaN becomes 0 on wasm."""
    return elementwise("Relu6", x)


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x, or a part of it where it is negative."""
    return elementwise("LeakyRelu", x, alpha=float(np.float32(negative_slope)))


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x, or alpha * (exp(x) - 1) where it is negative."""
    return elementwise("Elu", x) if alpha == 1 else rectified(x) + elementwise("Elu", _below(x)) * alpha


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x, or alpha * (exp(x / alpha) - 1) where it is negative."""
    return elementwise("Elu", x) if alpha == 1 else rectified(x) + elementwise("Elu", _below(x) / alpha) * alpha


def selu(x: Tensor) -> Tensor:
    """The scaled elu which keeps mean and variance."""
    return elementwise("Selu", x)


def thresholded_relu(x: Tensor, theta: float = 1.0) -> Tensor:
    """x where it is above theta, else 0 times x."""
    return x * elementwise("Cast", _greater(x, theta), DstT=DType.FLOAT32)


def threshold(x: Tensor, bound: float, value: float) -> Tensor:
    """x where it is above the bound, else the value."""
    return select(_greater(x, bound), x, filled(x, value))


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x))."""
    return elementwise("Softplus", x)


def softsign(x: Tensor) -> Tensor:
    """x / (|x| + 1)."""
    return x / (elementwise("Abs", x) + 1.0)


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x)."""
    return x * elementwise("Sigmoid", x)


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """x times the normal distribution at x, or its approximation by tanh."""
    if not approximate:
        return (x * 0.5) * erfc(x * -sqrt(0.5))
    cube = x * elementwise("Square", x)
    return x * ((elementwise("Tanh", (x + cube * 0.044715) * sqrt(2 / np.pi)) + 1.0) * 0.5)


def glu(x: Tensor, axis: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second."""
    axis, size = axis % x.rank, x.shape[axis]
    if not isinstance(size, int) or size % 2:
        raise OpError(f"an axis of {size} is not split in two halves")
    first = [size // 2 if index == axis else stop for index, stop in enumerate(x.shape)]
    second = [size // 2 if index == axis else 0 for index in range(x.rank)]
    return slice_axes(x, [0] * x.rank, first) * elementwise("Sigmoid", slice_axes(x, second, x.shape))


def mish(x: Tensor) -> Tensor:
    """x * tanh(softplus(x))."""
    return x * elementwise("Tanh", softplus(x))


def log_sigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x))."""
    return elementwise("Neg", softplus(elementwise("Neg", x)))


def squareplus(x: Tensor, b: float = 4.0) -> Tensor:
    """(x + √(x² + b)) / 2."""
    return (x + elementwise("Sqrt", elementwise("Square", x) + b)) * 0.5


def sparse_plus(x: Tensor) -> Tensor:
    """0 up to -1, x from 1 on, a parabola between them."""
    curve = elementwise("Square", x + 1.0) * 0.25
    rising = select(elementwise("GreaterEqual", x, x.builder.like(x, 1.0)), x, curve)
    return select(elementwise("LessEqual", x, x.builder.like(x, -1.0)), filled(x, 0.0), rising)


def sparse_sigmoid(x: Tensor) -> Tensor:
    """0 up to -1, 1 from 1 on, a line between them."""
    return _between(x + 1.0, 2.0) * 0.5


def hard_sigmoid(x: Tensor) -> Tensor:
    """0 up to -3, 1 from 3 on, a line between them."""
    return relu6(x + 3.0) * (1 / 6)


def steep_hard_sigmoid(x: Tensor) -> Tensor:
    """0 up to -2.5, 1 from 2.5 on, a line between them: what Keras called hard_sigmoid before version 3."""
    return _between(x * 0.2 + 0.5, 1.0)


def hard_silu(x: Tensor) -> Tensor:
    """x * hard_sigmoid(x)."""
    return x * hard_sigmoid(x)


def hard_tanh(x: Tensor) -> Tensor:
    """x between -1 and 1."""
    return minimum(maximum(x, x.builder.like(x, -1)), x.builder.like(x, 1))


def tanh_shrink(x: Tensor) -> Tensor:
    """x - tanh(x)."""
    return x - elementwise("Tanh", x)


def hard_shrink(x: Tensor, bound: float = 0.5) -> Tensor:
    """x where it is further from 0 than the bound, else 0."""
    return select(_greater(elementwise("Abs", x), bound), x, filled(x, 0.0))


def soft_shrink(x: Tensor, bound: float = 0.5) -> Tensor:
    """x, brought nearer to 0 by the bound."""
    below = elementwise("Less", x, x.builder.like(x, -bound))
    return select(_greater(x, bound), x - bound, select(below, x + bound, filled(x, 0.0)))


def _greater(x: Tensor, bound: float) -> Tensor:
    return elementwise("Greater", x, x.builder.like(x, bound))


def _below(x: Tensor) -> Tensor:
    return minimum(x, x.builder.like(x, 0))


def _between(x: Tensor, most: float) -> Tensor:
    """x between 0 and a number."""
    return minimum(rectified(x), x.builder.like(x, most))
