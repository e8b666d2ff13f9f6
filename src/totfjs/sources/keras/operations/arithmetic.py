"""Functions of pairs of elements: arithmetic, comparisons, choices, bits."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import bits, integers
from totfjs.recipes.elementwise import constant, elementwise, maximum, minimum, negate, not_a_number, select
from totfjs.recipes.float_bits import next_after
from totfjs.recipes.softmax import as_softmax
from totfjs.recipes.special import exponential
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.elementwise import absolute
from totfjs.sources.keras.operations.numbers import builder_of, converted, floats, numbers, promoted

# Whole powers up to this are products.
_MOST_FACTORS = 32


def add(x1: Any, x2: Any) -> Tensor:
    """The sum; bools are or-ed."""
    a, b = promoted(x1, x2)
    return elementwise("LogicalOr" if a.dtype is DType.BOOL else "AddV2", a, b)


def subtract(x1: Any, x2: Any) -> Tensor:
    """The difference."""
    a, b = promoted(x1, x2)
    if a.dtype is DType.BOOL:
        raise OpError("bools cannot be subtracted")
    return elementwise("Sub", a, b)


def multiply(x1: Any, x2: Any) -> Tensor:
    """The product, exact for integers; bools are and-ed."""
    a, b = promoted(x1, x2)
    if a.dtype is DType.INT32:
        return integers.multiply(a, b)
    return elementwise("LogicalAnd" if a.dtype is DType.BOOL else "Mul", a, b)


def divide(x1: Any, x2: Any) -> Tensor:
    """The quotient of floats."""
    a, b = floats(x1, x2)
    return as_softmax(a, b) or elementwise("RealDiv", a, b)


def divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """The quotient, or 0 where the divisor is."""
    a, b = floats(x1, x2)
    zero = elementwise("Equal", b, b.builder.like(b, 0))
    quotient = elementwise("RealDiv", a, select(zero, b.builder.like(b, 1), b))
    return select(zero, b.builder.like(b, 0), quotient)


def remainder(x1: Any, x2: Any) -> Tensor:
    """What truncated division leaves, with the sign of the first."""
    a, b = numbers(x1, x2)
    if a.dtype is DType.INT32:
        return integers.remainder(a, b)
    rest = elementwise("FloorMod", elementwise("Abs", a), elementwise("Abs", b))
    return select(elementwise("Less", a, a.builder.like(a, 0)), elementwise("Neg", rest), rest)


def modulo(x1: Any, x2: Any) -> Tensor:
    """What flooring division leaves, with the sign of the second."""
    a, b = numbers(x1, x2)
    rest = remainder(a, b)
    return select(_shifted(rest, b), elementwise("AddV2", rest, b), rest)


def floor_divide(x1: Any, x2: Any) -> Tensor:
    """The quotient rounded down."""
    a, b = numbers(x1, x2)
    if a.dtype is DType.INT32:
        divisor = constant(b)
        if divisor is not None and (divisor != 0).all():
            return integers.floor_division(a, b)
        quotient, rest = integers.truncated_division(a, b), integers.remainder(a, b)
        unlike = elementwise("NotEqual", integers.negative(a), integers.negative(b))
        lower = elementwise("LogicalAnd", unlike, elementwise("NotEqual", rest, rest.builder.like(rest, 0)))
        return elementwise("Sub", quotient, integers.number(lower))
    rest = remainder(a, b)
    quotient = elementwise("RealDiv", elementwise("Sub", a, rest), b)
    return elementwise("Round", elementwise("Sub", quotient, converted(_shifted(rest, b), DType.FLOAT32)))


def _shifted(rest: Tensor, b: Tensor) -> Tensor:
    """Where a remainder is not 0 and has another sign than the divisor."""
    zero = rest.builder.like(rest, 0)
    signs = elementwise("NotEqual", *(integers.number(elementwise("Less", x, zero)) for x in (rest, b)))
    return elementwise("LogicalAnd", elementwise("NotEqual", rest, zero), signs)


def power(x1: Any, x2: Any) -> Tensor:
    """A power: a product where the exponent is a small whole number."""
    a, b = numbers(x1, x2)
    value = constant(b)
    exponent = float(value.reshape(-1)[0]) if value is not None and value.size == 1 else None
    if a.dtype is DType.INT32:
        if exponent is None or exponent < 0:
            raise OpError("a power of integers with an exponent that is not known, or below 0, is not supported")
        return integers.power(a, int(exponent))
    if exponent is None or exponent != int(exponent) or not 0 < abs(exponent) <= _MOST_FACTORS or b.rank > a.rank:
        return exponential.power(a, b)
    result = _product(a, int(abs(exponent)))
    return result if exponent > 0 else elementwise("Reciprocal", result)


def _product(x: Tensor, count: int) -> Tensor:
    factors, square = [], x
    while count:
        if count & 1:
            factors.append(square)
        count >>= 1
        square = elementwise("Square", square) if count else square
    return reduce(lambda a, b: elementwise("Mul", a, b), factors)


def extreme(most: bool, passing: bool = False) -> Function:
    """The larger or smaller of each pair; `passing` over NaN in one of them."""
    choose = maximum if most else minimum

    def function(x1: Any, x2: Any) -> Tensor:
        a, b = promoted(x1, x2)
        found = choose(a, b)
        if not passing or a.dtype is not DType.FLOAT32:
            return found
        return select(not_a_number(a), b, select(not_a_number(b), a, found))

    return function


def log_add(x1: Any, x2: Any) -> Tensor:
    """log(exp(a) + exp(b)), of infinities too."""
    a, b = floats(x1, x2)
    distance = elementwise("Abs", elementwise("Sub", a, b))
    apart = exponential.log1p(elementwise("Exp", elementwise("Neg", distance)))
    more = select(elementwise("Equal", a, b), a.builder.like(a, np.log(2)), apart)
    return elementwise("AddV2", maximum(a, b), more)


def log_add_2(x1: Any, x2: Any) -> Tensor:
    """log2(2^a + 2^b)."""
    a, b = floats(x1, x2)
    return log_add(a * float(np.log(2)), b * float(np.log(2))) * float(1 / np.log(2))


def hypotenuse(x1: Any, x2: Any) -> Tensor:
    """sqrt(a² + b²), without a square that overflows."""
    a, b = (absolute(x) for x in floats(x1, x2))
    large, small = maximum(a, b), minimum(a, b)
    zero, endless = elementwise("Equal", large, large.builder.like(large, 0)), elementwise("IsInf", large)
    ratio = elementwise("RealDiv", small, select(zero, large.builder.like(large, 1), large))
    length = large * elementwise("Sqrt", elementwise("Square", ratio) + 1.0)
    return select(elementwise("LogicalOr", zero, endless), large, length)


def step(x1: Any, x2: Any) -> Tensor:
    """0 below 0, 1 above, and the second operand at 0."""
    a, b = floats(x1, x2)
    zero, one = a.builder.like(a, 0), a.builder.like(a, 1)
    sides = select(elementwise("Less", a, zero), zero, select(elementwise("Greater", a, zero), one, a))
    return select(elementwise("Equal", a, zero), b, sides)


def comparison(op: str) -> Function:
    """A comparison; bools are compared as numbers."""

    def function(x1: Any, x2: Any) -> Tensor:
        a, b = promoted(x1, x2)
        return elementwise(op, *(numbers(a, b) if a.dtype is DType.BOOL else (a, b)))

    return function


def logical(op: str) -> Function:
    """An operation on truth values."""

    def function(x1: Any, x2: Any) -> Tensor:
        a, b = (converted(x, DType.BOOL) for x in promoted(x1, x2))
        if op == "xor":
            return elementwise("NotEqual", *numbers(a, b))
        return elementwise(op, a, b)

    return function


def bitwise(recipe: Function, of_bools: str = "") -> Function:
    """An operation on the bits of integers."""

    def function(x: Any, y: Any) -> Tensor:
        a, b = promoted(x, y)
        if a.dtype is DType.BOOL and of_bools:
            both: Tensor = logical(of_bools)(a, b)
            return both
        if a.dtype is not DType.INT32:
            raise OpError("the bits of integers alone can be computed with")
        found: Tensor = recipe(a, b)
        return found

    return function


def where(condition: Any, x1: Any = None, x2: Any = None) -> Tensor:
    """The first where the condition holds, else the second."""
    if x1 is None or x2 is None:
        raise OpError("the places where a condition holds are as many as the data say; give it x1 and x2")
    builder = builder_of(condition, x1, x2)
    condition = converted(promoted(condition, builder.const(False))[0], DType.BOOL)
    a, b = promoted(x1, x2, builder.const(False))[:2]
    return select(condition, a, b)


def chosen(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """The choice of the first condition that holds."""
    result: Any = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result  # type: ignore[no-any-return]


def is_close(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether numbers are as near as the tolerances say."""
    a, b = floats(x1, x2)
    distance = elementwise("Abs", elementwise("Sub", a, b))
    near = elementwise("LessEqual", distance, elementwise("Abs", b) * float(rtol) + float(atol))
    finite = elementwise("LogicalAnd", elementwise("IsFinite", a), elementwise("IsFinite", b))
    near = elementwise("LogicalOr", elementwise("LogicalAnd", near, finite), elementwise("Equal", a, b))
    missing = elementwise("LogicalAnd", not_a_number(a), not_a_number(b))
    return elementwise("LogicalOr", near, missing) if equal_nan else elementwise("LogicalAnd", near, negate(missing))


def arc_tangent(x1: Any, x2: Any) -> Tensor:
    """The angle of a point."""
    return elementwise("Atan2", *floats(x1, x2))


FUNCTIONS: dict[str, Function] = {
    "Add": add, "Subtract": subtract, "Multiply": multiply, "Divide": divide, "TrueDivide": divide,
    "DivideNoNan": divide_no_nan, "Mod": modulo, "Fmod": remainder, "FloorDivide": floor_divide, "Power": power,
    "Maximum": extreme(True), "Minimum": extreme(False), "Fmax": extreme(True, True), "Fmin": extreme(False, True),
    "Logaddexp": log_add, "Logaddexp2": log_add_2, "Hypot": hypotenuse, "Heaviside": step, "Arctan2": arc_tangent,
    "Nextafter": lambda x1, x2: next_after(*floats(x1, x2)),
    "Ldexp": lambda x1, x2: multiply(x1, elementwise("Pow", builder_of(x1, x2).const(2.0), floats(x2, 0.0)[0])),
    **{name: comparison(name) for name in ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual")},
    "LogicalAnd": logical("LogicalAnd"), "LogicalOr": logical("LogicalOr"), "LogicalXor": logical("xor"),
    "BitwiseAnd": bitwise(bits.bitwise_and, "LogicalAnd"), "BitwiseOr": bitwise(bits.bitwise_or, "LogicalOr"),
    "BitwiseXor": bitwise(bits.bitwise_xor, "xor"),
    "BitwiseLeftShift": bitwise(bits.shift_left), "LeftShift": bitwise(bits.shift_left),
    "BitwiseRightShift": bitwise(bits.shift_right_arithmetic), "RightShift": bitwise(bits.shift_right_arithmetic),
    "Where": where, "Select": chosen, "Isclose": is_close,
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
