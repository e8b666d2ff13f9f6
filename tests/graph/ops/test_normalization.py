from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


X = noise(2, 3, 4, 5)
STATISTICS = (noise(5) + 2, noise(5), noise(5), np.abs(noise(5)))
ODD = [
    np.array(row, f32)
    for row in ([1, np.inf], [-np.inf, 0], [-np.inf, -np.inf], [np.nan, 1], [3e38, -3e38], [-0.0, 0], [88, -104])
]

CASES = [
    *(
        case(op, x, *STATISTICS, **attrs)
        for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
        for x, attrs in ((X, {}), (X, {"epsilon": 0.5}), (X[:0], {}), (np.full_like(X, np.nan), {}), (X[:, :1, :1], {}))
    ),
    case("FusedBatchNorm", X, *STATISTICS[:3], np.zeros(5, f32), epsilon=0.0, label="no variance"),
    *(case("LRN", x) for x in (X, noise(1, 2, 2, 1), noise(1, 1, 1, 20), X[:0])),
    case("LRN", noise(1, 2, 2, 9), depth_radius=2, bias=2.0, alpha=0.1, beta=0.75),
    case("LRN", noise(1, 2, 2, 9), depth_radius=0),
    *(
        case(op, x)
        for op in ("Softmax", "LogSoftmax")
        for x in (
            noise(4),
            noise(3, 4),
            noise(2, 3, 4),
            X,
            noise(2, 2, 2, 2, 3),
            noise(2, 2, 1, 2, 2, 3),
            noise(3, 1),
            noise(0, 3),
            *ODD,
        )
    ),
    *(
        case("EuclideanNorm", x, np.array(axis, i32), keep_dims=keep)
        for x, axis in (
            (noise(4), [0]),
            (X, [-1]),
            (X, 2),
            (X, [1, 2]),
            (X, [0, -1]),
            (noise(0, 3), [1]),
            (noise(3, 0), [1]),
            (X, [0, 1, 2]),
            (noise(3, 4), []),
        )
        for keep in (False, True)
    ),
    *(case("EuclideanNorm", x, np.array([0], i32)) for x in ODD),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
