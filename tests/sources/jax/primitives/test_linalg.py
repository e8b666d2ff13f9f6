"""Linear algebra of small matrices against LAPACK, as JAX calls it."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

f32 = np.float32
linalg, low = jnp.linalg, lax.linalg
CLOSE = 1e-5
INDEFINITE = np.array([[[1, 0], [0, -1]], [[2, 0], [0, 1]], [[np.nan, 0], [0, 1]]], f32)
SINGULAR = np.array([[1, 2, 3], [2, 4, 6], [1, 1, 1]], f32)
REPEATED = np.ones((6, 6), f32) + np.eye(6, dtype=f32)
# Columns that need no rotation at first, and a diagonal of one sign.
TURNED = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 2]], f32)


def transposed(x: Any) -> Any:
    return jnp.swapaxes(x, -1, -2)


def positive(x: Any) -> Any:
    return x @ transposed(x) + jnp.eye(x.shape[-1])


def with_triangle(left: bool, lower: bool, transpose: bool, unit: bool) -> Any:
    attrs = {"left_side": left, "lower": lower, "transpose_a": transpose, "unit_diagonal": unit}
    return lambda a, b: low.triangular_solve(a + 3 * jnp.eye(4), b if left else transposed(b), **attrs)


def eigen_parts(x: Any) -> Any:
    """What does not depend on signs: the matrix again, orthogonality, absolute values."""
    values, vectors = linalg.eigh(x)
    return values, (vectors * values[..., None, :]) @ transposed(vectors), transposed(vectors) @ vectors, abs(vectors)


def singular_parts(x: Any) -> Any:
    left, values, right = linalg.svd(x, full_matrices=False)
    return values, (left * values[..., None, :]) @ right, transposed(left) @ left, abs(left), abs(right)


def full_parts(x: Any) -> Any:
    left, _, right = linalg.svd(x)
    return transposed(left) @ left, right @ transposed(right)


def tridiagonal(a: Any, b: Any) -> Any:
    return low.tridiagonal_solve(a[0].at[0].set(0), a[1], a[2].at[-1].set(0), b)


def solve_columns(a: Any, b: Any) -> Any:
    """One triangle, for as many columns as there are."""
    a = jnp.broadcast_to(a + 3 * jnp.eye(4), (*b.shape[:-2], 4, 4))
    return low.triangular_solve(a, b, left_side=True, lower=True), low.triangular_solve(a, b, left_side=True)


def exact(label: str, function: Any, *inputs: Any) -> Case:
    return case(label, function, *inputs, tolerance=CLOSE)


_SIDES = [(left, lower, transpose, unit) for left in (True, False) for lower in (True, False)
          for transpose in (True, False) for unit in (True, False)]  # fmt: skip
CASES = [
    exact("cholesky", lambda x: linalg.cholesky(positive(x)), "float32[b,5,5]"),
    exact("cholesky-upper", lambda x: linalg.cholesky(positive(x), upper=True), "float32[2,b,3,3]"),
    exact("cholesky-one", lambda x: linalg.cholesky(positive(x)), "float32[1,1]"),
    exact("cholesky-indefinite", linalg.cholesky, INDEFINITE),
    *(exact(f"triangular-{sides}", with_triangle(*sides), "float32[b,4,4]", "float32[b,4,2]") for sides in _SIDES),
    exact("lu", low.lu, "float32[b,5,5]"),
    exact("lu-tall", low.lu, "float32[b,5,3]"),
    exact("lu-wide", low.lu, "float32[3,5]"),
    exact("lu-one", low.lu, "float32[1,1]"),
    exact("lu-singular", low.lu, SINGULAR),
    exact("determinant", lambda x: (linalg.det(x), linalg.slogdet(x)), "float32[b,5,5]"),
    exact("inverse", linalg.inv, "float32[b,4,4]"),
    exact("solve", linalg.solve, "float32[b,4,4]", "float32[b,4,2]"),
    *(
        exact(f"triangular-solve-of-dynamic-{where}", solve_columns, "float32[4,4]", spec)
        for where, spec in (("columns", "float32[4,t]"), ("batch", "float32[b,4,t]"))
    ),
    exact("solve-of-dynamic-columns", lambda a, b: linalg.solve(a + 3 * jnp.eye(4), b), "float32[4,4]", "float32[4,t]"),
    exact("solve-vector", linalg.solve, "float32[4,4]", "float32[4]"),
    case("order", lambda x: low.lu_pivots_to_permutation(x, 5), np.array([[1, 3, 2], [4, 4, 4]], np.int32)),
    exact("qr", linalg.qr, "float32[b,5,3]"),
    exact("qr-wide", linalg.qr, "float32[b,3,5]"),
    exact("qr-complete", lambda x: linalg.qr(x, mode="complete"), "float32[b,5,3]"),
    exact("qr-of-zeros", linalg.qr, np.zeros((3, 2), f32)),
    exact("qr-large", linalg.qr, SINGULAR * f32(1e30)),
    exact("qr-small", linalg.qr, (SINGULAR + np.eye(3, dtype=f32)) * f32(1e-30)),
    exact("geqrf", lambda x: linalg.qr(x, mode="raw"), "float32[b,4,3]"),
    exact("geqrf-wide", lambda x: linalg.qr(x, mode="raw"), "float32[b,3,5]"),
    exact("householder", lambda x: low.householder_product(x, x[..., 0] * 0.1), "float32[b,4,4]"),
    exact("tridiagonal", tridiagonal, "float32[3,5]", "float32[5,2]"),
    exact("tridiagonal-pivots", tridiagonal, np.array([[1] * 4, [0] * 4, [2] * 4], f32), "float32[4,2]"),
    exact("eigenvalues", linalg.eigvalsh, "float32[b,6,6]"),
    exact("eigenvalues-repeated", linalg.eigvalsh, REPEATED),
    exact("eigenvalues-nan", linalg.eigvalsh, np.full((3, 3), np.nan, f32)),
    exact("eigenvalues-large", lambda x: linalg.eigvalsh(x), REPEATED * f32(1e25)),
    exact("eigenvalues-upper", lambda x: linalg.eigvalsh(x, UPLO="U", symmetrize_input=False), "float32[4,4]"),
    exact("eigenvectors", eigen_parts, "float32[b,5,5]"),
    exact("eigenvectors-turned", eigen_parts, TURNED),
    exact("eigenvectors-one", eigen_parts, "float32[b,1,1]"),
    exact("singular-values", lambda x: linalg.svd(x, compute_uv=False), "float32[b,5,3]"),
    exact("singular-values-small", lambda x: linalg.svd(x, compute_uv=False), SINGULAR * f32(1e-25)),
    exact("singular-values-large", lambda x: linalg.svd(x, compute_uv=False), SINGULAR * f32(1e25)),
    exact("singular-values-of-zeros", lambda x: linalg.svd(x, compute_uv=False), np.zeros((3, 4), f32)),
    exact("singular-vectors", singular_parts, "float32[b,5,3]"),
    exact("singular-vectors-wide", singular_parts, "float32[b,3,4]"),
    exact("singular-vectors-full", full_parts, "float32[b,3,5]"),
    exact("singular-vectors-of-a-singular-matrix", full_parts, SINGULAR),
    exact("singular-values-of-long-rows", lambda x: linalg.svd(x, compute_uv=False), "float32[3,70]"),
    exact("cholesky-primitive", low.cholesky_p.bind, np.array([[4, 7], [2, 5]], f32)),
    exact("pseudo-inverse", linalg.pinv, "float32[b,5,3]"),
    case("rank", linalg.matrix_rank, SINGULAR),
    exact("least-squares", lambda a, b: linalg.lstsq(a, b)[0], "float32[5,3]", "float32[5,2]"),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_linear_algebra(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize(
    ("function", "given", "text"),
    [
        (linalg.cholesky, "float32[257,257]", "cholesky is unrolled, for at most 256"),
        (linalg.inv, "float32[129,129]", "LU is unrolled, for at most 128"),
        (linalg.eigh, "float32[33,33]", "eigh is unrolled, for at most 32"),
        (lambda x: linalg.qr(x, mode="raw"), "float32[129,129]", "QR is unrolled, for at most 128"),
        (lambda x: low.qr(x, pivoting=True), "float32[3,3]", "QR with pivoting is not supported"),
        (lambda x: linalg.eigvals(x), "float32[3,3]", "eig: its iteration ends when the data says so"),
    ],
)
def test_what_is_refused(function: Any, given: str, text: str) -> None:
    with pytest.raises(UnsupportedError, match=text):
        source.load(function, inputs={"x": given}).graph()


def test_a_dynamic_size_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="the size of the matrices is dynamic"):
        source.load(lambda x: low.cholesky(x), inputs={"x": "float32[b,b]"}).graph()


def test_factors_of_weights_are_computed_when_they_are_written() -> None:
    weights = {"w": np.eye(40, dtype=f32)}
    model = source.load(
        lambda params, x: x @ linalg.eigvals(params["w"]).real, weights=weights, inputs={"x": "float32[b,40]"}
    )
    assert "MatMul" in {node.op for node in model.graph()}
