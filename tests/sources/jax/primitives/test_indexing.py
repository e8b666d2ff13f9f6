from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

X = np.arange(24, dtype=np.float32).reshape(4, 6)
OUT = np.array([0, 3, -9, 4, 2**31 - 1, -1], np.int32)
UNSIGNED = np.array([0, 3, 4, 2**31 + 1, 2**32 - 1], np.uint32)


def taken(mode: str, axis: int = 0) -> Any:
    return lambda x, index: jnp.take(x, index, axis=axis, mode=mode)


CASES = [
    *(case(f"{mode}-axis-{axis}", taken(mode, axis), X, OUT) for mode in ("fill", "clip", "wrap") for axis in (0, 1)),
    *(case(f"{mode}-unsigned", taken(mode), X, UNSIGNED) for mode in ("fill", "clip")),
    case("fill-unsigned-values", taken("fill"), X.astype(np.uint32), OUT),
    case("fill-bytes", taken("fill"), X.astype(np.int8), OUT),
    case("constant-index", lambda x: jnp.take(x, np.array([[1, 0], [9, 2]]), axis=0), X),
    case("along-axis", lambda x, i: jnp.take_along_axis(x, i, axis=1), X, OUT.reshape(1, 6).repeat(4, 0) % 6),
    case("points", lambda x, i, j: x[i, j], X, OUT[:2], OUT[1:3] + 9),
    case("slice-unsigned-start", lambda x, i: lax.dynamic_slice(x, (i, i), (2, 3)), X, np.array(2**31 + 1, np.uint32)),
    case("slice-clamped", lambda x, i: lax.dynamic_slice(x, (i, i), (2, 3)), X, np.array(-7, np.int32)),
    case("update-empty", lambda x, u, i: lax.dynamic_update_slice(x, u, (i, i)), X, X[:, :0], np.array(1, np.int32)),
    case("update-unsigned", lambda x, u, i: lax.dynamic_update_slice(x, u, (i, i)), X, -X[:2, :2], UNSIGNED[-1:][0]),
    case("reshape-of-reordered", lambda x: lax.reshape(x, (6, 4), dimensions=(1, 0)), X),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_places(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
