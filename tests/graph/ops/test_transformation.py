from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.dims import Size, symbol
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
F32, I32, BOOL, C64 = DType.FLOAT32, DType.INT32, DType.BOOL, DType.COMPLEX64
ODD = np.array([0.1, -0.9, 1.5, -2.5, 0.0, -0.0, 3e9, -3e9, 1e20, np.nan, np.inf, -np.inf, 2**31, 2**24 + 2], f32)
B, T = symbol("b"), symbol("t")


def floats(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=f32).reshape(shape) - f32(0.5)


def ints(*values: int) -> np.ndarray:
    return np.array(values, i32)


OF_EACH_DTYPE = [
    floats(2, 1, 3), np.arange(6, dtype=i32).reshape(2, 1, 3), floats(2, 1, 3) > 2,
    floats(2, 1, 3).astype(np.complex64) * (1 + 2j), np.array(list("abcdéf"), object).reshape(2, 1, 3),
]  # fmt: skip
NUMBERS = OF_EACH_DTYPE[:4]

CASES = [
    *(case("Cast", x, DstT=to) for x in NUMBERS for to in (F32, I32, C64)),
    *(case("Cast", x, DstT=BOOL) for x in (NUMBERS[0], NUMBERS[2], NUMBERS[3])),
    *(case("Cast", ODD, DstT=to, label="odd") for to in (I32, BOOL)),
    case("Cast", ints(2**31 - 1, -(2**31), 0, 256, 2**24 + 1), DstT=F32),
    case("Cast", ints(2**31 - 1, -(2**31), 0, 256, 512), DstT=BOOL),
    case("Cast", np.zeros((0, 2), f32), DstT=I32),
    *(case("Cast", floats(*(2,) * rank), DstT=I32) for rank in (0, 5, 7)),
    *(case("ExpandDims", x, np.array(axis, i32)) for x in OF_EACH_DTYPE for axis in (0, 3, -1, -4)),
    case("ExpandDims", floats(0, 2), np.array(1, i32)),
    case("ExpandDims", np.array(2, f32), np.array(0, i32)),
    *(case("Squeeze", x, squeeze_dims=axes) for x in OF_EACH_DTYPE for axes in ((), (1,), (-2,))),
    *(case("Squeeze", floats(1, 2, 1, 3, 1), squeeze_dims=axes) for axes in ((), (0,), (0, 2), (4, -5), (2,))),
    case("Squeeze", floats(1, 0, 1), squeeze_dims=(0,)),
    *(case("Reshape", x, ints(*shape)) for x in OF_EACH_DTYPE for shape in ((6,), (3, -1), (1, 2, 3, 1))),
    *(case("Reshape", np.array(3, f32), ints(*shape)) for shape in ((), (1,), (-1,), (1, 1))),
    *(case("Reshape", floats(0, 3), ints(*shape)) for shape in ((0,), (3, 0), (-1, 3), (2, 0, 5))),
    case("Reshape", floats(2, 2, 2, 2, 2, 2), ints(4, -1)),
    *(case("EnsureShape", x, ints(2, 1, 3)) for x in OF_EACH_DTYPE),
    case("EnsureShape", floats(2, 3), ints(-1, 3)),
    *(case("BroadcastTo", x, ints(*shape)) for x in NUMBERS[:3] for shape in ((2, 1, 3), (2, 4, 3), (2, 2, 2, 3))),
    *(case("BroadcastTo", np.array(3, f32), ints(*shape)) for shape in ((), (2,), (2, 0), (2, 2, 1, 2, 2, 2))),
    case("BroadcastTo", floats(1, 3), ints(0, 3)),
    case("BroadcastTo", floats(0, 1), ints(2, 0, 3)),
    case("BroadcastTo", np.array(True), ints(2, 3)),
    *(case("BroadcastArgs", ints(*a), ints(*b))
      for a, b in (((2, 3), (2, 3)), ((3,), (2, 1)), ((1, 1, 4), (5, 1)), ((7,), (1,)), ((2, 3), (1, 1)))),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize(("shape", "wanted", "expected"), [
    ((B, 7, 7, 8), (-1, 392), (B, 392)),
    ((B, 7, 7, 8), (-1, 7, 56), (B, 7, 56)),
    ((B, T, 8), (-1, 8), (B * T, 8)),
    ((2 * B, 3), (-1, 6), (B, 6)),
])  # fmt: skip
def test_minus_one_is_what_the_other_sizes_leave(shape: Any, wanted: Any, expected: tuple[Size, ...]) -> None:
    builder = Builder()
    assert builder.op("Reshape", builder.input("x", F32, shape), wanted).shape == expected


def test_a_shape_made_of_sizes() -> None:
    builder = Builder()
    x = builder.input("x", F32, (B, T, 8))
    sizes = builder.op("Shape", x)
    batch = builder.op("StridedSlice", sizes, [0], [1], [1], shrink_axis_mask=1)
    assert builder.op("Reshape", x, builder.op("Pack", batch, -1)).shape == (B, 8 * T)
    assert builder.op("BroadcastTo", 1.0, sizes).shape == (B, T, 8)


@pytest.mark.parametrize(("op", "shape", "operand", "attrs", "reason"), [
    ("Reshape", (2, 3), (4,), {}, r"6 elements do not fit in \[4\]"),
    ("Reshape", (2, 3), (4, -1), {}, r"6 elements do not fit in \[4, -1\]"),
    ("Reshape", (2, 3), (-1, -1), {}, "only one size can be -1"),
    ("Reshape", (0, 3), (0, -1), {}, "-1 stands for any size where another one is 0"),
    ("Squeeze", (2, 3), None, {"squeeze_dims": (1,)}, "dim 1 has size 3, not 1"),
    ("Squeeze", (B, 1), None, {}, "the dims to squeeze have to be named where a size is not known"),
    ("ExpandDims", (2, 3), 3, {}, "axis 3 does not exist in rank 3"),
    ("BroadcastTo", (2, 3), (2, 4), {}, "size 3 does not broadcast to 4"),
    ("BroadcastTo", (2, 3), (3,), {}, "has more dims than"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(op: str, shape: Any, operand: Any, attrs: Any, reason: str) -> None:
    builder = Builder()
    x = builder.input("x", F32, shape)
    with pytest.raises(OpError, match=reason):
        builder.op(op, x, *(() if operand is None else (operand,)), **attrs)


def test_a_dtype_is_no_text() -> None:
    builder = Builder()
    with pytest.raises(OpError, match="DstT='int32' is not a dtype"):
        builder.op("Cast", builder.input("x", F32, (2,)), DstT="int32")
