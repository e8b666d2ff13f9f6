"""Special functions, and elementary ones whose own op loses digits."""

from __future__ import annotations

from collections.abc import Callable

from totfjs.graph.builder import Tensor
from totfjs.recipes.special.bessel import bessel_i0e, bessel_i1e
from totfjs.recipes.special.error import erf, erf_inv, erfc
from totfjs.recipes.special.exponential import area_sine, cosine, cube_root, log1p, sine
from totfjs.recipes.special.gamma import digamma, lgamma, polygamma, zeta
from totfjs.recipes.special.incomplete import betainc, igamma, igammac
from totfjs.sources.jax.equation import Rule

_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "asinh": area_sine,
    "bessel_i0e": bessel_i0e,
    "bessel_i1e": bessel_i1e,
    "cbrt": cube_root,
    "cos": cosine,
    "digamma": digamma,
    "erf": erf,
    "erf_inv": erf_inv,
    "erfc": erfc,
    "igamma": igamma,
    "igammac": igammac,
    "lgamma": lgamma,
    "log1p": log1p,
    "polygamma": polygamma,
    "regularized_incomplete_beta": betainc,
    "sin": sine,
    "zeta": zeta,
}


def _rule(function: Callable[..., Tensor]) -> Rule:
    return lambda eqn, *xs: function(*xs)


RULES: dict[str, Rule] = {name: _rule(function) for name, function in _FUNCTIONS.items()}
