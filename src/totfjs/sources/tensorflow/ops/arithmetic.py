"""Arithmetic of two operands that broadcast. Integers wrap around as they do in TensorFlow."""

from __future__ import annotations

from functools import reduce

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import complex as pairs
from totfjs.recipes import complex_functions, integers, unsigned
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import constant, elementwise, maximum, minimum, scalar, select
from totfjs.recipes.fields import Matrix, plus
from totfjs.recipes.softmax import as_softmax
from totfjs.recipes.special import exponential
from totfjs.sources.tensorflow.ops.kinds import by_kind, floats, same
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# --- quotients and what they leave: of integers TensorFlow stops where a divisor is 0, and a constant 0 is refused ---


def quotient(a: Tensor, b: Tensor) -> Tensor:
    """a / b; a softmax that was spelled out ends in one."""
    return as_softmax(a, b) or elementwise("RealDiv", a, b)


def _floored(a: Tensor, b: Tensor) -> Tensor:
    return elementwise("Floor", elementwise("RealDiv", a, b))


def _truncated(a: Tensor, b: Tensor) -> Tensor:
    found = elementwise("RealDiv", a, b)
    return select(_below(found), elementwise("Ceil", found), elementwise("Floor", found))


def remainder(a: Tensor, b: Tensor) -> Tensor:
    """The remainder with the sign of `a`: the runtime's floor modulo of the absolute values."""
    rest = elementwise("FloorMod", elementwise("Abs", a), elementwise("Abs", b))
    return select(_below(a), elementwise("Neg", rest), rest)


def modulo(a: Tensor, b: Tensor) -> Tensor:
    """The remainder with the sign of `b`, which is added where the other one has the sign of `a`."""
    rest = remainder(a, b)
    moved = elementwise("LogicalAnd", _not_zero(rest), elementwise("NotEqual", _below(rest), _below(b)))
    return select(moved, elementwise("AddV2", rest, b), rest)


def _integer_modulo(a: Tensor, b: Tensor) -> Tensor:
    b = integers.without_zeros(_divisor(b))[0]
    return elementwise("FloorMod", a, b)


def _divisor(b: Tensor) -> Tensor:
    value = constant(b)
    if value is not None and (value == 0).any():
        raise OpError("it divides integers by a constant 0, which TensorFlow refuses to run")
    return b


def _unsigned_quotient(a: Tensor, b: Tensor) -> Tensor:
    return unsigned.divide(a, _divisor(b))[0]


def _unsigned_rest(a: Tensor, b: Tensor) -> Tensor:
    return unsigned.divide(a, _divisor(b))[1]


# --- powers -----------------------------------------------------------------------------------------------------


def power(a: Tensor, b: Tensor) -> Tensor:
    """A power; squares, cubes and roots as TensorFlow's own optimiser takes them."""
    exponent = scalar(b) if b.rank <= a.rank else None
    if exponent == 2:
        return elementwise("Square", a)
    if exponent == 3:
        return elementwise("Mul", a, elementwise("Square", a))
    found = {1.0: "", 0.5: "Sqrt", -0.5: "Rsqrt", -1.0: "Reciprocal"}.get(exponent if exponent is not None else 0)
    if found is None:
        return exponential.power(a, b)
    return elementwise(found, a) if found else a


def _integer_power(a: Tensor, b: Tensor) -> Tensor:
    """Powers by squaring, a step for each bit of the exponents. TensorFlow takes no negative ones."""
    value = constant(b)
    if value is not None and (value < 0).any():
        raise OpError("an integer is taken to a negative power, which TensorFlow refuses to run")
    if value is not None and value.size == 1 and b.rank <= a.rank:
        return integers.power(a, int(value.reshape(-1)[0])) if value.any() else _ones(a, b)
    steps = 31 if value is None else int(value.max(initial=0)).bit_length()
    one = a.builder.const(1)
    factors, square, rest = [], a, b
    for step in range(steps):
        odd = integers.modulo(rest, 2)
        factors.append(select(elementwise("Equal", odd, a.builder.like(a, 1)), square, one))
        rest = elementwise("FloorDiv", elementwise("Sub", rest, odd), a.builder.like(a, 2))
        square = integers.multiply(square, square) if step + 1 < steps else square
    return reduce(integers.multiply, factors) if factors else _ones(a, b)


def _ones(a: Tensor, b: Tensor) -> Tensor:
    zeros = elementwise("AddV2", elementwise("ZerosLike", a), elementwise("ZerosLike", b))
    return elementwise("AddV2", zeros, a.builder.like(a, 1))


# --- the rest ---------------------------------------------------------------------------------------------------


def _below(x: Tensor) -> Tensor:
    return elementwise("Less", x, x.builder.like(x, 0))


def _not_zero(x: Tensor) -> Tensor:
    return elementwise("NotEqual", x, x.builder.like(x, 0))


def _zero_where_zero(of: Tensor, found: Tensor) -> Tensor:
    """0 where one operand is 0, whatever the other is."""
    return select(_not_zero(of), found, of.builder.like(found, 0))


def _complex_zero_where_zero(of: Complex, found: Complex) -> Complex:
    kept = pairs.unequal(of, _zero(of))
    return Complex(*(select(kept, part, of.real.builder.const(0.0)) for part in found))


def _zero(like: Complex) -> Complex:
    return pairs.from_real(like.real.builder.const(0.0))


def _squared_difference(a: Tensor, b: Tensor) -> Tensor:
    difference = elementwise("Sub", a, b)
    return integers.multiply(difference, difference)


def _complex_squared_difference(a: Complex, b: Complex) -> Complex:
    """The square of the distance, as TensorFlow has it."""
    difference = pairs.subtract(a, b)
    return pairs.multiply(difference, pairs.conjugate(difference))


def _sum(use: Use) -> Operand:
    found: list[Matrix] = [use.lowering.tensor(operand) for operand in use.operands]
    if use.text("T", "float32") in ("uint8", "int8", "uint16", "int16"):
        raise OpError(f"totfjs has no lowering for this op of {use.text('T')}")
    if len(found) == 1:
        return found[0]
    return reduce(plus, found)  # type: ignore[arg-type]


def _product(a: Tensor, b: Tensor) -> Tensor:
    return integers.multiply(a, b)


_PLUS = by_kind(same("AddV2"), same("AddV2"), same("AddV2"), pairs.add, sizes="AddV2")
_DIVIDE = by_kind(quotient, lambda a, b: integers.truncated_division(a, _divisor(b)), _unsigned_quotient, pairs.divide)

OPS: dict[str, Row] = {
    "Add": _PLUS,
    "AddV2": _PLUS,
    "AddN": Op(_sum, integers=True, complex=True),
    "Sub": by_kind(same("Sub"), same("Sub"), same("Sub"), pairs.subtract, sizes="Sub"),
    "Mul": by_kind(same("Mul"), _product, _product, pairs.multiply, sizes="Mul"),
    "MulNoNan": floats(
        lambda a, b: _zero_where_zero(b, elementwise("Mul", a, b)),
        lambda a, b: _complex_zero_where_zero(b, pairs.multiply(a, b)),
    ),
    "Div": _DIVIDE,
    "TruncateDiv": by_kind(_truncated, lambda a, b: integers.truncated_division(a, _divisor(b)), _unsigned_quotient),
    "RealDiv": floats(quotient, pairs.divide),
    "DivNoNan": floats("DivNoNan", lambda a, b: _complex_zero_where_zero(b, pairs.divide(a, b))),
    "FloorDiv": by_kind(
        _floored, lambda a, b: integers.floor_division(a, _divisor(b)), _unsigned_quotient, sizes="FloorDiv"
    ),
    "FloorMod": by_kind(modulo, _integer_modulo, _unsigned_rest, sizes="FloorMod"),
    "Mod": by_kind(remainder, lambda a, b: integers.remainder(a, _divisor(b)), _unsigned_rest),
    "TruncateMod": by_kind(remainder, lambda a, b: integers.remainder(a, _divisor(b)), _unsigned_rest),
    "Maximum": by_kind(maximum, same("Maximum"), unsigned.maximum, sizes="Maximum", wraps=False),
    "Minimum": by_kind(minimum, same("Minimum"), unsigned.minimum, sizes="Minimum", wraps=False),
    "Pow": by_kind(power, _integer_power, complexes=complex_functions.power),
    "SquaredDifference": by_kind(same("SquaredDifference"), _squared_difference, complexes=_complex_squared_difference),
    "Xlogy": floats(
        lambda x, y: _zero_where_zero(x, elementwise("Mul", x, elementwise("Log", y))),
        lambda x, y: _complex_zero_where_zero(x, pairs.multiply(x, complex_functions.log(y))),
    ),
    "Xlog1py": floats(
        lambda x, y: _zero_where_zero(x, elementwise("Mul", x, exponential.log1p(y))),
        lambda x, y: _complex_zero_where_zero(x, pairs.multiply(x, complex_functions.log1p(y))),
    ),
    "Xdivy": floats(
        lambda x, y: _zero_where_zero(x, elementwise("RealDiv", x, y)),
        lambda x, y: _complex_zero_where_zero(x, pairs.divide(x, y)),
    ),
    "Atan2": floats("Atan2"),
}
