from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.dims import Size, evaluate, symbol
from totfjs.graph.ops import OpError
from totfjs.graph.ops.slicing import slice_length
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
TEXT = np.array([["a", "bc", ""], ["ä", "e", "fgh"]], object)


def floats(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=f32).reshape(shape) + f32(0.5)


def ints(*values: int) -> np.ndarray:
    return np.array(values, i32)


def strided(x: np.ndarray, begin: Any, end: Any, strides: Any, **masks: int) -> Case:
    return case("StridedSlice", x, ints(*begin), ints(*end), ints(*strides), **masks)


OF_EACH_DTYPE = [
    floats(2, 3), np.arange(6, dtype=i32).reshape(2, 3), floats(2, 3) > 2, TEXT,
]  # fmt: skip

CASES = [
    *(case("Slice", x, ints(0, 1), ints(2, 2)) for x in OF_EACH_DTYPE),
    *(case("Slice", floats(*(3,) * rank), ints(*(1,) * rank), ints(*(2,) * rank)) for rank in range(1, 8)),
    case("Slice", floats(3, 4), ints(1, 2), ints(-1, -1)),
    case("Slice", floats(3, 4), ints(1, 2), ints(0, 2)),
    case("Slice", floats(3, 4), ints(3, 0), ints(-1, 4)),
    case("Slice", floats(3, 4), ints(1, 0), ints(1, -1)),
    case("Slice", floats(0, 4), ints(0, 1), ints(-1, 2)),
    case("Slice", np.array([np.nan, -0.0, np.inf], f32), ints(0), ints(3)),
    *(strided(x, (0, 0), (2, 3), (1, 2)) for x in OF_EACH_DTYPE),
    *(strided(x, (0, 1), (2, 3), (1, 1)) for x in OF_EACH_DTYPE),
    *(strided(floats(*(3,) * rank), (0,) * rank, (3,) * rank, (2,) * rank) for rank in range(1, 8)),
    strided(floats(5, 4), (4, -1), (0, -5), (-2, -1)),
    strided(floats(5, 4), (0, 0), (0, 0), (-1, -3), begin_mask=3, end_mask=3),
    strided(floats(5, 4), (-3, -100), (100, 100), (1, 2)),
    strided(floats(5, 4), (3, 0), (1, 4), (1, 1)),
    strided(floats(5, 4), (3, 0), (2, 4), (1, 1)),
    strided(floats(5, 4), (3, 0), (3, 4), (1, 1)),
    strided(floats(5, 4), (-1,), (-3,), (1,)),
    strided(floats(5, 4), (9,), (7,), (1,)),
    strided(floats(5, 4), (1,), (4,), (2,)),
    strided(floats(5, 4, 3), (1, 0, -1), (2, 0, 0), (1, 1, 1), ellipsis_mask=2, shrink_axis_mask=5),
    strided(floats(5, 4, 3), (0, 1), (0, 3), (1, 1), ellipsis_mask=1),
    strided(floats(5, 4), (0, 0, 0), (0, 2, 0), (1, 1, 1), new_axis_mask=5, end_mask=4),
    strided(floats(5, 4), (0, 0, 1), (0, 0, 4), (1, 1, 2), new_axis_mask=1, ellipsis_mask=2),
    strided(floats(5, 4), (0, 0, 1), (0, 0, 4), (1, 1, 2), new_axis_mask=2, ellipsis_mask=1),
    strided(floats(5, 4), (-1,), (0,), (1,), shrink_axis_mask=1),
    strided(np.array([3, 4, 5], i32), (1,), (2,), (1,), shrink_axis_mask=1),
    strided(floats(5, 4), (0, 1), (5, 2), (2, 1), shrink_axis_mask=2),
    strided(floats(5, 4), (1, 0), (2, 4), (1, 2), shrink_axis_mask=1),
    strided(floats(5, 4, 3), (1, 0), (2, 4), (1, -1), shrink_axis_mask=1, begin_mask=2, end_mask=2),
    strided(floats(0, 4), (0, 0), (0, 4), (1, 2)),
    strided(floats(3, 4), (0, 0), (0, 0), (1, 1), begin_mask=3, end_mask=3),
    strided(floats(3, 4), (2, 0), (1, 4), (2, 1)),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("start", [None, 0, 1, 4, -1, -4])
@pytest.mark.parametrize("stop", [None, 0, 2, 5, -1, -3])
def test_the_length_of_a_slice_of_a_symbolic_dim(start: int | None, stop: int | None, step: int) -> None:
    length = slice_length(symbol("b"), start, stop, step)
    assert length is not None
    for size in range(8):
        assert evaluate(length, {"b": size}) == len(range(size)[start:stop:step])


@pytest.mark.parametrize(("begin", "size", "expected"), [
    ((0, 1), (-1, 2), (symbol("b"), 2)),
    ((1, 0), (-1, -1), (symbol("b") - 1, 4)),
])  # fmt: skip
def test_a_slice_to_the_end_of_a_symbolic_dim(begin: Any, size: Any, expected: tuple[Size, ...]) -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 4))
    assert builder.op("Slice", x, begin, size).shape == expected


@pytest.mark.parametrize(("begin", "size", "reason"), [
    ((-1, 0), (1, 1), "begin -1 is negative"),
    ((0, 0), (-2, 1), "size -2 is negative"),
    ((2, 0), (2, 1), "begin 2 and size 2 reach beyond 3"),
    ((0,), (1,), "1 begins and 1 sizes for 2 dims"),
])  # fmt: skip
def test_a_slice_outside_is_refused(begin: Any, size: Any, reason: str) -> None:
    builder = Builder()
    with pytest.raises(OpError, match=reason):
        builder.op("Slice", builder.input("x", DType.FLOAT32, (3, 4)), begin, size)


def test_an_index_outside_is_refused() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (3, 4))
    with pytest.raises(OpError, match="index 3 is out of bounds of dim 0, which has size 3"):
        builder.op("StridedSlice", x, [3], [4], [1], shrink_axis_mask=1)
    with pytest.raises(OpError, match="3 indices for 2 dims"):
        builder.op("StridedSlice", x, [0] * 3, [1] * 3, [1] * 3)
