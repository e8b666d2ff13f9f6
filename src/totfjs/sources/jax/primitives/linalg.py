"""Factorizations and solves of small matrices, unrolled; eigenvalues of general matrices are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import elimination, householder, jacobi, triangular
from totfjs.recipes.fields import M
from totfjs.recipes.matrices import masked
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.primitives.control import refused


def real(rule: Rule) -> Rule:
    """A rule for matrices in their whole shapes."""

    def lowered(eqn: Equation, *xs: Tensor) -> Tensor | Sequence[Tensor]:
        return rule(eqn, *(eqn.full(x, index) for index, x in enumerate(xs)))

    return lowered


def plain(recipe: Callable[..., Tensor | Sequence[Tensor]]) -> Rule:
    """A recipe of the operands alone."""
    return real(lambda eqn, *xs: recipe(*xs))


def cholesky(eqn: Equation, x: Tensor) -> Tensor:
    """The factor; above its diagonal stands what was there, as LAPACK leaves it."""
    factor = triangular.cholesky(x)
    return factor + masked(x, ~np.tri(int(str(x.shape[-1])), dtype=bool))


def triangular_solve(eqn: Equation, a: M, b: M) -> M:
    """Solves with a triangle, on either side."""
    left, lower, transpose, unit = (
        bool(eqn.params[name]) for name in ("left_side", "lower", "transpose_a", "unit_diagonal")
    )
    return triangular.triangular_solve(a, b, left=left, lower=lower, transpose=transpose, unit=unit)


def qr(eqn: Equation, x: M) -> tuple[M, M]:
    """Reflections; pivoting would follow the data."""
    if eqn.params.get("pivoting"):
        raise OpError("QR with pivoting is not supported")
    return householder.qr(x, full=bool(eqn.params["full_matrices"]))


def eigh(eqn: Equation, x: M) -> tuple[M, Tensor]:
    """Eigenvectors and eigenvalues of symmetric matrices."""
    _check_whole(eqn)
    return jacobi.eigh(x, lower=bool(eqn.params["lower"]), ordered=bool(eqn.params.get("sort_eigenvalues", True)))


def svd(eqn: Equation, x: M) -> tuple[M | Tensor, ...]:
    """Singular values, and the vectors where they are asked for."""
    _check_whole(eqn)
    return jacobi.svd(x, full=bool(eqn.params["full_matrices"]), vectors=bool(eqn.params["compute_uv"]))


def pivots_to_permutation(eqn: Equation, pivots: Tensor) -> Tensor:
    """The order of rows after exchanges."""
    return elimination.pivots_to_order(eqn.full(pivots), int(eqn.params["permutation_size"]))


def _check_whole(eqn: Equation) -> None:
    if eqn.params.get("subset_by_index") is not None:
        raise OpError("a part of the spectrum alone is not supported: take all of it, then slice")


_ENDLESS = "its iteration ends when the data says so, and no fixed number of rounds does for all matrices"

# What is refused for matrices of any numbers.
REFUSED: dict[str, Rule] = {
    **{name: refused(_ENDLESS) for name in ("eig", "schur")},
    **{
        name: refused("TensorFlow.js has nothing like it")
        for name in ("hessenberg", "tridiagonal", "geqp3", "cholesky_update", "ormqr")
    },
}
RULES: dict[str, Rule] = {
    **REFUSED,
    "cholesky": real(cholesky),
    "triangular_solve": real(triangular_solve),
    "lu": plain(elimination.lu),
    "lu_pivots_to_permutation": pivots_to_permutation,
    "tridiagonal_solve": plain(elimination.tridiagonal_solve),
    "qr": real(qr),
    "geqrf": plain(householder.geqrf),
    "householder_product": plain(householder.householder_product),
    "eigh": real(eigh),
    "svd": real(svd),
}
