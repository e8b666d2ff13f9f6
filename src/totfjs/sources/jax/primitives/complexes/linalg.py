"""Factorizations and solves of small complex matrices, by the recipes of real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.recipes import elimination, householder, triangular
from totfjs.recipes.complex import Complex
from totfjs.recipes.fields import conjugate, plus
from totfjs.recipes.matrices import extent, masked
from totfjs.sources.jax.equation import ComplexRule, Equation
from totfjs.sources.jax.primitives import linalg


def whole(rule: Callable[..., Any]) -> ComplexRule:
    """A rule that gets complex matrices in their whole shapes."""

    def lowered(eqn: Equation, *xs: Any) -> Any:
        return rule(eqn, *(_full(eqn, x, index) for index, x in enumerate(xs)))

    return lowered


def _full(eqn: Equation, x: Any, index: int) -> Any:
    return Complex(*(eqn.full(part, index) for part in x)) if isinstance(x, Complex) else eqn.full(x, index)


def cholesky(eqn: Equation, x: Complex) -> Complex:
    """The factor; above its diagonal stands what was there, as LAPACK leaves it."""
    return plus(triangular.cholesky(x), masked(x, ~np.tri(extent(x, -1), dtype=bool)))


def triangular_solve(eqn: Equation, a: Complex, b: Complex) -> Any:
    """Solves with a triangle or its conjugate, on either side."""
    return linalg.triangular_solve(eqn, conjugate(a) if eqn.params["conjugate_a"] else a, b)


RULES: dict[str, ComplexRule] = {
    **linalg.REFUSED,
    "cholesky": whole(cholesky),
    "triangular_solve": whole(triangular_solve),
    "lu": whole(lambda eqn, x: elimination.lu(x)),
    "qr": whole(linalg.qr),
    "geqrf": whole(lambda eqn, x: householder.geqrf(x)),
    "householder_product": whole(lambda eqn, a, taus: householder.householder_product(a, taus)),
    "eigh": whole(linalg.eigh),
    "svd": whole(linalg.svd),
}
