"""Integer arithmetic as two's complement machines do it: division that truncates, wrap-around, exact products.

All of it is exact over the whole of int32 on cpu and wasm. GPUs hold integers as float32, so that there it is exact up
to 2^24.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, negate, select

INT32_MAX, INT32_MIN = 2**31 - 1, -(2**31)
# Cpu multiplies in double precision and wraps what it rounded: exact up to this product.
_EXACT_PRODUCT = 2**53
_HALF = 65536


def absolute(x: Tensor) -> Tensor:
    """The absolute value; the runtime's own goes through float32."""
    return elementwise("Maximum", x, opposite(x))


def opposite(x: Tensor) -> Tensor:
    """`-x`; the runtime's own goes through float32 on wasm."""
    return elementwise("Sub", x.builder.like(x, 0), x)


def multiply(a: Tensor, b: Tensor, *bounds: int) -> Tensor:
    """The product modulo 2^32. `bounds` are what the magnitudes of the operands are known not to exceed."""
    most_a, most_b = bounds or (_bound(a), _bound(b))
    if most_a * most_b <= _EXACT_PRODUCT:
        return elementwise("Mul", a, b)
    low, high = halves(b)
    return elementwise("AddV2", elementwise("Mul", a, low), elementwise("Mul", a, high))


def halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """The low 16 bits, from 0 to 65535, and the rest of the number: a multiple of 65536 that float32 holds exactly."""
    low = modulo(x, _HALF)
    return low, elementwise("Sub", x, low)


def modulo(x: Tensor, divisor: int) -> Tensor:
    """What flooring division by a positive constant leaves."""
    return elementwise("FloorMod", x, x.builder.like(x, divisor))


def power(x: Tensor, exponent: int) -> Tensor:
    """A constant power that is not negative, by squaring."""
    factors, square = [], x
    while exponent:
        if exponent & 1:
            factors.append(square)
        exponent >>= 1
        if exponent:
            square = multiply(square, square)
    return reduce(multiply, factors) if factors else x.builder.const(np.ones((1,) * x.rank, np.int32))


def truncated_division(a: Tensor, b: Tensor) -> Tensor:
    """The quotient rounded towards zero; -1 where `b` is 0."""
    b, zero = without_zeros(b)
    down, divisor = _below_zero(a), _below_zero(b)
    rest = elementwise("FloorMod", down, divisor)
    quotient = exact_quotient(elementwise("Sub", down, rest), divisor)
    value = constant(b)
    if value is None:
        quotient = select(elementwise("NotEqual", negative(a), negative(b)), opposite(quotient), quotient)
    else:
        unlike = elementwise("Less" if value.reshape(-1)[0] > 0 else "GreaterEqual", a, a.builder.like(a, 0))
        mixed = (value > 0).any() and (value < 0).any()
        unlike = elementwise("NotEqual", negative(a), negative(b)) if mixed else unlike
        quotient = select(unlike, opposite(quotient), quotient)
    return quotient if zero is None else select(zero, a.builder.like(a, -1), quotient)


def remainder(a: Tensor, b: Tensor) -> Tensor:
    """What truncated division leaves, with the sign of `a`; `a` where `b` is 0."""
    b, zero = without_zeros(b)
    rest = elementwise("FloorMod", _below_zero(a), _below_zero(b))
    rest = select(negative(a), rest, opposite(rest))
    return rest if zero is None else select(zero, a, rest)


def floor_division(a: Tensor, b: Tensor) -> Tensor:
    """The quotient rounded down, for divisors other than 0."""
    value = constant(b)
    if value is not None and (value > 0).all():  # -1 - (-1 - a) / b never leaves int32
        down = negative(a)
        found = select(down, inverted(a), a)
        found = exact_quotient(elementwise("Sub", found, elementwise("FloorMod", found, b)), b)
        return select(down, inverted(found), found)
    quotient = truncated_division(a, b)
    exact = elementwise("Equal", elementwise("Mul", quotient, b), a)
    lower = elementwise("LogicalAnd", negate(exact), elementwise("NotEqual", negative(a), negative(b)))
    return elementwise("Sub", quotient, number(lower))


def inverted(x: Tensor) -> Tensor:
    """Each bit turned over: `-1 - x`."""
    return elementwise("Sub", x.builder.like(x, -1), x)


def exact_quotient(a: Tensor, b: Tensor) -> Tensor:
    """The quotient of multiples of `b` of the same sign. Wasm divides in float32, and is off by a few hundred at most:
    what is left is a multiple again, which it divides exactly."""
    quotient = elementwise("FloorDiv", a, b)
    rest = elementwise("Sub", a, elementwise("Mul", quotient, b))
    return elementwise("AddV2", quotient, elementwise("FloorDiv", rest, b))


def wrapped(x: Tensor, count: int, least: int) -> Tensor:
    """`x` brought into the `count` values from `least` on, as an integer of fewer bits holds it."""
    if least == 0:
        return modulo(x, count)
    shifted = modulo(elementwise("Sub", x, x.builder.like(x, least)), count)
    return elementwise("AddV2", shifted, x.builder.like(x, least))


def from_float(x: Tensor, least: int, most: int) -> Tensor:
    """Float to integer as XLA does it: towards zero, kept in range, NaN to 0."""
    builder = x.builder
    highest = most if most < INT32_MAX else 2**31 - 128  # the largest float32 that is an int32
    low, high = (builder.const(float(bound), DType.FLOAT32) for bound in (least, highest))
    bounded = elementwise("Minimum", elementwise("Maximum", x, low), high)  # NaN stays, and is cast to 0
    result = elementwise("Cast", bounded, DstT=DType.INT32)
    if most < INT32_MAX:
        return result
    above = elementwise("GreaterEqual", x, builder.const(float(2**31), DType.FLOAT32))
    return select(above, builder.const(INT32_MAX, DType.INT32), result)


def negative(x: Tensor) -> Tensor:
    """Whether each number is below 0."""
    return elementwise("Less", x, x.builder.like(x, 0))


def number(condition: Tensor) -> Tensor:
    """1 where the condition holds, else 0."""
    return elementwise("Cast", condition, DstT=DType.INT32)


def without_zeros(b: Tensor) -> tuple[Tensor, Tensor | None]:
    """The divisor with 1 for 0, and where it is 0; None when it never is."""
    value = constant(b)
    if value is not None and (value != 0).all():
        return b, None
    zero = elementwise("Equal", b, b.builder.like(b, 0))
    return select(zero, b.builder.like(b, 1), b), zero


def _below_zero(x: Tensor) -> Tensor:
    """`-|x|`, which every number has; the greatest magnitude has no positive."""
    value = constant(x)
    if value is not None:
        return x.builder.const((-np.abs(value.astype(np.int64))).astype(np.int32))
    return elementwise("Minimum", x, opposite(x))


def _bound(x: Tensor) -> int:
    """What the magnitude of each number does not exceed, as far as one sees at a glance."""
    value, node = constant(x), x.builder.nodes[x.value.node]
    if value is not None:
        return int(np.abs(value.astype(np.int64)).max(initial=0))
    if node.op == "Cast" and x.builder.tensor(node.inputs[0]).dtype is DType.BOOL:
        return 1
    if node.op == "FloorMod" and (divisor := constant(x.builder.tensor(node.inputs[1]))) is not None:
        return int(np.abs(divisor.astype(np.int64)).max(initial=0))
    return 2**31


__all__ = [
    "INT32_MAX", "INT32_MIN", "absolute", "exact_quotient", "floor_division", "from_float", "halves", "inverted",
    "modulo", "multiply", "negate", "negative", "number", "opposite", "power", "remainder", "truncated_division",
    "without_zeros", "wrapped",
]  # fmt: skip
