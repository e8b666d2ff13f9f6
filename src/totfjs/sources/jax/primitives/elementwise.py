"""Arithmetic and functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes import integers
from totfjs.recipes.elementwise import clamp, elementwise, maximum, minimum, select, sign
from totfjs.recipes.softmax import as_softmax
from totfjs.recipes.special import exponential
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Equation, Rule


def same(op: str) -> Rule:
    """The op of TensorFlow.js that means the same."""
    return lambda eqn, *xs: elementwise(op, *xs)


def wrapping(rule: Rule) -> Rule:
    """Arithmetic whose result is wrapped where the dtype is a narrow integer."""

    def lowered(eqn: Equation, *xs: Tensor) -> Tensor:
        result = rule(eqn, *xs)
        assert isinstance(result, Tensor)
        return integers.wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result

    return lowered


def by_kind(floating: Callable[..., Tensor], integer: Callable[..., Tensor]) -> Rule:
    """One recipe for floating point, another for integers."""
    return lambda eqn, *xs: (integer if xs[0].dtype is DType.INT32 else floating)(*xs)


def _op(name: str) -> Callable[..., Tensor]:
    return lambda *xs: elementwise(name, *xs)


def divide(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """Division; a softmax that was spelled out ends in one."""
    return as_softmax(a, b) or elementwise("RealDiv", a, b)


def remainder(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """The remainder with the sign of `a`: the runtime's floor modulo of the absolute values."""
    rest = elementwise("FloorMod", elementwise("Abs", a), elementwise("Abs", b))
    return select(elementwise("Less", a, a.builder.like(a, 0)), elementwise("Neg", rest), rest)


def integer_power(eqn: Equation, x: Tensor) -> Tensor:
    """A constant integer power by squaring; `Pow` is slow and inexact."""
    power = int(eqn.params["y"])
    if power < 0:
        return elementwise("Reciprocal", _power(x, -power))
    return _power(x, power) if power else x.builder.const(np.ones((1,) * x.rank), x.dtype)


def _power(x: Tensor, power: int) -> Tensor:
    factors, square = [], x
    while power:
        if power & 1:
            factors.append(square)
        power >>= 1
        if power:
            square = elementwise("Mul", square, square)
    return reduce(lambda a, b: elementwise("Mul", a, b), factors)


def power(eqn: Equation, x: Tensor, y: Tensor) -> Tensor:
    """A power; the exponent may be an integer."""
    return exponential.power(x, elementwise("Cast", y, DstT=x.dtype) if y.dtype is not x.dtype else y)


def round_(eqn: Equation, x: Tensor) -> Tensor:
    """Halves to even as the runtime does, or away from zero."""
    if "EVEN" in str(getattr(eqn.params["rounding_method"], "name", eqn.params["rounding_method"])):
        return elementwise("Round", x)
    whole = elementwise("Floor", elementwise("Abs", x))
    half = elementwise("GreaterEqual", elementwise("Sub", elementwise("Abs", x), whole), x.builder.like(x, 0.5))
    up = elementwise("AddV2", whole, elementwise("Cast", half, DstT=DType.FLOAT32))
    return select(elementwise("Less", x, x.builder.like(x, 0)), elementwise("Neg", up), up)


_FUNCTIONS = {
    "exp": "Exp", "expm1": "Expm1", "log": "Log", "sqrt": "Sqrt", "rsqrt": "Rsqrt", "tanh": "Tanh",
    "logistic": "Sigmoid", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "acosh": "Acosh", "atanh": "Atanh", "atan2": "Atan2",
    "floor": "Floor", "ceil": "Ceil", "is_finite": "IsFinite",
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: same(op) for name, op in _FUNCTIONS.items()},
    "add": wrapping(same("AddV2")),
    "add_any": wrapping(same("AddV2")),
    "sub": wrapping(same("Sub")),
    "mul": same("Mul"),
    "div": divide,
    "rem": remainder,
    "neg": wrapping(by_kind(_op("Neg"), integers.opposite)),
    "abs": same("Abs"),
    "sign": by_kind(exponential.sign, sign),
    "square": same("Square"),
    "max": lambda eqn, a, b: maximum(a, b),
    "min": lambda eqn, a, b: minimum(a, b),
    "clamp": lambda eqn, low, x, high: clamp(x, low, high),
    "integer_pow": integer_power,
    "pow": power,
    "exp2": lambda eqn, x: elementwise("Pow", x.builder.like(x, 2), x),
    "round": round_,
    "and": same("LogicalAnd"),
    "or": same("LogicalOr"),
    "xor": same("NotEqual"),
    "not": same("LogicalNot"),
}
