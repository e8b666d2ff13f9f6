"""Factorizations and solves: as operations, and as the calls of libraries that JAX makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.operation import Op, Rule, Value


def cholesky(op: Op, x: Value) -> Value:
    """The factor with zeros on its other side."""
    return _cholesky(x, op.flag("lower"))


def _cholesky(x: Value, lower: bool) -> Value:
    factor = lax.linalg.cholesky(x if lower else _adjoint(x), symmetrize_input=False)
    return factor if lower else _adjoint(factor)


def _adjoint(x: Value) -> Value:
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def triangular_solve(op: Op, a: Value, b: Value) -> Value:
    """A solve with a triangle."""
    word = op.text("transpose_a")
    return lax.linalg.triangular_solve(
        a, b, left_side=op.flag("left_side"), lower=op.flag("lower"), transpose_a=word in ("TRANSPOSE", "ADJOINT"),
        conjugate_a=word == "ADJOINT", unit_diagonal=op.flag("unit_diagonal"),
    )  # fmt: skip


RULES: dict[str, Rule] = {"stablehlo.cholesky": cholesky, "stablehlo.triangular_solve": triangular_solve}


# --- calls of LAPACK, and of what stands for it on other machines ----------------------------------------------------


def option(op: Op, name: str) -> Any:
    """An option of a library call; letters come as their codes."""
    for attribute in ("mhlo.backend_config", "backend_config"):
        found = op.attribute(attribute)
        if found is not None and hasattr(found, "__contains__") and name in found:
            return found[name].value
    raise OpError(f"it has no option {name}")


def letter(op: Op, name: str) -> str:
    """An option that is a letter, which comes as its code."""
    return chr(int(option(op, name)))


def _done(x: Value) -> Value:
    """The code that says that all went well; where it did not there is NaN in the result anyway."""
    return lax.full(np.shape(x)[:-2], 0, np.int32)


def _potrf(op: Op, x: Value) -> Sequence[Value]:
    """The other side of the factor is what was there."""
    if _lower(op):
        return lax.linalg.cholesky_p.bind(x), _done(x)
    return _adjoint(lax.linalg.cholesky_p.bind(_adjoint(x))), _done(x)


def _lower(op: Op) -> bool:
    try:
        return bool(letter(op, "uplo") == "L")
    except OpError:
        return bool(option(op, "lower"))


def _getrf(op: Op, x: Value) -> Sequence[Value]:
    factors, pivots, _ = lax.linalg.lu(x)
    return factors, lax.add(pivots, np.int32(1)), _done(x)


def _geqrf(op: Op, x: Value) -> Sequence[Value]:
    return list(_compat.geqrf(x))


def _orgqr(op: Op, x: Value, taus: Value) -> Value:
    return lax.linalg.householder_product(x, taus)


def _syevd(op: Op, x: Value) -> Sequence[Value]:
    vectors, values = lax.linalg.eigh(x, lower=_lower(op), symmetrize_input=False)
    return vectors, values, _done(x)


def _gesdd(op: Op, x: Value) -> Sequence[Value]:
    mode = letter(op, "mode")
    if mode == "N":
        values = lax.linalg.svd(x, compute_uv=False)
        u, v = (jnp.zeros(tuple(size or 0 for size in kind.shape), x.dtype) for kind in op.types[2:4])
    else:
        u, values, v = lax.linalg.svd(x, full_matrices=mode == "A")
    return x, values, u, v, _done(x)


def _trsm(op: Op, a: Value, b: Value, *factor: Value) -> Value:
    """A solve with a triangle; JAX 0.6 writes a factor of the right side as well."""
    transposed = letter(op, "trans_x")
    scaled = jnp.multiply(b, factor[0]) if factor else b
    return lax.linalg.triangular_solve(
        a, scaled, left_side=letter(op, "side") == "L", lower=letter(op, "uplo") == "L",
        transpose_a=transposed in ("T", "C"), conjugate_a=transposed == "C", unit_diagonal=letter(op, "diag") == "U",
    )  # fmt: skip


def _gtsv(op: Op, below: Value, diagonal: Value, above: Value, b: Value) -> Sequence[Value]:
    found = lax.linalg.tridiagonal_solve(below, diagonal, above, b)
    return below, diagonal, above, found, _done(b)


_LAPACK: dict[str, Callable[..., Any]] = {
    "potrf": _potrf,
    "getrf": _getrf,
    "geqrf": _geqrf,
    "orgqr": _orgqr,
    "ungqr": _orgqr,
    "syevd": _syevd,
    "heevd": _syevd,
    "gesdd": _gesdd,
    "gesvd": _gesdd,
    "trsm": _trsm,
    "gtsv": _gtsv,
}
CALLS: dict[str, Rule] = {
    **{f"lapack_{kind}{name}_ffi": rule for name, rule in _LAPACK.items() for kind in "sdcz"},
    **{
        f"{machine}solver_{name}_ffi": _LAPACK[name]
        for name in ("potrf", "getrf", "geqrf", "orgqr", "syevd")
        for machine in ("cu", "hip")
    },
    "Qr": _geqrf,
    "ProductOfElementaryHouseholderReflectors": _orgqr,
    "LuDecomposition": lambda op, x: list(lax.linalg.lu(x)),
}
