from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.scipy import special

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
INF, NAN = np.inf, np.nan
EDGES = np.array([INF, -INF, NAN, 0, -0.0, -1, -2, -1e10, 1, 2, 0.5, -0.5, 1e38, -3.5, 1e-6, -1e-6], f32)
# Rows of operands at the borders of the domain, each the values of one call.
GAMMA = [(0, 0), (0, 1), (0, INF), (1, 0), (1, INF), (1, -1), (INF, 1), (INF, INF), (NAN, 1), (1, NAN), (-1, 1),
         (-1, 0), (1, -0.0), (0, -1), (1e-30, 1e-30), (2, 1e30), (INF, 0), (2.5, 0.7), (30, 31),
         (0.01, 0.5)]  # fmt: skip
ZETA = [(1, 1), (1, 2), (2, 0), (2, -1), (2, -1.5), (3, -1.5), (2.5, -1.5), (0.5, 1), (1, -1), (2, INF), (INF, 2),
        (2, 1e10), (NAN, 1), (2, NAN), (2, 1e-5), (1.0001, 3), (30, 0.5), (50, 5), (2, -0.0), (3, -4.25)]  # fmt: skip
ORDERS = [(0, 1), (1, 1), (2, 1), (3, 0.5), (1.5, 1), (-1, 1), (0, -1.5), (1, -1.5), (2, -1.5), (NAN, 1), (1, NAN),
          (0, 0), (0, -1), (1, 0), (1, INF), (INF, 1)]  # fmt: skip
BETA = [(1, 1, 0), (1, 1, 1), (0, 1, 0.5), (1, 0, 0.5), (-1, 1, 0.5), (1, 1, 2), (1, 1, -1), (NAN, 1, 0.5),
        (1, NAN, 0.5), (1, 1, NAN), (INF, 1, 0.5),
        (1, INF, 0.5), (0, 0, 0.5), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1),
        (0, 0, 0), (0, 0, 1), (2, 3, 0.25), (0.5, 0.01, 0.6), (20, 0.5, 0.9)]  # fmt: skip
POWER = [(1, NAN), (1, INF), (-1, INF), (-1, -INF), (-1, NAN), (1, -INF), (0, -1), (0, -2), (-2, 3), (-2, 0.5),
         (INF, 0), (NAN, 0), (0, 0), (0, NAN), (2, INF), (-INF, 3), (0.5, -INF), (0.5, INF), (-0.0, -3)]  # fmt: skip


def columns(rows: list[tuple[float, ...]]) -> list[np.ndarray]:
    return [np.array(column, f32) for column in zip(*rows, strict=True)]


CASES = [
    *(
        case(name, getattr(lax, name), EDGES, tolerance=1e-5)
        for name in ("bessel_i0e", "bessel_i1e", "cbrt", "erf", "erf_inv", "erfc", "log1p", "exp2")
    ),
    *(case(name, getattr(lax, name), np.delete(EDGES, 12), tolerance=1e-5) for name in ("lgamma", "digamma", "sign")),
    *(case(name, getattr(lax, name), EDGES[np.abs(EDGES) < 10], tolerance=1e-6) for name in ("sin", "cos", "tan")),
    case("igamma", lax.igamma, *columns(GAMMA), tolerance=1e-5),
    case("igammac", lax.igammac, *columns(GAMMA), tolerance=1e-5),
    case("zeta", lax.zeta, *columns(ZETA), tolerance=1e-5),
    case("polygamma", lax.polygamma, *columns(ORDERS), tolerance=1e-5),
    case("betainc", lax.betainc, *columns(BETA), tolerance=1e-5),
    case("power", lax.pow, *columns(POWER)),
    case("power-of-one", lambda x: jnp.power(1.0, x), EDGES),
    case("gelu", lambda x: jax.nn.gelu(x, approximate=False), "float32[b,7]"),
    case("unscaled-bessel", lambda x: (special.i0(x), special.i1(x)), np.array([0.1, -2, 9, 30], f32), tolerance=1e-5),
    case("factorial", special.factorial, np.array([0, 1, 5, 10.5], f32), tolerance=1e-5),
    case("betaln", special.betaln, np.array([0.5, 2, 30], f32), np.array([4, 0.1, 2], f32), tolerance=1e-5),
    case("ndtr", special.ndtr, np.array([-30, -4, -1, 0, 2, 8], f32), tolerance=1e-5),
    case("log-ndtr", special.log_ndtr, np.array([-30, -4, -1, 0, 2, 8], f32), tolerance=1e-5),
    case("entropy", lambda x: (special.entr(x), special.xlog1py(x, x)), np.array([0, 0.5, 2], f32)),
    case("logit", special.logit, np.array([0, 1e-6, 0.5, 1], f32)),
    case("logsumexp", lambda x: jax.nn.logsumexp(x, 1), np.array([[1, -INF], [-INF, -INF], [INF, 1], [NAN, 0]], f32)),
    case("logaddexp", jnp.logaddexp, EDGES, EDGES[::-1].copy(), tolerance=1e-5),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_special_functions_at_the_borders_of_their_domain(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
