from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


def pool(ksize: tuple[int, ...], strides: tuple[int, ...], padding: str) -> dict[str, object]:
    return {"ksize": (1, *ksize, 1), "strides": (1, *strides, 1), "padding": padding}


X = noise(2, 7, 6, 3)
WHOLE = (X * 9).astype(i32)
ORDER = np.random.default_rng(0).permutation(2 * 7 * 6 * 3).astype(i32).reshape(2, 7, 6, 3)
ODD = np.array([np.nan, 1, 2, -np.inf, np.inf, -1, np.nan, np.nan, -np.inf, -np.inf, 0, -0.0], f32).reshape(1, 2, 6, 1)
WINDOWS = [
    pool(ksize, strides, padding)
    for ksize, strides, padding in (
        ((2, 2), (2, 2), "VALID"),
        ((2, 2), (2, 2), "SAME"),
        ((3, 2), (1, 1), "SAME"),
        ((3, 3), (2, 1), "SAME"),
        ((7, 6), (1, 1), "VALID"),
        ((7, 6), (7, 6), "SAME"),
        ((2, 3), (4, 5), "SAME"),
        ((2, 1), (3, 2), "VALID"),
        ((1, 1), (1, 1), "VALID"),
        ((1, 1), (2, 2), "SAME"),
    )
]
BOXES = [
    pool(ksize, strides, padding)
    for ksize, strides, padding in (
        ((2, 2, 2), (2, 2, 2), "VALID"),
        ((2, 3, 1), (1, 1, 1), "SAME"),
        ((2, 2, 2), (2, 1, 2), "SAME"),
        ((1, 1, 1), (1, 1, 1), "VALID"),
        ((1, 2, 2), (2, 2, 2), "SAME"),
        ((2, 2, 2), (4, 1, 1), "SAME"),
    )
]

CASES = [
    *(case(op, X, **view) for op in ("AvgPool", "MaxPool", "MaxPoolWithArgmax") for view in WINDOWS),
    *(
        case(op, x, **WINDOWS[0])
        for op in ("AvgPool", "MaxPool", "MaxPoolWithArgmax")
        for x in (ODD, -ODD, np.zeros_like(X))
    ),
    *(case(op, X[:0], **WINDOWS[0], label="empty") for op in ("AvgPool", "MaxPool")),
    *(case("MaxPool", WHOLE, **view) for view in WINDOWS[:3]),
    case("MaxPool", np.array([-(2**31), 2**31 - 1, 2**24 + 1, 3], i32).reshape(1, 2, 2, 1), **WINDOWS[1]),
    case("MaxPoolWithArgmax", X, include_batch_in_index=True, **WINDOWS[2]),
    *(case("MaxPoolWithArgmax", x, **WINDOWS[1]) for x in (WHOLE, ORDER, ORDER.astype(f32), 1 + ORDER.astype(f32))),
    case("MaxPoolWithArgmax", ORDER, include_batch_in_index=True, **WINDOWS[2]),
    *(case(op, noise(2, 4, 5, 6, 2), **view) for op in ("AvgPool3D", "MaxPool3D") for view in BOXES),
    *(case(op, x.reshape(1, 2, 2, 3, 1), **BOXES[1]) for op in ("AvgPool3D", "MaxPool3D") for x in (ODD, -ODD)),
    *(case("MaxPool3D", np.abs(noise(2, 4, 5, 6, 2)) + 1, **view) for view in BOXES),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
