"""uint32, which TensorFlow.js has not: its 32 bits are held in an int32.

Sums, differences and products have the same bits with and without a sign; here is what differs. Exact on cpu and wasm.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.bits import bitwise_and, flipped, shift_right_logical
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.integers import (
    exact_quotient,
    halves,
    multiply,
    negative,
    number,
    without_zeros,
)


def compare(op: str, a: Tensor, b: Tensor) -> Tensor:
    """A comparison such as `Less`."""
    return elementwise(op, flipped(a), flipped(b))


def maximum(a: Tensor, b: Tensor) -> Tensor:
    """The larger of each pair."""
    return flipped(elementwise("Maximum", flipped(a), flipped(b)))


def minimum(a: Tensor, b: Tensor) -> Tensor:
    """The smaller of each pair."""
    return flipped(elementwise("Minimum", flipped(a), flipped(b)))


def clamp(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """`x` brought between `low` and `high`."""
    return flipped(elementwise("Minimum", elementwise("Maximum", flipped(x), flipped(low)), flipped(high)))


def divide(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The quotient and what it leaves; 2^32 - 1 and `a` where `b` is 0."""
    shift = _power_of_two(b)
    if shift is not None:
        rest = bitwise_and(a, b.builder.const(np.full((1,) * a.rank, (1 << shift) - 1, np.int32)))
        return shift_right_logical(a, b.builder.like(b, shift)), rest
    b, zero = without_zeros(b)
    large = negative(b)  # goes into `a` once at most
    divisor = select(large, b.builder.like(b, 1), b)
    quotient, rest = _halved(a, divisor)
    once = compare("GreaterEqual", a, b)
    quotient = select(large, number(once), quotient)
    rest = select(large, select(once, elementwise("Sub", a, b), a), rest)
    if zero is None:
        return quotient, rest
    return select(zero, a.builder.like(a, -1), quotient), select(zero, a, rest)


def _halved(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Division by numbers below 2^31: half of `a` is divided, and what twice the quotient leaves is below `2 b`."""
    half = shift_right_logical(a, a.builder.like(a, 1))
    down = elementwise("Sub", half, elementwise("FloorMod", half, b))
    quotient = elementwise("Mul", exact_quotient(down, b), a.builder.like(a, 2))
    rest = elementwise("Sub", a, elementwise("Mul", quotient, b))
    once = compare("GreaterEqual", rest, b)
    return elementwise("AddV2", quotient, number(once)), select(once, elementwise("Sub", rest, b), rest)


def multiply_high(a: Tensor, b: Tensor) -> Tensor:
    """The upper 32 bits of the product of 64."""
    (low_a, high_a), (low_b, high_b) = (_words(x) for x in (a, b))
    lowest = shift_right_logical(multiply(low_a, low_b), a.builder.like(a, 16))
    cross = elementwise("AddV2", multiply(high_a, low_b), lowest)  # at most (2^16 - 1) 2^16, so that nothing is lost
    carry_low, carry_high = _words(cross)
    other = elementwise("AddV2", multiply(low_a, high_b), carry_low)
    top = elementwise("AddV2", multiply(high_a, high_b), carry_high)
    return elementwise("AddV2", top, shift_right_logical(other, a.builder.like(a, 16)))


def to_float(x: Tensor) -> Tensor:
    """The nearest float32: the upper half is exact, so that the one sum rounds once."""
    low, high = halves(x)
    high = elementwise("Cast", high, DstT=DType.FLOAT32)
    offset = select(negative(x), x.builder.const(np.float32(2**32)), x.builder.const(np.float32(0)))
    return elementwise("AddV2", elementwise("AddV2", high, offset), elementwise("Cast", low, DstT=DType.FLOAT32))


def from_float(x: Tensor) -> Tensor:
    """Towards zero, kept in range, NaN to 0."""
    builder = x.builder
    zero, most, half = (builder.const(np.float32(bound)) for bound in (0, 2**32 - 256, 2**31))
    bounded = elementwise("Minimum", elementwise("Maximum", x, zero), most)
    upper = elementwise("GreaterEqual", bounded, half)
    kept = select(upper, elementwise("Sub", bounded, half), bounded)
    found = elementwise("Cast", kept, DstT=DType.INT32)
    found = select(upper, flipped(found), found)
    beyond = elementwise("GreaterEqual", x, builder.const(np.float32(2**32)))
    return select(beyond, builder.const(-1, DType.INT32), found)


def _words(x: Tensor) -> tuple[Tensor, Tensor]:
    """The lower and the upper 16 bits as numbers from 0 to 65535."""
    low, _ = halves(x)
    return low, shift_right_logical(x, x.builder.like(x, 16))


def _power_of_two(b: Tensor) -> int | None:
    """The exponent of a constant that is one power of two, or None."""
    value = constant(b)
    if value is None or not value.size or (value != value.reshape(-1)[0]).any():
        return None
    word = int(value.reshape(-1)[0]) & 0xFFFFFFFF
    return word.bit_length() - 1 if word and not word & (word - 1) else None


__all__ = [
    "clamp", "compare", "divide", "from_float", "maximum", "minimum", "multiply_high", "to_float",
]  # fmt: skip
