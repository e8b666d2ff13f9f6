from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32
ONE = (1, 1, 1, 1)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


def steps(*inner: int) -> tuple[int, ...]:
    return (1, *inner, 1)


X = noise(2, 7, 6, 3)

CASES = [
    *(
        case("Dilation2D", x, weights, strides=strides, rates=rates, padding=padding)
        for x, weights in ((X, noise(3, 2, 3)), ((X * 9).astype(i32), (noise(3, 2, 3) * 9).astype(i32)))
        for strides, rates, padding in (
            (ONE, ONE, "SAME"),
            (steps(2, 2), ONE, "VALID"),
            (ONE, steps(2, 2), "SAME"),
            (steps(2, 2), steps(2, 1), "SAME"),
        )
    ),
    case("Dilation2D", np.abs(X) + 1, np.zeros((3, 2, 3), f32), strides=ONE, padding="SAME", label="positive"),
    case(
        "Dilation2D",
        np.array([np.nan, -np.inf, np.inf, 1], f32).reshape(1, 2, 2, 1),
        np.zeros((1, 1, 1), f32),
        strides=ONE,
        padding="SAME",
    ),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
