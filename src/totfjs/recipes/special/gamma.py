"""The gamma function's logarithm and its derivatives, and Hurwitz' zeta function."""

from __future__ import annotations

import math

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import expand
from totfjs.recipes.special.approximation import LARGEST, clip, filled, flat, nothing, polynomial, ratio
from totfjs.recipes.special.exponential import sine

# Minimax approximations between 0.5 and 3.5, fitted for this file, of what is left without the zeros:
# log Γ(z) / (z - 1)(z - 2), and ψ(z) / (z - root).
_LOG_GAMMA = (
    (2.10945979, 16.9868891, 20.2970715, 3.92994138, 0.0371817685),
    (1.0, 16.6549428, 38.1664246, 17.8259158, 1.47289539),
)
_DIGAMMA = (
    (3452.27563, 8183.60702, 2936.61142, 69.1351287, -1.60039594),
    (1.0, 5035.91897, 5644.46724, 1027.07576),
)
# The zero of ψ as two float32 that add up to it.
_ROOT, _ROOT_REST = 1.4616321325302124, 1.2438136e-08
_SMALL = 3.5
# Below -2^23 every float32 is an integer, where Γ has its poles.
_INTEGERS = -8388608.0
# Stirling's series in 1/z², for log Γ and for ψ.
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)
_STIRLING_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132)
# B(2k) / (2k)!, the coefficients of the Euler-Maclaurin formula.
_EULER_MACLAURIN = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)
# That many terms of a sum are added one by one; q may be as low as -18, below that the rest is wrong.
_TERMS = 20


def lgamma(x: Tensor) -> Tensor:
    """log |Γ(x)|: infinite at 0, -1, -2 …; near its zeros between these the error is relative to 1."""
    return flat(_lgamma, x)


def digamma(x: Tensor) -> Tensor:
    """The derivative of log Γ: NaN at the poles -1, -2 …, infinite at 0."""
    return flat(_digamma, x)


def polygamma(order: Tensor, x: Tensor) -> Tensor:
    """The derivative of `order` of digamma; NaN for orders that are no whole numbers from 0 on."""
    return flat(_polygamma, order, x)


def zeta(x: Tensor, q: Tensor) -> Tensor:
    """The sum of (q + k)^-x over all k from 0 on: infinite for x = 1, NaN below."""
    return flat(_zeta, x, q)


def log_gamma_over(a: Tensor) -> Tensor:
    """log Γ(1 + a) over a, from 0 to 1."""
    return (a - 1.0) * ratio(a + 1.0, *_LOG_GAMMA)


def _lgamma(x: Tensor) -> Tensor:
    bounded = clip(x, _INTEGERS, LARGEST)
    z = _reflected(bounded)
    low = clip(z, 0.5, _SMALL)
    near = (low - 1.0) * (low - 2.0) * ratio(low, *_LOG_GAMMA)
    above = select(_less(z, _SMALL), near, _stirling(clip(z, _SMALL, LARGEST)))
    distance = elementwise("Abs", bounded - elementwise("Round", bounded))
    mirrored = elementwise("Log", math.pi / sine(distance * math.pi)) - above
    return select(_less(bounded, 0.5), mirrored, above) + nothing(x)


def _stirling(z: Tensor) -> Tensor:
    inverse = 1.0 / z
    series = polynomial(elementwise("Square", inverse), STIRLING) * inverse
    return (z - 0.5) * elementwise("Log", z) - z + (series + 0.5 * math.log(2 * math.pi))


def _digamma(x: Tensor) -> Tensor:
    bounded = clip(x, _INTEGERS, LARGEST)
    z = _reflected(bounded)
    low = clip(z, 0.5, _SMALL)
    near = (low - _ROOT - _ROOT_REST) * ratio(low, *_DIGAMMA)
    high = clip(z, _SMALL, LARGEST)
    inverse = 1.0 / high
    square = elementwise("Square", inverse)
    far = elementwise("Log", high) - (inverse * 0.5 + square * polynomial(square, _STIRLING_DIGAMMA))
    above = select(_less(z, _SMALL), near, far)
    whole = elementwise("Round", bounded)
    mirrored = above - math.pi / elementwise("Tan", (bounded - whole) * math.pi)
    result = select(_less(bounded, 0.5), mirrored, above)
    poles = elementwise("LogicalAnd", elementwise("Equal", bounded, whole), _less(bounded, 0.5))
    # Adds nothing to finite numbers; the clips have taken NaN and infinities away.
    return select(poles, filled(result, math.nan), result) + x * 1e-38 * 1e-7


def _polygamma(order: Tensor, x: Tensor) -> Tensor:
    factor = elementwise("Exp", _lgamma(order + 1.0))
    half = order * 0.5
    odd = elementwise("NotEqual", half, elementwise("Floor", half))
    magnitude = factor * _zeta(order + 1.0, x)
    higher = select(odd, magnitude, elementwise("Neg", magnitude))
    first = elementwise("Equal", order + x * 0.0, order.builder.like(order, 0))
    result = select(first, _digamma(x + order * 0.0), higher)
    whole = elementwise("Equal", order, elementwise("Floor", elementwise("Abs", order)))
    return select(whole, result, filled(result, math.nan))


def _zeta(x: Tensor, q: Tensor) -> Tensor:
    """The first terms one by one, the rest by the formula of Euler and Maclaurin."""
    x, q = x + q * 0.0, q + x * 0.0  # both as large as the result; infinities become NaN, as in other libraries
    counted = expand(q, range(q.rank), q.rank + 1) + x.builder.const(np.arange(_TERMS, dtype=np.float32))
    powers = elementwise("Pow", counted, elementwise("Neg", expand(x, range(x.rank), x.rank + 1)))
    first = x.builder.op("Sum", powers, [x.rank])
    rest = q + float(_TERMS)
    tail = elementwise("Pow", rest, 1.0 - x) / (x - 1.0)
    result = first + tail + elementwise("Pow", rest, elementwise("Neg", x)) * _corrections(clip(x, 0.0, 100.0), rest)
    poles = elementwise("LogicalAnd", elementwise("Equal", q, elementwise("Floor", q)), _less(q, 0.25))
    result = select(poles, filled(result, math.inf), result)
    return select(_less(x, 1.0), filled(result, math.nan), result)


def _corrections(x: Tensor, rest: Tensor) -> Tensor:
    """1/2 + B2/2! x/s + B4/4! x(x+1)(x+2)/s³ + …"""
    inverse = 1.0 / rest
    square = elementwise("Square", inverse)
    total = filled(x, _EULER_MACLAURIN[-1])
    for k in range(len(_EULER_MACLAURIN) - 2, -1, -1):
        total = total * (square * ((x + (2.0 * k + 1)) * (x + (2.0 * k + 2)))) + _EULER_MACLAURIN[k]
    return total * x * inverse + 0.5


def _reflected(x: Tensor) -> Tensor:
    """`x` from 0.5 on, `1 - x` below."""
    return elementwise("Abs", x - 0.5) + 0.5


def _less(x: Tensor, bound: float) -> Tensor:
    return elementwise("Less", x, x.builder.const(bound, DType.FLOAT32))
