"""The bits of float32 numbers, and numbers from their bits, by arithmetic: the runtime does not reinterpret memory.

Exact for every number, denormals, zeros of both signs and infinities included; NaN has one pattern, the quiet one
without a sign. Exact on cpu and wasm; GPUs hold integers as float32 and may drop denormals.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.bits import flipped, shift_right_arithmetic
from totfjs.recipes.elementwise import elementwise, not_a_number, select
from totfjs.recipes.integers import modulo, negative, number, opposite

_INFINITY, _NAN, _FRACTION = 0x7F800000, 0x7FC00000, 1 << 23
_LEAST, _MOST = -126, 127  # exponents of numbers that are not denormal
# Numbers below 2^-64 are scaled in two steps: 2^149 is no float32.
_SMALL = 64


def float_bits(x: Tensor) -> Tensor:
    """The 32 bits of each number."""
    magnitude = magnitude_bits(x)
    return select(sign_bit(x), flipped(magnitude), magnitude)


def sign_bit(x: Tensor) -> Tensor:
    """Whether a number is negative or -0; NaN is not."""
    zero = x.builder.like(x, 0)
    seen = select(elementwise("Equal", x, zero), elementwise("Reciprocal", x), x)
    return elementwise("Less", seen, zero)


def magnitude_bits(x: Tensor) -> Tensor:
    """The bits of the absolute value: the exponent in steps of 2^23, and the digits as a whole number."""
    builder = x.builder
    size = elementwise("Abs", x)
    finite = elementwise("Minimum", size, x.builder.const(np.finfo(np.float32).max))
    exponent = _exponent(finite)
    digits = _scaled(finite, exponent)
    twice = elementwise("GreaterEqual", digits, builder.like(x, float(2 * _FRACTION)))
    digits = select(twice, elementwise("Mul", digits, builder.like(x, 0.5)), digits)
    step = elementwise("AddV2", exponent, elementwise("Cast", twice, DstT=DType.INT32))
    found = elementwise("AddV2", elementwise("Cast", digits, DstT=DType.INT32), step * _FRACTION)
    known = elementwise("LessEqual", size, builder.const(np.finfo(np.float32).max))
    special = select(not_a_number(x), builder.const(_NAN), builder.const(_INFINITY))
    return select(known, found, special)


def float_from_bits(bits: Tensor) -> Tensor:
    """The number that has these 32 bits."""
    builder, minus = bits.builder, negative(bits)
    size = select(minus, flipped(bits), bits)
    digits = modulo(size, _FRACTION)
    exponent = elementwise("FloorDiv", elementwise("Sub", size, digits), builder.const(_FRACTION))
    hidden = elementwise("Minimum", exponent, builder.const(1)) * _FRACTION
    value = elementwise("Cast", elementwise("AddV2", digits, hidden), DstT=DType.FLOAT32)
    value = elementwise("Mul", value, builder.op("GatherV2", _powers(), exponent, 0))
    value = select(elementwise("Greater", size, builder.const(_INFINITY)), builder.const(np.float32(np.nan)), value)
    return select(minus, elementwise("Neg", value), value)


def half_from_bits(bits: Tensor) -> Tensor:
    """The number whose 16 bits, given without a sign, are those of a float16."""
    builder = bits.builder
    size = modulo(bits, 1 << 15)
    digits = modulo(size, 1 << 10)
    exponent = elementwise("FloorDiv", elementwise("Sub", size, digits), builder.const(1 << 10))
    hidden = elementwise("Minimum", exponent, builder.const(1)) * (1 << 10)
    steps = np.maximum(np.arange(32), 1)
    powers = np.where(steps == 31, np.inf, np.exp2(steps - 25.0)).astype(np.float32)
    value = elementwise("Cast", elementwise("AddV2", digits, hidden), DstT=DType.FLOAT32)
    value = elementwise("Mul", value, builder.op("GatherV2", powers, exponent, 0))
    value = select(elementwise("Greater", size, builder.const(31 << 10)), builder.const(np.float32(np.nan)), value)
    return select(elementwise("Less", size, bits), elementwise("Neg", value), value)


def next_after(x: Tensor, y: Tensor) -> Tensor:
    """The number next to `x` on the way to `y`."""
    step = elementwise("Sub", number(elementwise("Greater", y, x)), number(elementwise("Less", y, x)))
    moved = elementwise("AddV2", _ordered(float_bits(x)), step)
    lowest = moved.builder.const(0)
    bits = select(elementwise("Less", moved, lowest), flipped(opposite(moved)), moved)
    found = select(elementwise("Equal", x, y), y, float_from_bits(bits))
    missing = elementwise("LogicalOr", not_a_number(x), not_a_number(y))
    return select(missing, x.builder.const(np.float32(np.nan)), found)


def reduce_precision(x: Tensor, exponent_bits: int, mantissa_bits: int) -> Tensor:
    """The nearest number of fewer bits, halves to even; beyond its range infinity, below it zero."""
    builder, bits = x.builder, magnitude_bits(x)
    drop = 23 - mantissa_bits
    if drop:
        last = modulo(shift_right_arithmetic(bits, builder.const(drop)), 2)
        bits = elementwise("AddV2", bits, elementwise("AddV2", last, builder.const((1 << (drop - 1)) - 1)))
        bits = elementwise("Sub", bits, modulo(bits, 1 << drop))
    return _ranged(x, bits, exponent_bits)


def _ranged(x: Tensor, bits: Tensor, exponent_bits: int) -> Tensor:
    """Numbers from the bits of their magnitudes, within the range of an exponent, with the signs and NaNs of `x`."""
    builder, value = x.builder, float_from_bits(bits)
    if exponent_bits < 8:
        bias = (1 << (exponent_bits - 1)) - 1
        least, beyond = (127 - bias + 1) * _FRACTION, (127 + bias + 1) * _FRACTION
        value = select(elementwise("Less", bits, builder.const(least)), builder.const(np.float32(0)), value)
        value = select(
            elementwise("GreaterEqual", bits, builder.const(beyond)), builder.const(np.float32(np.inf)), value
        )
    value = select(sign_bit(x), elementwise("Neg", value), value)
    return select(not_a_number(x), x, value)


def _exponent(size: Tensor) -> Tensor:
    """The exponent above the least one, which denormals have too; at times one too small, never too large."""
    builder = size.builder
    raised = elementwise("Maximum", size, builder.const(np.float32(2.0**_LEAST)))
    logarithm = elementwise("Mul", elementwise("Log", raised), builder.like(size, float(np.log2(np.e))))
    above = elementwise("Floor", elementwise("Sub", logarithm, builder.like(size, _LEAST + 1e-3)))
    return elementwise("Cast", elementwise("Maximum", above, builder.like(size, 0.0)), DstT=DType.INT32)


def _scaled(size: Tensor, exponent: Tensor) -> Tensor:
    """The number with 23 binary digits before the point."""
    builder = size.builder
    small = elementwise("Less", exponent, builder.const(_SMALL))
    first = select(small, builder.const(np.float32(2.0**_SMALL)), builder.const(np.float32(1)))
    steps = np.arange(_MOST - _LEAST + 1)
    table = np.exp2(23.0 - _LEAST - steps - np.where(steps < _SMALL, _SMALL, 0)).astype(np.float32)
    return elementwise("Mul", elementwise("Mul", size, first), builder.op("GatherV2", table, exponent, 0))


def _powers() -> np.ndarray:
    """What the last digit counts, for each exponent as it is written in the bits; infinite beyond the numbers."""
    steps = np.maximum(np.arange(256), 1)
    return np.where(steps == 255, np.inf, np.exp2(steps - 150.0)).astype(np.float32)


def _ordered(bits: Tensor) -> Tensor:
    """Bits of floats as whole numbers in the order of the floats, with one number for both zeros."""
    return select(negative(bits), opposite(flipped(bits)), bits)


__all__ = [
    "float_bits", "float_from_bits", "half_from_bits", "magnitude_bits", "next_after", "reduce_precision", "sign_bit",
]  # fmt: skip
