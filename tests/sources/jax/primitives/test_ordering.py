from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
ODD = np.array([[3.0, np.nan, -np.inf, np.inf, 0.5], [np.inf, -1.0, 3.4e38, np.nan, -3.4e38]], f32)
MIXED = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(f32)
TIES = np.array([3, 1, 3, 2, 1, 1, 2, 3], np.int32)
MORE = np.array([0.5, 2, -1, 0, 2, 1, -3, -1], f32)
LARGE = np.array([2**31 - 1, -(2**31), 5, 16777217, 16777216, -16777217, 0], np.int32)
TIED = np.array([1, np.nan, np.inf, -np.inf, np.inf, 9, np.nan, -np.inf, np.inf, 0, -np.inf], f32)
UNSIGNED = LARGE.view(np.uint32)
FLAGS = np.array([True, False, True, False])
INFINITE = np.array([[-np.inf, -np.inf, 1], [2, np.inf, np.inf], [1, np.nan, 2]], f32)
TOTALS = ("cumsum", "cumprod", "cummax", "cummin")
STEPS = np.array([2**31 - 1, 3, -(2**31), 46341, 46341, -5], np.int32)


def running(name: str, **how: Any) -> Any:
    return lambda x: getattr(lax, name)(x, **how)


ZEROS = np.array([0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e-40], f32)
NARROW = np.array([0, 255, 7, 200], np.uint8)


def in_total_order(a: Any, b: Any) -> Any:
    """The comparisons of which the comparators of sorts are made."""
    a, b = jnp.broadcast_arrays(a[:, None], b[None])
    return {name: getattr(lax, f"{name}_to_p").bind(a, b) for name in ("lt", "le", "eq")}


CASES = [
    *(case(f"total-order-{x.dtype}", in_total_order, x, x) for x in (ZEROS, LARGE, UNSIGNED, NARROW, FLAGS)),
    *(
        case(f"searchsorted-{how}-{side}", lambda a, v, how=how, side=side: jnp.searchsorted(a, v, side, method=how),
             np.array([-2, -0.5, 0, 0, 1, np.inf, np.nan], f32), ZEROS[:-1])
        for how in ("scan", "sort", "compare_all") for side in ("left", "right")
    ),
    case("histogram", lambda x: jnp.histogram(x, 5, (-2, 2))[0], MIXED),
    *(case(f"sort-{axis}", lambda x, axis=axis: jnp.sort(x, axis), MIXED) for axis in (0, 1, 2)),
    case("sort-odd", lambda x: jnp.sort(x, 1), ODD),
    case("argsort-odd", lambda x: jnp.argsort(x, 1), ODD),
    case("argsort-descending", lambda x: jnp.argsort(x, descending=True), TIES),
    case("sort-large", jnp.sort, LARGE),
    case("top-k-of-ties-of-infinities", lambda x: lax.top_k(x, 6), TIED),
    case("argsort-of-ties-of-infinities", jnp.argsort, TIED),
    case("sort-unsigned", jnp.sort, UNSIGNED),
    case("sort-bools", jnp.sort, FLAGS),
    case("sort-brings-along", lambda k, x, b: lax.sort((k, x, b), num_keys=1), TIES, MORE, MORE > 0),
    case("sort-two-keys", lambda k, x: lax.sort((k, x, jnp.arange(8)), num_keys=2), TIES, MORE),
    case("sort-three-keys", lambda k, b, x: lax.sort((k, b, x), num_keys=3), TIES, MORE > 0, MORE),
    case("sort-empty", lambda x: jnp.sort(x), np.zeros(0, f32)),
    case("sort-dynamic-rows", lambda x: jnp.sort(x, axis=1), "float32[b,7]"),
    case("top-k", lambda x: lax.top_k(x, 2), MIXED),
    case("top-k-odd", lambda x: lax.top_k(x, 4), ODD),
    case("top-k-unsigned", lambda x: lax.top_k(x, 3), UNSIGNED),
    case("approx-max-k", lambda x: lax.approx_max_k(x, 2), MIXED),
    case("approx-min-k", lambda x: lax.approx_min_k(x, 2), MIXED),
    *(case(f"{name}-unsigned", getattr(jnp, name), UNSIGNED) for name in ("argmax", "argmin")),
    *(case(f"{name}-{reverse}", running(name, axis=1, reverse=reverse), MIXED)
      for name in ("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp") for reverse in (False, True)),
    *(case(f"{name}-ints", running(name), STEPS) for name in TOTALS),
    *(case(f"{name}-bytes", running(name), STEPS.astype(np.int8)) for name in TOTALS),
    *(case(f"{name}-unsigned", running(name), UNSIGNED) for name in TOTALS),
    case("cumlogsumexp-odd", running("cumlogsumexp", axis=1), INFINITE),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_orders_and_running_totals(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
