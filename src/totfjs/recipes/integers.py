"""Integer arithmetic as two's complement machines do it: division that truncates, wrap-around of narrow types."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, negate, select

_INT32_MAX = 2**31 - 1


def absolute(x: Tensor) -> Tensor:
    """The absolute value; the runtime's own goes through float32."""
    return elementwise("Maximum", x, opposite(x))


def opposite(x: Tensor) -> Tensor:
    """`-x`; the runtime's own goes through float32 on wasm."""
    return elementwise("Sub", x.builder.like(x, 0), x)


def truncated_division(a: Tensor, b: Tensor) -> Tensor:
    """The quotient rounded towards zero; -1 where `b` is 0."""
    b, zero = _without_zeros(b)
    quotient, rest = _floor_division(a, b)
    signs = elementwise("NotEqual", _negative(a), _negative(b)) if a.dtype is DType.INT32 else None
    assert signs is not None
    inexact = elementwise("NotEqual", rest, a.builder.like(a, 0))
    quotient = quotient + _number(elementwise("LogicalAnd", signs, inexact))
    return quotient if zero is None else select(zero, a.builder.like(a, -1), quotient)


def remainder(a: Tensor, b: Tensor) -> Tensor:
    """What truncated division leaves, with the sign of `a`; `a` where `b` is 0."""
    safe, zero = _without_zeros(b)
    rest = elementwise("Sub", a, elementwise("Mul", truncated_division(a, safe), safe))
    return rest if zero is None else select(zero, a, rest)


def floor_division(a: Tensor, b: Tensor) -> Tensor:
    """The quotient rounded down, for divisors other than 0."""
    return _floor_division(a, b)[0]


def wrapped(x: Tensor, count: int, least: int) -> Tensor:
    """`x` brought into the `count` values from `least` on, as an integer of fewer bits holds it."""
    if least == 0:
        return elementwise("FloorMod", x, x.builder.like(x, count))
    shifted = elementwise("FloorMod", elementwise("Sub", x, x.builder.like(x, least)), x.builder.like(x, count))
    return elementwise("AddV2", shifted, x.builder.like(x, least))


def from_float(x: Tensor, least: int, most: int) -> Tensor:
    """Float to integer as XLA does it: towards zero, kept in range, NaN to 0."""
    builder = x.builder
    highest = most if most < _INT32_MAX else 2**31 - 128  # the largest float32 that is an int32
    bounds = (builder.const(float(least), DType.FLOAT32), builder.const(float(highest), DType.FLOAT32))
    result = elementwise("Cast", elementwise("ClipByValue", x, *bounds), DstT=DType.INT32)
    if most < _INT32_MAX:
        return result
    above = elementwise("GreaterEqual", x, builder.const(float(2**31), DType.FLOAT32))
    return select(above, builder.const(_INT32_MAX, DType.INT32), result)


def _floor_division(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Quotient and rest. Wasm estimates quotients in float32: two estimates and a correction make them exact."""
    quotient = elementwise("FloorDiv", a, b)
    quotient = quotient + elementwise("FloorDiv", _rest(a, b, quotient), b)
    rest = _rest(a, b, quotient)
    zero = a.builder.like(a, 0)
    below = elementwise(
        "LogicalAnd", elementwise("NotEqual", rest, zero), elementwise("NotEqual", _negative(rest), _negative(b))
    )
    above = elementwise("GreaterEqual", _signed_like(rest, b), absolute(b))
    quotient = quotient - _number(below) + _number(above)
    return quotient, _rest(a, b, quotient)


def _rest(a: Tensor, b: Tensor, quotient: Tensor) -> Tensor:
    return elementwise("Sub", a, elementwise("Mul", quotient, b))


def _signed_like(x: Tensor, b: Tensor) -> Tensor:
    """`x` if `b` is positive, else `-x`."""
    value = constant(b)
    if value is not None and (value > 0).all():
        return x
    return select(_negative(b), opposite(x), x)


def _negative(x: Tensor) -> Tensor:
    return elementwise("Less", x, x.builder.like(x, 0))


def _number(condition: Tensor) -> Tensor:
    return elementwise("Cast", condition, DstT=DType.INT32)


def _without_zeros(b: Tensor) -> tuple[Tensor, Tensor | None]:
    """The divisor with 1 for 0, and where it is 0; None when it never is."""
    value = constant(b)
    if value is not None and (value != 0).all():
        return b, None
    zero = elementwise("Equal", b, b.builder.like(b, 0))
    return select(zero, b.builder.like(b, 1), b), zero


__all__ = [
    "absolute",
    "floor_division",
    "from_float",
    "negate",
    "opposite",
    "remainder",
    "truncated_division",
    "wrapped",
]
