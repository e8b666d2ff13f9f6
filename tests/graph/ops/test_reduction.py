from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32
RANDOM = np.random.default_rng(7)
ODD = np.array([[1, np.nan, 2, -0.0], [np.inf, 3, -1, 0.5], [-np.inf, np.inf, 4, 9], [-np.inf, -5, -7, -np.inf]], f32)
LARGE = np.array([[2**31 - 1, 1, 5], [-(2**31), -1, 7], [2**30, 2**30, 2**30]], i32)
REDUCTIONS = ("Sum", "Prod", "Max", "Min")
FLOAT_REDUCTIONS = (*REDUCTIONS, "Mean")


def floats(*shape: int) -> np.ndarray:
    return RANDOM.uniform(0.5, 1.5, shape).astype(f32)


def ints(*shape: int) -> np.ndarray:
    return RANDOM.integers(-9, 9, shape).astype(i32)


def bools(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 2, shape).astype(bool)


def axes(*places: int) -> np.ndarray:
    return np.array(places, i32)


CASES = [
    *(case(op, floats(2, 3, 4), axes(*a), keep_dims=k)
      for op in FLOAT_REDUCTIONS for a in ((0,), (1,), (-1,), (0, 2), (2, 1), (0, 1, 2), ()) for k in (False, True)),
    *(case(op, ints(2, 3, 4), axes(*a)) for op in REDUCTIONS for a in ((0,), (-1,), (1, 2), ())),
    *(case(op, bools(2, 3, 4), axes(*a), keep_dims=k)
      for op in ("All", "Any") for a in ((0,), (-1,), (0, 1), (0, 1, 2), ()) for k in (False, True)),
    *(case(op, floats(*(2,) * rank), axes(rank - 1)) for op in FLOAT_REDUCTIONS for rank in (1, 5, 7)),
    *(case(op, floats(*(2,) * 6), axes(0, 3, 5)) for op in FLOAT_REDUCTIONS),
    *(case(op, np.array(3, f32), axes()) for op in FLOAT_REDUCTIONS),
    *(case(op, floats(2, 3), np.array(1, i32), label="scalar axis") for op in REDUCTIONS),
    *(case(op, ODD, axes(1), label="odd") for op in FLOAT_REDUCTIONS),
    *(case(op, ODD, axes(0), label="odd") for op in FLOAT_REDUCTIONS),
    *(case(op, LARGE, axes(0), label="large") for op in REDUCTIONS),
    *(case(op, LARGE, axes(1), label="large") for op in REDUCTIONS),
    *(case(op, np.zeros(shape, f32), axes(*a), label="empty")
      for op in FLOAT_REDUCTIONS for shape, a in (((0, 3), (0,)), ((0, 3), (1,)), ((2, 0, 3), (1,)), ((0,), (0,)))),
    *(case(op, np.zeros((2, 0), bool), axes(1), label="empty") for op in ("All", "Any")),
    *(case(op, np.zeros((0, 2), bool), axes(1), label="empty") for op in ("All", "Any")),
    *(case(op, x, np.array(a, i32)) for op in ("ArgMax", "ArgMin") for x in (floats(2, 3, 4), ints(2, 3, 4))
      for a in (0, 1, -1, [2])),
    *(case(op, np.array([[1, 1, 0, 0], [-np.inf] * 4, [np.inf] * 4, [-0.0, 0.0, 0.0, -0.0]], f32), np.array(a, i32),
           label="ties") for op in ("ArgMax", "ArgMin") for a in (0, 1)),
    *(case(op, ODD[:1], np.array(1, i32), label="nan") for op in ("ArgMax", "ArgMin")),
    *(case(op, np.array([[np.nan, 1, 2]], f32), np.array(1, i32), label="nan first") for op in ("ArgMax", "ArgMin")),
    *(case(op, np.array([[np.nan, np.nan]], f32), np.array(1, i32), label="all nan") for op in ("ArgMax", "ArgMin")),
    *(case(op, LARGE, np.array(1, i32), label="large") for op in ("ArgMax", "ArgMin")),
    *(case(op, np.array([[2**24, 2**24 + 1, 2**24 - 1]], i32), np.array(1, i32), label="2**24")
      for op in ("ArgMax", "ArgMin", "Max", "Min", "Sum")),
    *(case(op, np.zeros((0, 3), f32), np.array(1, i32), label="empty") for op in ("ArgMax", "ArgMin")),
    *(case(op, np.array([5], f32), np.array(0, i32)) for op in ("ArgMax", "ArgMin")),
    *(case(op, x, np.array(a, i32), exclusive=e, reverse=r) for op in ("Cumsum", "Cumprod")
      for x in (floats(2, 3, 4), ints(2, 3, 4)) for a in (0, 1, -1) for e in (False, True) for r in (False, True)),
    *(case(op, floats(2, 1, 2, 1, 2, 3), np.array(4, i32)) for op in ("Cumsum", "Cumprod")),
    *(case(op, np.zeros((2, 0), f32), np.array(1, i32), exclusive=e, label="empty")
      for op in ("Cumsum", "Cumprod") for e in (False, True)),
    *(case(op, ODD, np.array(1, i32), exclusive=e, label="odd") for op in ("Cumsum", "Cumprod") for e in (False, True)),
    *(case(op, LARGE, np.array(1, i32), label="large") for op in ("Cumsum", "Cumprod")),
    *(case(op, np.full((2, 3), 1234567891, i32), np.array([1], i32), label="rounded") for op in ("Prod", "Cumprod")),
    *(case(op, x, np.array(4, i32), w)
      for op in ("Bincount", "DenseBincount") for x in (np.array([0, 1, 1, 3, 7, 4], i32), np.array([], i32))
      for w in (np.zeros(0, f32), np.arange(len(x)).astype(f32), np.arange(len(x)).astype(i32))),
    case("Bincount", np.array([[0, 1], [1, 3]], i32), np.array(4, i32), np.zeros(0, f32), label="matrix"),
    *(case("DenseBincount", x, np.array(4, i32), w, binary_output=b) for x in (np.array([[0, 1, 1], [1, 3, 9]], i32),)
      for w in (np.zeros(0, f32), floats(2, 3), ints(2, 3)) for b in (False, True)),
    case("DenseBincount", np.array([0, 1, 1, 7], i32), np.array(4, i32), floats(4), binary_output=True),
    case("DenseBincount", np.array([0, 1, 1, 7], i32), np.array(4, i32), np.zeros(0, i32), binary_output=True),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
