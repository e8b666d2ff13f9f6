from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


X = noise(2, 4, 6, 3)
WHOLE = (X * 9).astype(i32)
CENTERS = [{}, {"align_corners": True}, {"half_pixel_centers": True}]
SIZES = [(8, 12), (2, 3), (4, 6), (5, 7), (1, 1), (7, 1), (3, 9), (12, 82)]
BOXES = np.array(
    [[0, 0, 1, 1], [0.25, 0.0625, 0.75, 0.9375], [1, 1, 0, 0], [-0.5, 0.25, 0.5, 1.5], [0.5, 0.5, 0.5, 0.5]], f32
)
WHICH = np.array([0, 1, 1, 0, 1], i32)


CASES = [
    *(
        case(op, x, np.array(size, i32), **attrs)
        for op in ("ResizeBilinear", "ResizeNearestNeighbor")
        for attrs in CENTERS
        for x, size in (
            *((X, size) for size in SIZES),
            (noise(1, 1, 1, 2), (3, 2)),
            (noise(1, 2, 2, 1), (1, 94)),
            (WHOLE, (8, 3)),
            (X[:0], (2, 2)),
        )
    ),
    *(
        case("CropAndResize", x, BOXES, WHICH, np.array(size, i32), method=method, extrapolation_value=value)
        for method in ("bilinear", "nearest")
        for x, size, value in (
            (X, (3, 4), 0.0),
            (X, (1, 1), 7.5),
            (X, (8, 1), -1.0),
            (WHOLE, (2, 5), 0.0),
            (noise(2, 1, 1, 1), (2, 2), 0.0),
        )
    ),
    *(
        case("CropAndResize", noise(1, 4, 5, 1), np.array([box], f32), WHICH[:1], np.array((2, 4), i32), method=method)
        for box in ([0.25, 0.125, 0.75, 0.875], [0, 0.25, 1, 1], [0.125, 0.1, 0.9, 0.7])
        for method in ("bilinear", "nearest")
    ),
    case(
        "CropAndResize", X, np.array([[0.25, 0.1, 0.75, 0.9]], f32), WHICH[:1], np.array((2, 5), i32), method="nearest"
    ),
    case("CropAndResize", X, BOXES[:0], WHICH[:0], np.array((2, 2), i32), label="no boxes"),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
