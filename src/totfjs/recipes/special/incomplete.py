"""The incomplete gamma and beta functions, as integrals from the point where their integrand is largest.

With t = x·exp(±y) these are integrals over y from 0 on, of functions that fall off exponentially at least. The double
exponential rule sums them to the accuracy of float32 for all parameters alike, with one more dim for its nodes.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import expand
from totfjs.recipes.special.approximation import LARGEST, alike, clip, filled, flat, polynomial
from totfjs.recipes.special.exponential import log1p
from totfjs.recipes.special.gamma import STIRLING, lgamma, log_gamma_over

# The rule y = exp(t - exp(-t)) at steps of t that leave an error of 1e-7.
_STEP = 0.15
_TIMES = np.arange(-3.0, 3.61, _STEP)
NODES = np.exp(_TIMES - np.exp(-_TIMES)).astype(np.float32)
WEIGHTS = (NODES * (1 + np.exp(-_TIMES)) * _STEP).astype(np.float32)
# exp(z) - 1 - z over z², between -1 and 1.
_REST = (
    0.499999998,
    0.16666667,
    0.0416667345,
    0.00833331027,
    0.0013885452,
    0.000198440242,
    2.53548318e-05,
    2.77228029e-06,
)
# From here on Stirling's series, of which terms do not cancel, gives the factor in front.
_LARGE = 3.5
# The powers of a series in x from 0 to 1, and (-1)^n / n! for each.
_POWERS = np.arange(1, 12, dtype=np.float32)
_SIGNED = np.array([(-1) ** n / math.factorial(n) for n in range(1, 12)], np.float32)


def igamma(a: Tensor, x: Tensor) -> Tensor:
    """The regularized lower incomplete gamma function P(a, x)."""
    return flat(lambda a, x: _igamma(a, x, lower=True), a, x)


def igammac(a: Tensor, x: Tensor) -> Tensor:
    """The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""
    return flat(lambda a, x: _igamma(a, x, lower=False), a, x)


def betainc(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """The regularized incomplete beta function."""
    return flat(_betainc, a, b, x)


def _igamma(a: Tensor, x: Tensor, lower: bool) -> Tensor:
    a, x = alike(a, x)
    shape, point = clip(a, 1e-30, 1e30), clip(x, 1e-37, 1e30)
    below = elementwise("LogicalOr", _less(point, 1.0), elementwise("LessEqual", point, shape))
    part = _factor(shape, point) * _tail(shape, point, below)
    rest = 1.0 - part
    if not lower:
        small = elementwise("LogicalAnd", _less(shape, 1.0), _less(point, 1.0))
        rest = select(small, _small_upper(shape, point), rest)
    result = select(below, part, rest) if lower else select(below, rest, part)
    return _igamma_edges(a, x, result + (a + x * 1e-38) * 0.0, lower)


def _small_upper(a: Tensor, x: Tensor) -> Tensor:
    """Q(a, x) for a and x below 1, where 1 - P cancels: the first term of P is taken from 1 without it."""
    a, x = clip(a, 0.0, 1.0), clip(x, 1e-37, 1.0)
    logarithm = a * (elementwise("Log", x) - log_gamma_over(a))
    factors = 1.0 / (_column(a) + x.builder.const(_POWERS))
    terms = elementwise("Pow", _column(x), x.builder.const(_POWERS)) * factors * x.builder.const(_SIGNED)
    others = elementwise("Exp", logarithm) * a * x.builder.op("Sum", terms, [x.rank])
    return elementwise("Neg", elementwise("Expm1", logarithm) + others)


def _igamma_edges(a: Tensor, x: Tensor, result: Tensor, lower: bool) -> Tensor:
    """The values where a or x is 0, and for infinite x; NaN outside of the domain."""
    none, all_ = filled(result, 0.0 if lower else 1.0), filled(result, 1.0 if lower else 0.0)
    empty, point = _equal(x, 0.0), _equal(a, 0.0)
    result = select(elementwise("LogicalOr", point, _equal(x, math.inf)), all_, select(empty, none, result))
    outside = elementwise("LogicalOr", _less(x, 0.0), _less(a, 0.0))
    undefined = _any(outside, elementwise("LogicalAnd", empty, point), elementwise("IsNan", x), elementwise("IsNan", a))
    return select(undefined, filled(result, math.nan), result)


def _factor(a: Tensor, x: Tensor) -> Tensor:
    """x^a exp(-x) / Γ(a)."""
    few = clip(a, 1e-30, _LARGE)
    small = elementwise("Exp", few * elementwise("Log", x) - x - lgamma(few))
    many = clip(a, _LARGE, LARGEST)
    inverse = 1.0 / many
    excess = many * _excess((x - many) * inverse, x * inverse)
    large = elementwise("Exp", elementwise("Neg", excess + _stirling_series(many)))
    large = elementwise("Sqrt", many * (1 / (2 * math.pi))) * large
    return select(_less(a, _LARGE), small, large)


def _excess(distance: Tensor, quotient: Tensor) -> Tensor:
    """q - 1 - log q of a quotient, given less 1 too, where it has all of its digits if it is near 1."""
    near = log1p(clip(distance, -0.5, 1.0))
    logarithm = select(_less(elementwise("Abs", distance), 0.5), near, elementwise("Log", clip(quotient, 1e-37, 1e37)))
    return _exp_rest(logarithm, distance - logarithm)


def _stirling_series(z: Tensor) -> Tensor:
    """What log Γ(z) is more than (z - 1/2) log z - z + log(2π)/2, for large z."""
    inverse = 1.0 / z
    return polynomial(elementwise("Square", inverse), STIRLING) * inverse


def _stirling_rest(z: Tensor) -> Tensor:
    """The same for any z."""
    few = clip(z, 1e-30, _LARGE)
    rest = lgamma(few) - (few - 0.5) * elementwise("Log", few) + few - 0.5 * math.log(2 * math.pi)
    return select(_less(z, _LARGE), rest, _stirling_series(clip(z, _LARGE, LARGEST)))


def _tail(a: Tensor, x: Tensor, below: Tensor) -> Tensor:
    """The integral of (t/x)^(a-1) exp(x-t) dt/x from 0 to x where `below`, else from x to ∞."""
    near, distance = _less(x, 1.0), elementwise("Abs", x - a)
    slope = select(near, a, distance)
    root = elementwise("Sqrt", select(below, a, x))
    width = 1.0 / (
        select(near, elementwise("Relu", a - x), distance) + elementwise("Minimum", root, select(below, a, x))
    )
    sign = select(below, filled(x, -1.0), filled(x, 1.0))
    y = _column(width) * NODES
    z = y * _column(sign)
    power = elementwise("Expm1", z)
    curve = select(_spread(near, z), power, _exp_rest(z, power - z))
    exponent = _column(slope) * y + _column(x) * curve
    return _total(elementwise("Exp", elementwise("Neg", exponent))) * width


def _betainc(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    a, b, x = alike(a, b, x)
    first, second = clip(a, 1e-30, 1e30), clip(b, 1e-30, 1e30)
    point = clip(x, 1e-37, 0.99999994)
    rest = 1.0 - point
    below = elementwise("Less", point, (first + 1.0) / (first + second + 2.0))
    sides = select(below, first, second), select(below, second, first)
    part = _beta_part(*sides, select(below, point, rest), select(below, rest, point))
    result = select(below, part, 1.0 - part) + (a + b + x) * 0.0
    return _betainc_edges(a, b, x, result)


def _betainc_edges(a: Tensor, b: Tensor, x: Tensor, result: Tensor) -> Tensor:
    """All of the weight lies at 0 if a is 0 or b infinite, and at 1 if b is 0 or a infinite."""
    at_0 = elementwise("LogicalOr", _equal(a, 0.0), _equal(b, math.inf))
    at_1 = elementwise("LogicalOr", _equal(b, 0.0), _equal(a, math.inf))
    start, end = _equal(x, 0.0), _equal(x, 1.0)
    zero, one = filled(result, 0.0), filled(result, 1.0)
    result = select(elementwise("LogicalOr", start, at_1), zero, result)
    result = select(elementwise("LogicalOr", end, elementwise("LogicalAnd", at_0, _greater(x, 0.0))), one, result)
    outside = elementwise("LogicalOr", _less(x, 0.0), _greater(x, 1.0))
    negative = elementwise("LogicalOr", _less(a, 0.0), _less(b, 0.0))
    undefined = _any(
        elementwise("LogicalAnd", at_0, at_1), outside, negative, *(elementwise("IsNan", i) for i in (a, b, x))
    )
    return select(undefined, filled(result, math.nan), result)


def _beta_part(a: Tensor, b: Tensor, x: Tensor, rest: Tensor) -> Tensor:
    """The integral from 0 to x, for an x below the mean; `rest` is 1 - x."""
    factor, odds = _beta_factor(a, b, x, rest), x / rest
    slope = elementwise("Relu", a - elementwise("Relu", b - 1.0) * odds)
    width = 1.0 / (slope + elementwise("Minimum", a, elementwise("Sqrt", b * odds * (odds + 1.0))))
    y = _column(width) * NODES
    fallen = elementwise("Neg", elementwise("Expm1", elementwise("Neg", y)))
    bend = log1p(_column(odds) * fallen)
    exponent = _column(b - 1.0) * bend - _column(a) * y
    return factor / rest * (_total(elementwise("Exp", exponent)) * width)


def _beta_factor(a: Tensor, b: Tensor, x: Tensor, rest: Tensor) -> Tensor:
    """x^a (1 - x)^b / B(a, b), as what it falls short of its largest value: no two large terms cancel."""
    total, above = a + b, b * x - a * rest
    short = a * _excess(above / a, x * (total / a)) + b * _excess(elementwise("Neg", above) / b, rest * (total / b))
    short = short + (_stirling_rest(a) + _stirling_rest(b) - _stirling_rest(total))
    size = elementwise("Sqrt", a * (b / total) * (1 / (2 * math.pi)))
    return size * elementwise("Exp", elementwise("Neg", short))


def _exp_rest(z: Tensor, beyond: Tensor) -> Tensor:
    """exp(z) - 1 - z without cancellation; `beyond` is its value outside of -1 … 1."""
    inside = clip(z, -1.0, 1.0)
    near = elementwise("Square", inside) * polynomial(inside, _REST)
    return select(_less(elementwise("Abs", z), 1.0), near, beyond)


def _total(values: Tensor) -> Tensor:
    """The sum over the nodes."""
    return values.builder.op("Sum", values * WEIGHTS, [values.rank - 1])


def _column(x: Tensor) -> Tensor:
    """One more dim, for the nodes."""
    return expand(x, range(x.rank), x.rank + 1)


def _spread(condition: Tensor, like: Tensor) -> Tensor:
    """A condition on each element, for all of its nodes."""
    number = elementwise("Cast", condition, DstT=DType.FLOAT32)
    return _greater(_column(number) + like.builder.op("ZerosLike", like), 0.5)


def _any(*conditions: Tensor) -> Tensor:
    return reduce(lambda a, b: elementwise("LogicalOr", a, b), conditions)


def _less(x: Tensor, bound: float) -> Tensor:
    return elementwise("Less", x, x.builder.const(bound, DType.FLOAT32))


def _greater(x: Tensor, bound: float) -> Tensor:
    return elementwise("Greater", x, x.builder.const(bound, DType.FLOAT32))


def _equal(x: Tensor, value: float) -> Tensor:
    return elementwise("Equal", x, x.builder.const(value, DType.FLOAT32))
