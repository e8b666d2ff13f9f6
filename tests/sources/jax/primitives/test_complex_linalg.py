"""Linear algebra of small complex matrices against LAPACK, as JAX calls it."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
linalg, low = jnp.linalg, lax.linalg
SQUARE, TALL, WIDE = ("float32[b,4,4]",) * 2, ("float32[b,5,3]",) * 2, ("float32[b,3,5]",) * 2
# Largest by the sum of both parts, which is how LAPACK chooses, and by the absolute value.
PIVOTS = np.array([[0, 1], [3.5, 1]], f32), np.array([[5, 0], [3.4, 2]], f32)
SINGULAR = np.array([[1, 2, 3], [2, 4, 6], [1, 1, 1]], f32), np.zeros((3, 3), f32)
NEGATIVE = np.array([[1, 0], [0, -1]], f32), np.zeros((2, 2), f32)


def of(function: Any, other: Any) -> Any:
    """The function of one complex matrix, whose parts are fed; `other` makes the imaginary one."""
    return lambda real, imag: function(lax.complex(real, other(imag)))


def adjoint(x: Any) -> Any:
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def positive(x: Any) -> Any:
    return x @ adjoint(x) + jnp.eye(x.shape[-1])


def hermitian(x: Any) -> Any:
    return x + adjoint(x)


def with_triangle(left: bool, transpose: bool, conjugate: bool, unit: bool) -> Any:
    attrs = {"left_side": left, "lower": not transpose, "transpose_a": transpose, "conjugate_a": conjugate}

    def solved(a: Any) -> Any:
        b = a[..., :2] if left else a[..., :2, :]
        return low.triangular_solve(a + 3 * jnp.eye(4), b, unit_diagonal=unit, **attrs)

    return solved


def unity(x: Any) -> Any:
    """A one if the columns are orthonormal. Its imaginary part is compared by scale, so it gets one."""
    return adjoint(x) @ x + 1j


def eigen_parts(x: Any) -> Any:
    """What does not depend on phases: the matrix again, orthogonality, absolute values."""
    values, vectors = linalg.eigh(x)
    return values, (vectors * values[..., None, :]) @ adjoint(vectors), unity(vectors), abs(vectors)


def singular_parts(x: Any) -> Any:
    left, values, right = linalg.svd(x, full_matrices=False)
    return values, (left * values[..., None, :]) @ right, unity(left), abs(left), abs(right)


def full_parts(x: Any) -> Any:
    left, _, right = linalg.svd(x)
    return unity(left), unity(adjoint(right))


def exact(label: str, function: Any, *inputs: Any) -> Case:
    """Parts that are random are made different: the same shapes have the same numbers."""
    other = (lambda x: jnp.cos(3 * x)) if isinstance(inputs[0], str) else jnp.asarray
    return case(label, of(function, other), *inputs, tolerance=1e-5)


_SIDES = [(left, transpose, conjugate, unit) for left in (True, False) for transpose in (True, False)
          for conjugate in (True, False) for unit in (True, False)]  # fmt: skip
CASES = [
    exact("cholesky", lambda x: linalg.cholesky(positive(x)), *SQUARE),
    exact("cholesky-one", lambda x: linalg.cholesky(positive(x)), *("float32[1,1]",) * 2),
    exact("cholesky-indefinite", linalg.cholesky, *NEGATIVE),
    exact("cholesky-primitive", low.cholesky_p.bind, *(np.array([[4, 1], [2, 5]], f32),) * 2),
    *(exact(f"triangular-{sides}", with_triangle(*sides), *SQUARE) for sides in _SIDES),
    exact("lu", low.lu, *SQUARE),
    exact("lu-tall", low.lu, *TALL),
    exact("lu-wide", low.lu, *WIDE),
    exact("lu-pivots", low.lu, *PIVOTS),
    exact("lu-singular", low.lu, *SINGULAR),
    exact("determinant", lambda x: linalg.det(x), *SQUARE),
    exact("inverse", linalg.inv, *SQUARE),
    exact("solve", lambda x: linalg.solve(x, x[..., :2] + 1), *SQUARE),
    exact("qr", linalg.qr, *TALL),
    exact("qr-square", linalg.qr, *SQUARE),
    exact("qr-wide", linalg.qr, *WIDE),
    exact("qr-complete", lambda x: linalg.qr(x, mode="complete"), *TALL),
    exact("qr-one", linalg.qr, *("float32[1,1]",) * 2),
    exact("qr-real", lambda x: linalg.qr(x.real + 0j), *SQUARE),
    exact("qr-large", lambda x: linalg.qr(x * f32(1e30)), *TALL),
    exact("geqrf", lambda x: linalg.qr(x, mode="raw"), *TALL),
    exact("householder", lambda x: low.householder_product(x, x[..., 0] * 0.1), *SQUARE),
    exact("eigenvalues", lambda x: linalg.eigvalsh(hermitian(x)), *("float32[b,6,6]",) * 2),
    exact("eigenvalues-upper", lambda x: linalg.eigvalsh(x, UPLO="U", symmetrize_input=False), *SQUARE),
    exact("eigenvectors", lambda x: eigen_parts(hermitian(x)), *("float32[b,5,5]",) * 2),
    exact("eigenvectors-real", lambda x: eigen_parts(hermitian(x.real + 0j)), *SQUARE),
    exact("singular-values", lambda x: linalg.svd(x, compute_uv=False), *TALL),
    exact("singular-values-large", lambda x: linalg.svd(x * f32(1e25), compute_uv=False), *TALL),
    exact("singular-vectors", singular_parts, *TALL),
    exact("singular-vectors-wide", singular_parts, *WIDE),
    exact("singular-vectors-full", full_parts, *WIDE),
    exact("pseudo-inverse", linalg.pinv, *TALL),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_complex_linear_algebra(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
