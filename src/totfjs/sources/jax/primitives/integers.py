"""Arithmetic, comparisons and bits of integers. Floating point and bools go the way of the other families."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import bits, integers, unsigned
from totfjs.recipes.elementwise import elementwise, select, sign
from totfjs.recipes.planes import reduce_bits
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Equation, Rule

Recipe = Callable[..., Tensor]


def by_type(name: str, signed: Recipe, without_sign: Recipe | None = None) -> Rule:
    """A recipe for signed numbers and one for uint32, if that differs; narrow results are wrapped."""

    def lowered(eqn: Equation, *xs: Tensor) -> Tensor | Sequence[Tensor]:
        if xs[0].dtype is not DType.INT32:
            return _otherwise(name)(eqn, *xs)
        recipe = without_sign if without_sign is not None and eqn.inputs[0].dtype == "uint32" else signed
        result = recipe(*xs)
        return integers.wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result

    return lowered


def product(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """A product; narrow numbers have no large ones."""
    if a.dtype is not DType.INT32:
        return _one(_otherwise("mul")(eqn, a, b))
    if eqn.output.dtype in NARROW:
        return integers.wrapped(elementwise("Mul", a, b), *NARROW[eqn.output.dtype])
    return integers.multiply(a, b)


def integer_power(eqn: Equation, x: Tensor) -> Tensor:
    """A constant power."""
    if x.dtype is not DType.INT32:
        return _one(_otherwise("integer_pow")(eqn, x))
    return _wrapped(eqn, integers.power(x, int(eqn.params["y"])))


def as_bits(recipe: Recipe) -> Rule:
    """A recipe on the bits of a number of any width, given without a sign; the result is wrapped."""
    return lambda eqn, x, *rest: _wrapped(eqn, recipe(_without_sign(eqn, x), *rest))


def shift_right_arithmetic(eqn: Equation, x: Tensor, count: Tensor) -> Tensor:
    """The highest bit is the sign, of numbers without a sign too."""
    dtype = eqn.output.dtype
    if dtype in ("uint8", "uint16"):
        x = integers.wrapped(x, *NARROW[dtype[1:]])
    return _wrapped(eqn, bits.shift_right_arithmetic(x, count))


def leading_zeros(eqn: Equation, x: Tensor) -> Tensor:
    """How many zeros are above the highest 1, of as many bits as the type has."""
    width = np.dtype(eqn.output.dtype).itemsize * 8
    found = bits.leading_zeros(_without_sign(eqn, x))
    return elementwise("Sub", found, x.builder.like(found, 32 - width)) if width < 32 else found


def bit_reduction(name: str) -> Rule:
    """And, or or xor along axes: of bools, or of each bit."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor | Sequence[Tensor]:
        axes = [int(axis) for axis in eqn.params["axes"]]
        kind = name.removeprefix("reduce_")
        if x.dtype is not DType.INT32 and kind != "xor":
            return _otherwise(name)(eqn, x)
        if x.dtype is DType.BOOL:
            x = elementwise("Cast", eqn.full(x), DstT=DType.INT32)
            return elementwise("NotEqual", _reduced(x, axes, kind), x.builder.const(0))
        return _wrapped(eqn, _reduced(eqn.full(x), axes, kind))

    return lowered


def _otherwise(name: str) -> Rule:
    """The rule of the families that this one refines."""
    from totfjs.sources.jax.primitives import plain_rules

    found = plain_rules().get(name)
    if found is None:
        raise OpError(f"{name} is of integers only")
    return found


def _reduced(x: Tensor, axes: list[int], kind: str) -> Tensor:
    if any(x.shape[axis] == 0 for axis in axes):
        shape = (1,) * (x.rank - len(axes))
        return x.builder.const(np.full(shape, -1 if kind == "and" else 0, np.int32))
    return reduce_bits(x, axes, kind) if axes else x


def _without_sign(eqn: Equation, x: Tensor) -> Tensor:
    dtype = eqn.inputs[0].dtype
    return integers.wrapped(x, NARROW[dtype][0], 0) if dtype in ("int8", "int16") else x


def _wrapped(eqn: Equation, x: Tensor) -> Tensor:
    return integers.wrapped(x, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else x


def _one(result: Tensor | Sequence[Tensor]) -> Tensor:
    return result if isinstance(result, Tensor) else result[0]


def _unsigned_sign(x: Tensor) -> Tensor:
    return integers.number(elementwise("NotEqual", x, x.builder.like(x, 0)))


def _signed_clamp(low: Tensor, x: Tensor, high: Tensor) -> Tensor:
    return elementwise("Minimum", elementwise("Maximum", x, low), high)


def _signed_high(a: Tensor, b: Tensor) -> Tensor:
    """The upper half of a signed product: what a negative factor adds to the unsigned one is taken away."""
    zero = a.builder.like(a, 0)
    high = elementwise("Sub", unsigned.multiply_high(a, b), select(integers.negative(a), b, zero))
    return elementwise("Sub", high, select(integers.negative(b), a, zero))


def _comparison(op: str) -> tuple[Recipe, Recipe]:
    return lambda a, b: elementwise(op, a, b), lambda a, b: unsigned.compare(op, a, b)


_BY_TYPE: dict[str, tuple[Recipe, ...]] = {
    "square": (lambda x: integers.multiply(x, x),),
    "div": (integers.truncated_division, lambda a, b: unsigned.divide(a, b)[0]),
    "rem": (integers.remainder, lambda a, b: unsigned.divide(a, b)[1]),
    "abs": (integers.absolute, lambda x: x),
    "sign": (sign, _unsigned_sign),
    "max": (lambda a, b: elementwise("Maximum", a, b), unsigned.maximum),
    "min": (lambda a, b: elementwise("Minimum", a, b), unsigned.minimum),
    "clamp": (_signed_clamp, lambda low, x, high: unsigned.clamp(x, low, high)),
    "lt": _comparison("Less"),
    "le": _comparison("LessEqual"),
    "gt": _comparison("Greater"),
    "ge": _comparison("GreaterEqual"),
    "lt_to": _comparison("Less"),
    "le_to": _comparison("LessEqual"),
    "eq_to": (lambda a, b: elementwise("Equal", a, b),),
    "and": (bits.bitwise_and,),
    "or": (bits.bitwise_or,),
    "xor": (bits.bitwise_xor,),
    "not": (integers.inverted,),
    "shift_left": (bits.shift_left,),
}
RULES: dict[str, Rule] = {
    **{name: by_type(name, *recipes) for name, recipes in _BY_TYPE.items()},
    **{name: bit_reduction(name) for name in ("reduce_and", "reduce_or", "reduce_xor")},
    "mul": product,
    "integer_pow": integer_power,
    "shift_right_arithmetic": shift_right_arithmetic,
    "shift_right_logical": as_bits(bits.shift_right_logical),
    "population_count": as_bits(bits.population_count),
    "clz": leading_zeros,
    "mulhi": by_type("mulhi", _signed_high, unsigned.multiply_high),
}
