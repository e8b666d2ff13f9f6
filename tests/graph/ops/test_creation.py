from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import symbol
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
F32, I32, BOOL, C64 = DType.FLOAT32, DType.INT32, DType.BOOL, DType.COMPLEX64
B = symbol("b")


def ints(*values: Any) -> np.ndarray:
    return np.array(values, i32)


def floats(*values: Any) -> np.ndarray:
    return np.array(values, f32)


SHAPES = [ints(), ints(3), ints(2, 3), ints(0, 2), ints(1, 2, 1, 2, 1, 2)]
OF_EACH_DTYPE = [
    floats([1.5, np.nan], [np.inf, -0.0]), ints([1, 2**31 - 1], [0, -5]), np.array([[True, False]]),
    np.array([1 + 2j, 3], np.complex64), np.array(2, f32), np.zeros((0, 2), i32),
]  # fmt: skip
PAIRS = [
    *((np.array(on, i32), np.array(off, i32)) for on, off in ((1, 0), (-7, 2**30))),
    *((np.array(on, f32), np.array(off, f32)) for on, off in ((1, 0), (0.5, -2))),
    *((np.array(on), np.array(off)) for on, off in ((True, False), (False, True))),
]

CASES = [
    *(case("Fill", shape, value) for shape in SHAPES
      for value in (np.array(1.5, f32), np.array(-3, i32), np.array(True))),
    *(case("Fill", ints(2), np.array(value, f32)) for value in (np.nan, np.inf, -np.inf, -0.0, 1e-30, 0.1)),
    *(case("Fill", ints(2), np.array(value, i32)) for value in (2**31 - 1, -(2**31), 2**24 + 1)),
    case("Fill", ints(2), np.array(False)),
    *(case(op, shape, T=dtype) for op in ("Ones", "Zeros") for shape in SHAPES[:3] for dtype in (F32, I32, BOOL, C64)),
    *(case(op, x) for op in ("OnesLike", "ZerosLike") for x in OF_EACH_DTYPE),
    *(case("Range", *map(i32, bounds))
      for bounds in ((0, 5, 1), (2, 9, 3), (5, 0, -2), (3, 3, 1), (0, 1, 7), (-4, 4, 2), (0, -3, -1))),
    *(case("Range", *map(f32, bounds))
      for bounds in ((0, 1, 0.25), (0, 1, 0.3), (1, 0, -0.25), (0.5, 0.5, 1), (0, 1, 0.1))),
    *(case("LinSpace", np.array(a, f32), np.array(b, f32), np.array(n, i32))
      for a, b, n in ((0, 1, 5), (-3, 7, 4), (2, 2, 3), (1, 9, 1), (5, -5, 11))),
    *(case("OneHot", ints(0, 2, 3, -1), np.array(depth, i32), on, off)
      for depth in (2, 4) for on, off in PAIRS),
    case("OneHot", np.array(1, i32), np.array(3, i32), np.array(1, i32), np.array(0, i32)),
    case("OneHot", ints([[0, 1]], [[2, 0]]), np.array(3, i32), np.array(1, i32), np.array(0, i32)),
    case("OneHot", ints(0, 0), np.array(1, i32), np.array(1, i32), np.array(0, i32)),
    case("OneHot", np.zeros((0, 2), i32), np.array(3, i32), np.array(1, i32), np.array(0, i32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def batch(builder: Builder) -> Tensor:
    sizes = builder.op("Shape", builder.input("x", F32, (B, 4)))
    return builder.op("StridedSlice", sizes, [0], [1], [1], shrink_axis_mask=1)


@pytest.mark.parametrize(("start", "delta", "expected"), [
    (0, 1, B), (1, 1, B - 1), (0, 2, (B + 1) // 2), (0, 3, (B + 2) // 3),
])  # fmt: skip
def test_a_range_up_to_a_symbolic_size(start: int, delta: int, expected: Any) -> None:
    builder = Builder()
    assert builder.op("Range", start, batch(builder), delta).shape == (expected,)


def test_a_tensor_of_symbolic_sizes() -> None:
    builder = Builder()
    size = batch(builder)
    assert builder.op("Fill", builder.op("Pack", size, 3), 0.0).shape == (B, 3)
    assert builder.op("Zeros", builder.op("Pack", size, 3), T=I32).shape == (B, 3)


def test_a_range_that_only_the_data_limits() -> None:
    builder = Builder()
    limit = builder.input("n", I32, ())
    assert str(builder.op("Range", 0, limit, 1, name="r").shape[0]) == "r.0"


@pytest.mark.parametrize(("op", "operands", "attrs", "reason"), [
    ("Range", (0, 5, 0), {}, "delta is 0"),
    ("Range", (0, 5, -1), {}, "a step of -1 leads away from 5 at 0"),
    ("Range", (0, 5, np.array(1, f32)), {}, "start, limit and delta are scalars of one dtype"),
    ("LinSpace", (0.0, 1.0, 0), {}, "the number of values is 0"),
    ("OneHot", (ints(1), 3, 1, np.array(0, f32)), {}, "the values are int32 and float32, the result is int32"),
    ("OneHot", (ints(1), 1, 1, 0), {}, "cannot run on cpu, wasm, webgl, webgpu: the depth has to be 2 at least"),
    ("OneHot", (ints(1), 3, 1, 0), {"axis": 0}, "axis=0 is not one of -1"),
])  # fmt: skip
def test_what_makes_no_tensor_is_refused(op: str, operands: Any, attrs: Any, reason: str) -> None:
    with pytest.raises(OpError, match=reason):
        Builder().op(op, *operands, **attrs)
