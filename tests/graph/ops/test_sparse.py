from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32


def ints(*values: object) -> np.ndarray:
    return np.array(values, i32)


ENTRIES = ints((0, 1), (0, 3), (2, 0), (5, 2))
FILL = [
    case("SparseFillEmptyRows", indices, values, shape, default)
    for indices, values, shape, default in [
        (ENTRIES, np.array([1, 2, 3, 4], f32), ints(6, 4), np.array(-1, f32)),
        (ENTRIES[::-1].copy(), ints(1, 2, 3, 4), ints(6, 4), np.array(9, i32)),
        (ENTRIES[:2], np.array([True, False]), ints(1, 4), np.array(True)),
        (ints((0,), (1,)), np.array([np.nan, np.inf], f32), ints(3), np.array(0, f32)),
        (np.zeros((0, 2), i32), np.zeros(0, f32), ints(3, 2), np.array(7, f32)),
        (np.zeros((0, 2), i32), np.zeros(0, f32), ints(0, 2), np.array(7, f32)),
    ]
]
RESHAPE = [
    case("SparseReshape", indices, shape, target)
    for indices, shape, target in [
        (ENTRIES, ints(6, 4), ints(3, 8)),
        (ENTRIES, ints(6, 4), ints(2, -1, 3)),
        (ENTRIES, ints(6, 4), ints(-1)),
        (ints((1, 1, 1)), ints(2, 2, 2), ints(4, 2)),
        (np.zeros((0, 2), i32), ints(6, 4), ints(8, 3)),
    ]
]
SEGMENTS = [
    case(f"SparseSegment{kind}", data, indices, segments)
    for kind in ("Sum", "Mean")
    for data, indices, segments in [
        (np.arange(8, dtype=f32).reshape(4, 2), ints(0, 2, 2, 3), ints(0, 0, 1, 3)),
        (np.arange(12, dtype=f32).reshape(3, 2, 2), ints(2, 1), ints(0, 0)),
        (np.array([1, np.nan, np.inf], f32), ints(0, 1, 2), ints(0, 1, 2)),
        (np.arange(4, dtype=f32), ints(3, 0), ints(2, 2)),
        (np.ones((2, 3), f32), ints(), ints()),
    ]
]
INTEGERS = [case("SparseSegmentSum", ints(2**31 - 1, 2, -(2**31)), ints(0, 1, 2), ints(0, 0, 1))]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", [*FILL, *RESHAPE, *SEGMENTS, *INTEGERS], ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
