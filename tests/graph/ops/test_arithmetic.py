from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, Case, case, check

f32 = np.float32
ODD = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, 3e38], f32)

CASES = [
    case("AddV2", np.ones((2, 3), f32), np.arange(3, dtype=f32)),
    case("AddV2", ODD, ODD[::-1].copy()),
    case("AddV2", np.zeros((0, 3), f32), np.ones((1, 3), f32), label="empty"),
    case("Mul", np.array([2**30, -7], np.int32), np.array([2, 3], np.int32)),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
