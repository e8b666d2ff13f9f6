"""Special functions."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import float_bits
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.special.bessel import bessel_i0e, bessel_i1e
from totfjs.recipes.special.error import erf_inv, normal_quantile
from totfjs.recipes.special.gamma import digamma, lgamma, polygamma, zeta
from totfjs.recipes.special.incomplete import betainc, igamma, igammac
from totfjs.sources.tensorflow.ops.kinds import Recipe, floats
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _grown(scaled: Recipe) -> Recipe:
    """A Bessel function from itself times exp(-|x|)."""

    def recipe(x: Tensor) -> Tensor:
        found = scaled(x)
        assert isinstance(found, Tensor)
        return elementwise("Mul", found, elementwise("Exp", elementwise("Abs", x)))

    return recipe


def _next(use: Use) -> Operand:
    if use.text("T", "float32") != "float32":
        raise OpError(f"the next number of {use.text('T')} is none that float32 holds")
    return float_bits.next_after(*use.tensors)


_FUNCTIONS: dict[str, Recipe] = {
    "BesselI0": _grown(bessel_i0e),
    "BesselI0e": bessel_i0e,
    "BesselI1": _grown(bessel_i1e),
    "BesselI1e": bessel_i1e,
    "Betainc": betainc,
    "Digamma": digamma,
    "Erfinv": erf_inv,
    "Igamma": igamma,
    "Igammac": igammac,
    "Lgamma": lgamma,
    "Ndtri": normal_quantile,
    "Polygamma": polygamma,
    "Zeta": zeta,
}

OPS: dict[str, Row] = {**{name: floats(recipe) for name, recipe in _FUNCTIONS.items()}, "NextAfter": Op(_next)}
