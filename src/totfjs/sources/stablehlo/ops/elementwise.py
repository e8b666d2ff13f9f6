"""Element by element: arithmetic, comparisons, conversions, complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.operation import Op, Rule, Value, single
from totfjs.sources.stablehlo.types import numpy_dtype
from totfjs.sources.stablehlo.words import WORD, bound, constant_of, is_one


def of_bools(numbers: Callable[..., Value], truths: Callable[..., Value]) -> Rule:
    """Arithmetic that has a meaning of its own on truths."""
    return lambda op, *xs: (truths if op.types[0].dtype == "bool" else numbers)(*xs)


def bits(function: Callable[..., Value]) -> Rule:
    """What reads the bits of numbers: 64 of them are not 32."""

    def rule(op: Op, *xs: Value) -> Value:
        wide = next((kind for kind in (*op.operand_types, *op.types) if kind.wide), None)
        if wide is not None and wide.declared in ("int64", "uint64"):
            raise OpError(f"the bits of {wide.declared} are more than TensorFlow.js has")
        return function(*xs)

    return rule


def shift_right_logical(op: Op, x: Value, by: Value) -> Value:
    """Bits moved down. The upper words of numbers that have none are 0."""
    value, amount = op.operation.operands[0], constant_of(op.operation.operands[1])
    if op.types[0].declared == "uint64" and amount is not None and bound(value) < WORD:
        return jnp.zeros_like(x) if amount >= 32 else lax.shift_right_logical(x, by)
    return bits(lax.shift_right_logical)(op, x, by)


def divide(op: Op, a: Value, b: Value) -> Value:
    """A quotient. `1 / (1 + exp(-x))` is what exporters make of the logistic function."""
    inner = _logistic_of(op.operation)
    return lax.div(a, b) if inner is None or inner not in op.scope else lax.logistic(op.scope[inner])


def _logistic_of(operation: Any) -> Any | None:
    """The operand of a logistic function, or None when it is none."""
    total = _made_by(operation.operands[1], "add")
    if total is None or not is_one(operation.operands[0]):
        return None
    for one, other in (total.operands, reversed(list(total.operands))):
        power = _made_by(other, "exponential")
        negative = None if power is None else _made_by(power.operands[0], "negate")
        if negative is not None and is_one(one):
            return negative.operands[0]
    return None


def _made_by(value: Any, name: str) -> Any | None:
    operation = getattr(value.owner, "operation", None)
    return operation if operation is not None and operation.name == f"stablehlo.{name}" else None


_COMPARISONS = {"EQ": lax.eq, "NE": lax.ne, "LT": lax.lt, "LE": lax.le, "GT": lax.gt, "GE": lax.ge}


def compare(op: Op, a: Value, b: Value) -> Value:
    """One of six comparisons, of floats in their order or in the total one."""
    direction = op.text("comparison_direction")
    if op.text("compare_type") == "TOTALORDER" and numpy_dtype(op.operand_types[0].dtype).kind not in "iub":
        return _compat.total_order(direction, a, b)
    return _COMPARISONS[direction](a, b)


def convert(op: Op, x: Value) -> Value:
    """Another dtype. Truths are what is not zero."""
    return lax.convert_element_type(x, numpy_dtype(op.types[0].dtype))


def bitcast(op: Op, x: Value) -> Value:
    """The same bits as another dtype."""
    if any(kind.wide for kind in (*op.operand_types, *op.types)):
        raise OpError("bits of 64-bit numbers are more than TensorFlow.js has")
    return lax.bitcast_convert_type(x, numpy_dtype(op.types[0].dtype))


def reduce_precision(op: Op, x: Value) -> Value:
    """Numbers rounded to fewer bits."""
    return lax.reduce_precision(x, op.integer("exponent_bits"), op.integer("mantissa_bits"))


def select(op: Op, which: Value, a: Value, b: Value) -> Value:
    """The one or the other."""
    return lax.select(which, a, b)


def imaginary(op: Op, x: Value) -> Value:
    """The imaginary part, which is 0 for real numbers."""
    return lax.imag(x) if numpy_dtype(op.operand_types[0].dtype).kind == "c" else jnp.zeros_like(x)


def real(op: Op, x: Value) -> Value:
    """The real part."""
    return lax.real(x) if numpy_dtype(op.operand_types[0].dtype).kind == "c" else x


def infinite(which: Callable[[Value], Value]) -> Rule:
    """Whether numbers are infinite."""
    return single(lambda x: lax.eq(which(x), jnp.full_like(x, np.inf)))


def polygamma(op: Op, n: Value, x: Value) -> Value:
    """Derivatives of digamma."""
    return jax.lax.polygamma(n, x)


def _square(x: Value) -> Value:
    return lax.square(x)


_UNARY: dict[str, Any] = {
    "abs": lax.abs,
    "cbrt": lax.cbrt,
    "ceil": lax.ceil,
    "cosine": lax.cos,
    "exponential": lax.exp,
    "exponential_minus_one": lax.expm1,
    "floor": lax.floor,
    "is_finite": lax.is_finite,
    "log": lax.log,
    "log_plus_one": lax.log1p,
    "logistic": lax.logistic,
    "negate": lax.neg,
    "not": lax.bitwise_not,
    "round_nearest_afz": lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO),
    "round_nearest_even": lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN),
    "rsqrt": lax.rsqrt,
    "sign": lax.sign,
    "sine": lax.sin,
    "sqrt": lax.sqrt,
    "tan": lax.tan,
    "tanh": lax.tanh,
    "atan2": lax.atan2,
    "clamp": lax.clamp,
    "complex": lax.complex,
    "power": lax.pow,
    "remainder": lax.rem,
    "subtract": lax.sub,
    "and": lax.bitwise_and,
    "or": lax.bitwise_or,
    "xor": lax.bitwise_xor,
}
# Of the dialect of higher functions, under the names that JAX has for them.
_HIGHER: dict[str, Any] = {
    "acos": lax.acos,
    "acosh": lax.acosh,
    "asin": lax.asin,
    "asinh": lax.asinh,
    "atan": lax.atan,
    "atanh": lax.atanh,
    "bessel_i1e": lax.bessel_i1e,
    "conj": lax.conj,
    "cosh": lax.cosh,
    "digamma": lax.digamma,
    "erf": lax.erf,
    "erf_inv": lax.erf_inv,
    "erfc": lax.erfc,
    "lgamma": lax.lgamma,
    "next_after": lax.nextafter,
    "sinh": lax.sinh,
    "square": _square,
    "tan": lax.tan,
    "zeta": lambda x, q: jax.lax.zeta(x, q),
}
RULES: dict[str, Rule] = {
    **{f"stablehlo.{name}": single(function) for name, function in _UNARY.items()},
    **{f"chlo.{name}": single(function) for name, function in _HIGHER.items()},
    "stablehlo.add": of_bools(lax.add, lax.bitwise_or),
    "stablehlo.multiply": of_bools(lax.mul, lax.bitwise_and),
    "stablehlo.divide": divide,
    "stablehlo.maximum": single(lax.max),
    "stablehlo.minimum": single(lax.min),
    "stablehlo.shift_left": bits(lax.shift_left),
    "stablehlo.shift_right_arithmetic": bits(lax.shift_right_arithmetic),
    "stablehlo.shift_right_logical": shift_right_logical,
    "stablehlo.popcnt": bits(lax.population_count),
    "stablehlo.count_leading_zeros": bits(lax.clz),
    "stablehlo.compare": compare,
    "stablehlo.convert": convert,
    "stablehlo.bitcast_convert": bitcast,
    "stablehlo.reduce_precision": reduce_precision,
    "stablehlo.select": select,
    "stablehlo.real": real,
    "stablehlo.imag": imaginary,
    "chlo.is_inf": infinite(lax.abs),
    "chlo.is_pos_inf": infinite(lambda x: x),
    "chlo.is_neg_inf": infinite(lax.neg),
    "chlo.polygamma": polygamma,
}
