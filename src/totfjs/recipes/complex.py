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
    """The quotient, by the quotient of the parts of `b`: their squares would overflow (Smith).

    As in C99, what is divided by 0 is infinite, and what is divided by an infinity is 0.
    """
    wide = elementwise("GreaterEqual", *(elementwise("Abs", part) for part in b))
    large, small = select(wide, b.real, b.imag), select(wide, b.imag, b.real)
    half, zero = large.builder.const(0.5), large.builder.const(0.0)
    ratio = elementwise("Mul", elementwise("RealDiv", small, large), half)
    scale = elementwise("AddV2", elementwise("Mul", large, half), elementwise("Mul", small, ratio))
    first, second = select(wide, half, ratio), select(wide, ratio, half)
    real = elementwise("AddV2", elementwise("Mul", a.real, first), elementwise("Mul", a.imag, second))
    imag = elementwise("Sub", elementwise("Mul", a.imag, first), elementwise("Mul", a.real, second))
    none, endless = elementwise("Equal", large, zero), elementwise("IsInf", large)
    gone = elementwise("AddV2", *(elementwise("Mul", part, zero) for part in a))

    def settled(part: Tensor, found: Tensor) -> Tensor:
        found = select(none, elementwise("RealDiv", part, large), elementwise("RealDiv", found, scale))
        return select(endless, gone, found)

    return Complex(settled(a.real, real), settled(a.imag, imag))


def equal(a: Complex, b: Complex) -> Tensor:
    """Whether both parts are equal."""
    return elementwise("LogicalAnd", elementwise("Equal", a.real, b.real), elementwise("Equal", a.imag, b.imag))


def unequal(a: Complex, b: Complex) -> Tensor:
    """Whether a part differs."""
    return elementwise("LogicalOr", elementwise("NotEqual", a.real, b.real), elementwise("NotEqual", a.imag, b.imag))
