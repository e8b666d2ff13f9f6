"""Arithmetic on matrices of real or of complex numbers, so that an algorithm is written once for both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, cast

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes import complex as pairs
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select

Matrix: TypeAlias = "Tensor | Complex"
M = TypeVar("M", Tensor, Complex)
P = ParamSpec("P")


class Partwise(Protocol[P]):
    """A function of a matrix, which does to each part of a complex one what it does to a real one."""

    def __call__(self, x: M, /, *args: P.args, **kwargs: P.kwargs) -> M:
        """The result, of the field that `x` has."""


def partwise(function: Callable[Concatenate[Tensor, P], Tensor]) -> Partwise[P]:
    """Makes a function of a real matrix one of complex ones too."""

    @wraps(function)
    def lifted(x: Matrix, /, *args: P.args, **kwargs: P.kwargs) -> Matrix:
        if isinstance(x, Complex):
            return Complex(*(function(part, *args, **kwargs) for part in x))
        return function(x, *args, **kwargs)

    return cast("Partwise[P]", lifted)


def builder_of(x: Matrix) -> Builder:
    """The builder of a matrix."""
    return real_of(x).builder


def shape_of(x: Matrix) -> Shape:
    """The shape of a matrix."""
    if isinstance(x, Tensor):
        return x.shape
    return tuple(dims.broadcast(*pair) for pair in zip(x.real.shape, x.imag.shape, strict=True))


def real_of(x: Matrix) -> Tensor:
    """The real part."""
    return x.real if isinstance(x, Complex) else x


def as_field(x: Tensor, like: M) -> M:
    """Real numbers as such of the field that `like` has, both parts in their whole shape."""
    if isinstance(like, Tensor):
        return x
    none = x.builder.const(np.zeros((1,) * x.rank, bool))
    return Complex(x, select(none, x, x.builder.const(0.0)))


def plus(a: M, b: M) -> M:
    """The sum."""
    return pairs.add(a, b) if isinstance(a, Complex) else elementwise("AddV2", a, b)


def minus(a: M, b: M) -> M:
    """The difference."""
    return pairs.subtract(a, b) if isinstance(a, Complex) else elementwise("Sub", a, b)


def times(a: M, b: M) -> M:
    """The product of each pair."""
    return pairs.multiply(a, b) if isinstance(a, Complex) else elementwise("Mul", a, b)


def over(a: M, b: M) -> M:
    """The quotient."""
    return pairs.divide(a, b) if isinstance(a, Complex) else elementwise("RealDiv", a, b)


@partwise
def scaled(x: Tensor, by: Tensor) -> Tensor:
    """The product with real numbers."""
    return elementwise("Mul", x, by)


@partwise
def divided(x: Tensor, by: Tensor) -> Tensor:
    """The quotient by real numbers."""
    return elementwise("RealDiv", x, by)


@partwise
def chosen(yes: Tensor, no: float, condition: Tensor) -> Tensor:
    """`yes` where the condition holds, else a number in each part."""
    return select(condition, yes, yes.builder.const(np.float32(no)))


def conjugate(x: M) -> M:
    """The conjugate: what is real stays itself."""
    return pairs.conjugate(x) if isinstance(x, Complex) else x


def magnitude(x: Matrix) -> Tensor:
    """The absolute value, without squares that overflow."""
    if isinstance(x, Tensor):
        return elementwise("Abs", x)
    sizes = [elementwise("Abs", part) for part in x]
    large, small = elementwise("Maximum", *sizes), elementwise("Minimum", *sizes)
    one = large.builder.const(1.0)
    ratio = elementwise("RealDiv", small, select(elementwise("Equal", large, large.builder.const(0.0)), one, large))
    return elementwise("Mul", large, elementwise("Sqrt", elementwise("AddV2", elementwise("Square", ratio), one)))


def rough_magnitude(x: Matrix) -> Tensor:
    """The absolute value, or the sum of those of both parts: by this LAPACK chooses pivots."""
    if isinstance(x, Tensor):
        return elementwise("Abs", x)
    return elementwise("AddV2", *(elementwise("Abs", part) for part in x))


def square(x: Matrix) -> Tensor:
    """The squared absolute value."""
    if isinstance(x, Tensor):
        return elementwise("Mul", x, x)
    return elementwise("AddV2", *(elementwise("Mul", part, part) for part in x))
