"""float32 numbers as halves: what numpy and ml_dtypes round them to, number by number."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tests.graph.ops.harness import assert_close, run
from totfjs.graph.builder import Builder
from totfjs.graph.encode import distinct
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.recipes.halves import HALVES

TYPES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
EDGES = [0, 1, -1, 65504, 65519.996, 65520, -65520, 6.1e-5, 6e-8, 2.9e-8, 3e38, -3.39e38, np.inf, -np.inf, np.nan]


def _numbers() -> np.ndarray:
    random = np.random.default_rng(0)
    anywhere = random.integers(0x38000000 - (9 << 23), 0x47800000, 3000).astype(np.uint32).view(np.float32)
    halfway = (anywhere.view(np.uint32) & np.uint32(0xFFFFE000) | np.uint32(0x1000)).view(np.float32)
    halfway_of_bfloat16 = (anywhere.view(np.uint32) & np.uint32(0xFFFF0000) | np.uint32(0x8000)).view(np.float32)
    return np.concatenate([anywhere, -anywhere, halfway, halfway_of_bfloat16, np.array(EDGES, np.float32)])


@pytest.mark.parametrize("dtype", HALVES)
def test_numbers_are_rounded_to_the_nearest_half_and_ties_to_even(engine: Any, dtype: str) -> None:
    builder, x = Builder(), _numbers()
    graph = distinct(builder.build({"y": HALVES[dtype](builder.input("x", DType.FLOAT32, x.shape))}))
    with np.errstate(over="ignore"):
        expected = x.astype(TYPES[dtype]).astype(np.float32)
    assert_close(interpret(graph, {"x": x})["y"], expected, 0.0)
    for backend in ("cpu", "wasm"):
        assert_close(run(engine, graph, {"x": x}, backend)["y"], expected, 0.0)
