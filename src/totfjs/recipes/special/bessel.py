"""Modified Bessel functions of orders 0 and 1, scaled by exp(-|x|)."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.special.approximation import LARGEST, clip, direction, flat, nothing, polynomial, ratio

# Minimax approximations fitted for this file, of relative error near 1e-7: of I0e(x) and of I1e(x)/x in x up to 8,
# then of √x times the function in 1/x.
_ORDER_0 = (
    (0.999999947, 0.0928503533, 0.211533202, 0.017223986, 0.00675740727, 0.000124862435),
    (1.0, 1.09284784, 0.554399872, 0.168606223, 0.0326642467, 0.00378954224),
)
_ORDER_0_FAR = (0.398942303, 0.049859489, 0.0285248369, 0.0200879462, 0.109136541)
_ORDER_1 = (
    (0.500000052, 0.0909617175, 0.0429107012, 0.00666818211, 0.000356646584, -4.06093844e-06),
    (1.0, 1.18192999, 0.642682922, 0.209263299, 0.0430285482, 0.00564029808),
)
_ORDER_1_FAR = (0.398942253, -0.149593456, -0.0473141482, -0.0300800647, -0.134119895)
_NEAR = 8.0


def bessel_i0e(x: Tensor) -> Tensor:
    """exp(-|x|) I0(x)."""

    def computed(x: Tensor) -> Tensor:
        size = elementwise("Abs", x)
        near = ratio(clip(size, 0.0, _NEAR), *_ORDER_0)
        return _beyond(size, near, _ORDER_0_FAR) + nothing(x)

    return flat(computed, x)


def bessel_i1e(x: Tensor) -> Tensor:
    """exp(-|x|) I1(x)."""

    def computed(x: Tensor) -> Tensor:
        size = elementwise("Abs", x)
        low = clip(size, 0.0, _NEAR)
        near = ratio(low, *_ORDER_1) * low
        return _beyond(size, near, _ORDER_1_FAR) * direction(x) + nothing(x)

    return flat(computed, x)


def _beyond(size: Tensor, near: Tensor, series: tuple[float, ...]) -> Tensor:
    """`near` below 8, and a series in 1/x from there on."""
    inverse = 1.0 / clip(size, _NEAR, LARGEST)
    far = polynomial(inverse, series) * elementwise("Rsqrt", size)
    return select(elementwise("Less", size, size.builder.like(size, _NEAR)), near, far)
