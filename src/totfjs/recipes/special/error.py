"""The error function, its complement and its inverse."""

from __future__ import annotations

from math import log, sqrt

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.special.approximation import clip, direction, flat, nothing, polynomial, ratio

# Minimax approximations of relative error below 2e-8 and 2e-7, fitted for this file:
# erf(x)/x in x² up to 3.84², where erf is 1 in float32; exp(x²)·erfc(x) in x up to 9.4, where erfc is 0.
_ERF = (
    (1.12837915, 0.187553313, 0.0524436727, 0.00366149464, 0.00028581845, 2.11678441e-06),
    (1.0, 0.499547689, 0.112995206, 0.0147599848, 0.00114324881, 3.88266895e-05),
)
_SCALED_ERFC = (
    (0.999999872, 0.961569692, 0.4306416, 0.0813147397, 1.89676758e-06),
    (1.0, 2.08993903, 1.78900631, 0.761715535, 0.144238478),
)
# M. Giles, "Approximating the erfinv function": in w - 2.5 below w = 5, in √w - 3 above.
_INVERSE_CENTRE = (
    1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-06, -3.5233877e-06,
    3.43273939e-07, 2.81022636e-08,
)  # fmt: skip
_INVERSE_TAIL = (
    2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322,
    0.000100950558, -0.000200214257,
)  # fmt: skip
# -√2 times it, in √w - 6.5 above w = 14, fitted for this file.
_INVERSE_FAR = (
    9.00089359, 1.42709756, -0.00071865978, -1.73406952e-05, 1.39879248e-05, -3.30683906e-06, 1.30242267e-06,
    -2.60694151e-07,
)  # fmt: skip


def erf(x: Tensor) -> Tensor:
    """The error function. That of the runtime is 1.5e-7 off around 0 on all backends but wasm, and slow there."""

    def computed(x: Tensor) -> Tensor:
        bounded = clip(x, -3.84, 3.84)
        inside = bounded * ratio(elementwise("Square", bounded), *_ERF)
        return clip(inside, -1.0, 1.0) + nothing(x)

    return flat(computed, x)


def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), right in the tail too, where the rounding of x² alone is 1e-5 of the result at most."""

    def computed(x: Tensor) -> Tensor:
        sign = direction(x)
        tail = ratio(clip(elementwise("Abs", x), 0.0, 9.4), *_SCALED_ERFC)
        odds = elementwise("Sigmoid", elementwise("Neg", elementwise("Square", x)))
        above = odds / (1.0 - odds) * tail  # exp(-x²), for which wasm has a fast kernel in this form alone
        return above * sign + (1.0 - sign)

    return flat(computed, x)


def erf_inv(x: Tensor) -> Tensor:
    """The inverse of the error function: infinite at -1 and 1, NaN beyond."""

    def computed(x: Tensor) -> Tensor:
        w = elementwise("Neg", elementwise("Log", (1.0 - x) * (x + 1.0)))
        centre = polynomial(clip(w, 0.0, 5.0) - 2.5, _INVERSE_CENTRE)
        tail = polynomial(elementwise("Sqrt", clip(w, 5.0, 20.0)) - 3.0, _INVERSE_TAIL)
        inside = select(elementwise("Less", w, x.builder.like(w, 5.0)), centre, tail) * x
        # At the ends w is infinite, and beyond them NaN, which the clips have taken away; elsewhere this adds nothing.
        return inside + w * 1e-38 * x

    return flat(computed, x)


def normal_quantile(p: Tensor) -> Tensor:
    """Where the normal distribution function is p: the inverse error function of 2p - 1, of which p has more digits."""

    def computed(p: Tensor) -> Tensor:
        rest = 1.0 - p
        w = elementwise("Neg", elementwise("Log", p * rest) + log(4))
        centre = polynomial(clip(w, 0.0, 5.0) - 2.5, _INVERSE_CENTRE)
        tail = polynomial(elementwise("Sqrt", clip(w, 5.0, 20.0)) - 3.0, _INVERSE_TAIL)
        inside = select(elementwise("Less", w, p.builder.like(w, 5.0)), centre, tail) * (p - rest) * sqrt(2)
        far = polynomial(elementwise("Sqrt", clip(w, 13.0, 90.0)) - 6.5, _INVERSE_FAR) * direction(p - rest)
        return select(elementwise("Less", w, p.builder.like(w, 14.0)), inside, far) + w * 1e-38 * (p - rest)

    return flat(computed, p)
