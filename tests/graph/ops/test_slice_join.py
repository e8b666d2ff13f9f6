from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
B = symbol("b")


def floats(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=f32).reshape(shape) - f32(2.5)


def ints(*values: int) -> np.ndarray:
    return np.array(values, i32)


def number(value: int) -> np.ndarray:
    return np.array(value, i32)


PLAIN = [floats(2, 4), np.arange(8, dtype=i32).reshape(2, 4) * 2**28, floats(2, 4) > 0]
TEXT = np.array(list("abcdefgh"), object).reshape(2, 4)
COMPLEX = floats(2, 4).astype(np.complex64) * (1 - 2j)
ODD = np.array([[np.nan, -0.0], [np.inf, -np.inf]], f32)

CASES = [
    *(case("ConcatV2", x, x[:, :2].copy(), x, number(axis)) for x in (*PLAIN, TEXT, COMPLEX) for axis in (1, -1)),
    *(case("ConcatV2", x, x[:1].copy(), number(axis)) for x in (*PLAIN, TEXT, COMPLEX) for axis in (0, -2)),
    *(case("ConcatV2", floats(*(2,) * rank), floats(*(2,) * rank), number(rank // 2)) for rank in range(1, 8)),
    case("ConcatV2", floats(2, 4), number(0)),
    case("ConcatV2", floats(2, 4), floats(2, 0), number(1)),
    case("ConcatV2", floats(2, 0), floats(2, 4), floats(2, 1), number(1)),
    case("ConcatV2", floats(2, 0), floats(2, 0), number(1)),
    case("ConcatV2", floats(0, 3), floats(0, 4), number(1)),
    case("ConcatV2", ODD, ODD, number(0), label="odd"),
    *(case("Concat", number(axis), x, x) for x in PLAIN for axis in (0, 1, -1)),
    *(case("Pack", x, x[::-1].copy(), x, axis=axis) for x in (*PLAIN, TEXT, COMPLEX) for axis in (0, 1, 2, -1, -3)),
    *(case("Pack", floats(*(2,) * rank), floats(*(2,) * rank), axis=rank) for rank in range(6)),
    case("Pack", floats(2, 4), axis=1),
    case("Pack", floats(0, 3), floats(0, 3)),
    case("Pack", floats(0, 3), floats(0, 3), axis=-1),
    case("Pack", np.array(1, i32), np.array(-7, i32)),
    *(case("Unpack", x, axis=axis) for x in (*PLAIN, TEXT) for axis in (0, 1, -1, -2)),
    case("Unpack", floats(3)),
    case("Unpack", floats(2, 0)),
    case("Unpack", floats(2, 2, 2, 2, 2, 2), axis=3),
    *(case("Tile", x, ints(*reps)) for x in (*PLAIN, TEXT) for reps in ((1, 1), (2, 1), (1, 3), (2, 3))),
    *(case("Tile", floats(*(2,) * rank), ints(*(2,) * rank)) for rank in (1, 3, 4, 5, 7)),
    case("Tile", floats(2, 3), ints(2, 0)),
    case("Tile", floats(0, 3), ints(2, 2)),
    case("Tile", np.array(1, f32), np.zeros(0, i32)),
    *(case("Split", number(axis), x, num_split=count)
      for x in PLAIN for axis, count in ((1, 2), (-1, 4), (0, 2), (-2, 1))),
    *(case("SplitV", x, ints(*sizes), number(axis))
      for x in PLAIN for sizes, axis in (((1, 3), 1), ((4, 0), -1), ((1, -1, 2), 1), ((2,), 0), ((-1, 1), 1))),
    case("SplitV", floats(2, 6), ints(0, 6), number(1)),
    case("SplitV", floats(2, 6), ints(6, -1), number(1)),
    case("SplitV", floats(0, 6), ints(2, 4), number(1)),
    case("SplitV", floats(2, 2, 2, 2, 2, 2), ints(1, 1), number(3)),
    *(case("ReverseV2", x, ints(*axes)) for x in PLAIN for axes in ((0,), (1,), (-1,), (0, 1), (-1, -2), ())),
    *(case("ReverseV2", floats(*(3,) * rank), ints(0, rank - 1)) for rank in range(2, 8)),
    case("ReverseV2", np.array(3, f32), np.zeros(0, i32)),
    case("ReverseV2", floats(0, 2), ints(0)),
    case("ReverseV2", ODD, ints(1), label="odd"),
    *(case("Reverse", x, np.array(flags)) for x in PLAIN for flags in ((True, False), (True, True), (False, False))),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_symbolic_sizes() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 4))
    y = builder.input("y", DType.FLOAT32, (B + 1, 4))
    assert builder.op("ConcatV2", x, y, 0).shape == (2 * B + 1, 4)
    assert builder.op("ConcatV2", x, x, -1).shape == (B, 8)
    assert builder.op("Pack", x, x, axis=1).shape == (B, 2, 4)
    assert builder.op("Tile", x, [3, 2]).shape == (3 * B, 8)
    assert [part.shape for part in builder.ops("SplitV", x, [1, -1], 0)] == [(1, 4), (B - 1, 4)]
    assert [part.shape for part in builder.ops("Split", 1, x, num_split=2)] == [(B, 2)] * 2
    assert [part.shape for part in builder.ops("Unpack", x, axis=1)] == [(B,)] * 4


@pytest.mark.parametrize(("op", "operands", "attrs", "reason"), [
    ("ConcatV2", (floats(2, 3), floats(3, 3), 1), {}, "sizes 2, 3 differ"),
    ("ConcatV2", (floats(2, 3), floats(2), 0), {}, "the operands differ in dtype or rank"),
    ("ConcatV2", (floats(2), ints(1), 0), {}, "the operands differ in dtype or rank"),
    ("ConcatV2", (floats(2), floats(2), 1), {}, "axis 1 does not exist in rank 1"),
    ("Pack", (floats(2), floats(3)), {}, "sizes 2, 3 differ"),
    ("Tile", (floats(2), [1, 2]), {}, "2 repeats for 1 dims"),
    ("Split", (0, floats(3)), {"num_split": 2}, "3 is not divisible by 2"),
    ("SplitV", (floats(3), [1, 1], 0), {}, r"parts of \[1, 1\] do not make 3"),
    ("ReverseV2", (floats(3, 3), [0, -2]), {}, "an axis is given twice"),
    ("Reverse", (floats(3, 3), np.array([True])), {}, "does not say for each dim whether to reverse it"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(op: str, operands: Any, attrs: Any, reason: str) -> None:
    with pytest.raises(OpError, match=reason):
        Builder().op(op, *operands, **attrs)


def test_the_number_of_parts_has_to_be_known() -> None:
    builder = Builder()
    with pytest.raises(OpError, match="does not say how many parts there are along axis 0"):
        builder.ops("Unpack", builder.input("x", DType.FLOAT32, (B, 4)))
