"""Functions of each element of one operand."""

from __future__ import annotations

import math
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes import integers
from totfjs.recipes.elementwise import elementwise, maximum, minimum, not_a_number, select
from totfjs.recipes.elementwise import sign as integer_sign
from totfjs.recipes.float_bits import sign_bit
from totfjs.recipes.special import exponential
from totfjs.recipes.special.bessel import bessel_i0e
from totfjs.recipes.special.error import erf, erf_inv, erfc
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.numbers import cast, converted, floating, numbers, promoted


def _float(op: str) -> Function:
    return lambda x: elementwise(op, floating(x))


def _of_float(recipe: Function) -> Function:
    return lambda x: recipe(floating(x))


def absolute(x: Tensor) -> Tensor:
    """The absolute value."""
    if x.dtype is DType.BOOL:
        return x
    return integers.absolute(x) if x.dtype is DType.INT32 else elementwise("Abs", x)


def negative(x: Tensor) -> Tensor:
    """The opposite."""
    return integers.opposite(x) if x.dtype is DType.INT32 else elementwise("Neg", x)


def square(x: Tensor) -> Tensor:
    """The square, exact for integers."""
    (x,) = numbers(x)
    return integers.multiply(x, x) if x.dtype is DType.INT32 else elementwise("Square", x)


def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1."""
    return integer_sign(x) if x.dtype is DType.INT32 else exponential.sign(floating(x))


def rounded(x: Tensor, decimals: int = 0) -> Tensor:
    """To so many decimals, halves to even."""
    if x.dtype is not DType.FLOAT32:
        if decimals >= 0:
            return x
        return converted(rounded(floating(x), decimals), DType.INT32)
    if decimals == 0:
        return elementwise("Round", x)
    factor = x.builder.like(x, 10.0**decimals)
    return elementwise("RealDiv", elementwise("Round", elementwise("Mul", x, factor)), factor)


def truncated(x: Tensor) -> Tensor:
    """Without what comes after the point."""
    if x.dtype is not DType.FLOAT32:
        return x
    down, up = elementwise("Floor", x), elementwise("Ceil", x)
    return select(elementwise("Less", x, x.builder.like(x, 0)), up, down)


def logarithm(base: float) -> Function:
    """The logarithm to a base."""

    def function(x: Any) -> Tensor:
        x = floating(x)
        return elementwise("Log", x) * (1 / math.log(base))

    return function


def sinc(x: Tensor) -> Tensor:
    """sin(πx) / πx."""
    x = floating(x) * math.pi
    zero = elementwise("Equal", x, x.builder.like(x, 0))
    safe = select(zero, x.builder.like(x, 1), x)
    return select(zero, x.builder.like(x, 1), exponential.sine(safe) / safe)


def bessel(x: Tensor) -> Tensor:
    """The modified Bessel function of order 0."""
    x = floating(x)
    return bessel_i0e(x) * elementwise("Exp", elementwise("Abs", x))


def infinite(above: bool) -> Function:
    """Whether each number is one of the infinities."""

    def function(x: Tensor) -> Tensor:
        x = floating(x)
        return elementwise("Equal", x, x.builder.like(x, math.inf if above else -math.inf))

    return function


def without_nan(x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Other numbers for NaN and infinities: the largest ones unless told otherwise."""
    if x.dtype is not DType.FLOAT32:
        return x
    largest = 3.4028235e38
    for condition, value in (
        (not_a_number(x), nan),
        (infinite(True)(x), largest if posinf is None else posinf),
        (infinite(False)(x), -largest if neginf is None else neginf),
    ):
        x = select(condition, x.builder.like(x, float(value)), x)
    return x


def clip(x: Any, x_min: Any, x_max: Any) -> Tensor:
    """Brought between two bounds, either of which may be missing."""
    (x,) = numbers(x)
    if x_min is not None:
        x = maximum(*promoted(x, x_min))
    return x if x_max is None else minimum(*promoted(x, x_max))


def saturated(x: Tensor, dtype: str) -> Tensor:
    """Another dtype, brought into its range before."""
    return cast(converted(x, DType.FLOAT32) if x.dtype is DType.BOOL else x, dtype)


def logical_not(x: Any) -> Tensor:
    """Logical not."""
    return elementwise("LogicalNot", converted(x, DType.BOOL))


def inverted(x: Tensor) -> Tensor:
    """Each bit turned over."""
    return elementwise("LogicalNot", x) if x.dtype is DType.BOOL else integers.inverted(x)


def as_dtype(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Tensor:
    """The same numbers, as another dtype if one is told."""
    return x if dtype is None else cast(x, dtype)


def _test(op: str) -> Function:
    return lambda x: elementwise(op, floating(x))


FUNCTIONS: dict[str, Function] = {
    **{name: _float(op) for name, op in {
        "Arccos": "Acos", "Arccosh": "Acosh", "Arcsin": "Asin", "Arctan": "Atan",
        "Arctanh": "Atanh", "Ceil": "Ceil", "Cosh": "Cosh", "Exp": "Exp", "Expm1": "Expm1", "Floor": "Floor",
        "Log": "Log", "Reciprocal": "Reciprocal", "Rsqrt": "Rsqrt", "Sinh": "Sinh", "Sqrt": "Sqrt", "Tan": "Tan",
        "Tanh": "Tanh", "Isfinite": "IsFinite", "Isinf": "IsInf", "Isnan": "IsNan", "Fabs": "Abs",
    }.items()},
    **{name: _of_float(recipe) for name, recipe in {
        "Cbrt": exponential.cube_root, "Cos": exponential.cosine, "Erf": erf, "Erfc": erfc, "Erfinv": erf_inv,
        "Arcsinh": exponential.area_sine, "Log1p": exponential.log1p, "Sin": exponential.sine, "Signbit": sign_bit,
    }.items()},
    "Abs": absolute, "Absolute": absolute, "Negative": negative, "Square": square, "Sign": sign, "Round": rounded,
    "Trunc": truncated, "Log2": logarithm(2), "Log10": logarithm(10), "Sinc": sinc, "I0": bessel,
    "Exp2": lambda x: elementwise("Pow", x.builder.const(2.0, DType.FLOAT32), floating(x)),
    "Deg2rad": lambda x: floating(x) * (math.pi / 180), "Rad2deg": lambda x: floating(x) * (180 / math.pi),
    "Isposinf": infinite(True), "Isneginf": infinite(False), "NanToNum": without_nan, "Clip": clip,
    "LogicalNot": logical_not, "BitwiseInvert": inverted, "BitwiseNot": inverted,
    "Cast": lambda x, dtype: cast(x, dtype), "SaturateCast": saturated, "ConvertToTensor": as_dtype, "Array": as_dtype,
    "Copy": as_dtype, "StopGradient": lambda variable: variable, "Real": as_dtype, "Conj": as_dtype,
    "Conjugate": as_dtype,
    "Isreal": lambda x: elementwise("Equal", x.builder.op("ZerosLike", floating(x)), x.builder.const(0.0)),
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
