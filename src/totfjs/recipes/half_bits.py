"""The 16 bits of float16 and bfloat16 numbers, which are held as float32, and their neighbours.

What is held with more digits is rounded first, halves to even. NaN has one pattern, the quiet one without a sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.bits import shift_left, shift_right_arithmetic
from totfjs.recipes.elementwise import elementwise, not_a_number, select
from totfjs.recipes.float_bits import float_from_bits, half_from_bits, magnitude_bits, sign_bit
from totfjs.recipes.integers import modulo, negative, number, opposite

_SIGN = 1 << 15


@dataclass(frozen=True)
class Half:
    """A format of 16 bits: the bits of magnitudes, and numbers from bits, which are given without a sign."""

    magnitudes: Callable[[Tensor], Tensor]
    number_of: Callable[[Tensor], Tensor]

    def bits(self, x: Tensor) -> Tensor:
        """The bits of each number, from 0 to 65535."""
        size = self.magnitudes(x)
        return select(sign_bit(x), elementwise("AddV2", size, size.builder.like(size, _SIGN)), size)

    def next_after(self, x: Tensor, y: Tensor) -> Tensor:
        """The number next to `x` on the way to `y`; zeros that come from a side keep its sign."""
        builder, start, end = x.builder, self._ordered(x), self._ordered(y)
        up, down = elementwise("Less", start, end), elementwise("Less", end, start)
        moved = elementwise("AddV2", start, elementwise("Sub", number(up), number(down)))
        to_zero = elementwise("LogicalAnd", elementwise("Equal", moved, builder.const(0)), negative(start))
        minus = elementwise("LogicalOr", negative(moved), to_zero)
        size = elementwise("Maximum", moved, opposite(moved))
        bits = elementwise("AddV2", size, elementwise("Mul", number(minus), builder.const(_SIGN)))
        bits = select(elementwise("Equal", start, end), self.bits(y), bits)
        missing = elementwise("LogicalOr", not_a_number(x), not_a_number(y))
        return select(missing, builder.const(np.float32(np.nan)), self.number_of(bits))

    def _ordered(self, x: Tensor) -> Tensor:
        """Whole numbers in the order of the floats, with one number for both zeros."""
        size = self.magnitudes(x)
        return select(sign_bit(x), opposite(size), size)


def _of_float16(x: Tensor) -> Tensor:
    """Magnitudes below the least that has all digits are counted in steps of 2^-24."""
    builder, infinity = x.builder, 31 << 10
    found = elementwise("Sub", _rounded(magnitude_bits(x), 13), builder.const((127 - 15) << 10))
    size = elementwise("Abs", x)
    small = elementwise("Less", size, builder.const(np.float32(2.0**-14)))
    steps = elementwise("Round", elementwise("Mul", select(small, size, builder.like(x, 0)), builder.like(x, 2.0**24)))
    found = elementwise("Minimum", found, builder.const(infinity))
    found = select(small, elementwise("Cast", steps, DstT=DType.INT32), found)
    return select(not_a_number(x), builder.const(infinity + (1 << 9)), found)


def _of_bfloat16(x: Tensor) -> Tensor:
    found = _rounded(magnitude_bits(x), 16)
    return select(not_a_number(x), x.builder.const(0x7FC0), found)


def _rounded(bits: Tensor, drop: int) -> Tensor:
    """Without so many of the last bits, to the nearest, halves to even."""
    builder = bits.builder
    last = modulo(shift_right_arithmetic(bits, builder.const(drop)), 2)
    above = elementwise("AddV2", bits, elementwise("AddV2", last, builder.const((1 << (drop - 1)) - 1)))
    return shift_right_arithmetic(above, builder.const(drop))


def _bfloat16_from(bits: Tensor) -> Tensor:
    return float_from_bits(shift_left(bits, bits.builder.const(16)))


FLOAT16 = Half(_of_float16, half_from_bits)
BFLOAT16 = Half(_of_bfloat16, _bfloat16_from)
__all__ = ["BFLOAT16", "FLOAT16", "Half"]
