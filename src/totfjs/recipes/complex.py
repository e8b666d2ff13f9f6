"""Complex numbers as two float32 tensors, because not every backend has a dtype for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select


@dataclass(frozen=True, slots=True)
class Complex:
    """The real and the imaginary parts. Each may have dims of size 1 where the other has more."""

    real: Tensor
    imag: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        yield self.real
        yield self.imag


def from_real(x: Tensor) -> Complex:
    """A real tensor as a complex one."""
    return Complex(x, x.builder.const(np.zeros((1,) * x.rank, np.float32)))


def conjugate(x: Complex) -> Complex:
    """The same with the opposite imaginary part."""
    return Complex(x.real, elementwise("Neg", x.imag))


def add(a: Complex, b: Complex) -> Complex:
    """The sum."""
    return Complex(elementwise("AddV2", a.real, b.real), elementwise("AddV2", a.imag, b.imag))


def subtract(a: Complex, b: Complex) -> Complex:
    """The difference."""
    return Complex(elementwise("Sub", a.real, b.real), elementwise("Sub", a.imag, b.imag))


def multiply(a: Complex, b: Complex) -> Complex:
    """The product."""
    real = elementwise("Sub", elementwise("Mul", a.real, b.real), elementwise("Mul", a.imag, b.imag))
    imag = elementwise("AddV2", elementwise("Mul", a.real, b.imag), elementwise("Mul", a.imag, b.real))
    return Complex(real, imag)


def divide(a: Complex, b: Complex) -> Complex:
    """The quotient, by the quotient of the parts of `b`: their squares would overflow (Smith)."""
    sizes = [elementwise("Abs", part) for part in b]
    wide = elementwise("GreaterEqual", *sizes)
    large, small = select(wide, b.real, b.imag), select(wide, b.imag, b.real)
    ratio = elementwise("RealDiv", small, large)
    scale = elementwise("AddV2", large, elementwise("Mul", small, ratio))
    one = ratio.builder.const(1.0)
    first, second = select(wide, one, ratio), select(wide, ratio, one)
    real = elementwise("AddV2", elementwise("Mul", a.real, first), elementwise("Mul", a.imag, second))
    imag = elementwise("Sub", elementwise("Mul", a.imag, first), elementwise("Mul", a.real, second))
    return Complex(elementwise("RealDiv", real, scale), elementwise("RealDiv", imag, scale))


def equal(a: Complex, b: Complex) -> Tensor:
    """Whether both parts are equal."""
    return elementwise("LogicalAnd", elementwise("Equal", a.real, b.real), elementwise("Equal", a.imag, b.imag))


def unequal(a: Complex, b: Complex) -> Tensor:
    """Whether a part differs."""
    return elementwise("LogicalOr", elementwise("NotEqual", a.real, b.real), elementwise("NotEqual", a.imag, b.imag))
