from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, evaluate, floordiv, maximum, minimum, modulo, symbol
from totfjs.graph.interpret import interpret
from totfjs.graph.sizes import LONGEST, sizes_of
from totfjs.graph.types import DType

B, T = symbol("b"), symbol("t")
AT = {"b": 5, "t": 3}
Make = Callable[[Builder, Tensor], Tensor]


def first(b: Builder, sizes: Tensor, index: int = 0) -> Tensor:
    return b.op("StridedSlice", sizes, [index], [index + 1], [1], shrink_axis_mask=1)


RULES: list[tuple[Make, Shape]] = [
    (lambda b, s: s, (B, 4, T)),
    (lambda b, s: first(b, s), (B,)),
    (lambda b, s: b.op("StridedSlice", s, [-1], [0], [1], shrink_axis_mask=1), (T,)),
    (lambda b, s: b.op("StridedSlice", s, [1], [0], [1], end_mask=1), (4, T)),
    (lambda b, s: b.op("StridedSlice", s, [0], [0], [2], begin_mask=1, end_mask=1), (B, T)),
    (lambda b, s: b.op("StridedSlice", s, [2], [0], [-1], end_mask=1), (T, 4, B)),
    (lambda b, s: b.op("Slice", s, [1], [-1]), (4, T)),
    (lambda b, s: b.op("Slice", s, [0], [2]), (B, 4)),
    (lambda b, s: b.op("GatherV2", s, b.const([2, 0]), 0), (T, B)),
    (lambda b, s: b.op("GatherV2", s, b.const(1), 0), (4,)),
    (lambda b, s: b.op("Pack", first(b, s), 7, first(b, s, 2)), (B, 7, T)),
    (lambda b, s: b.op("ConcatV2", s, b.const([2]), s, 0), (B, 4, T, 2, B, 4, T)),
    (lambda b, s: b.ops("Unpack", s)[2], (T,)),
    (lambda b, s: b.op("Prod", s, [0]), (4 * B * T,)),
    (lambda b, s: b.op("Identity", s), (B, 4, T)),
    (lambda b, s: b.op("Cast", s, DstT=DType.INT32), (B, 4, T)),
    (lambda b, s: b.op("Reshape", first(b, s), [1]), (B,)),
    (lambda b, s: b.op("Squeeze", b.op("ExpandDims", first(b, s), 0), squeeze_dims=(0,)), (B,)),
    (lambda b, s: s + 1, (B + 1, 5, T + 1)),
    (lambda b, s: s - first(b, s), (0, 4 - B, T - B)),
    (lambda b, s: first(b, s) * s, (B * B, 4 * B, B * T)),
    (lambda b, s: b.op("FloorDiv", s, 2), (floordiv(B, 2), 2, floordiv(T, 2))),
    (lambda b, s: b.op("FloorMod", s, 3), (modulo(B, 3), 1, modulo(T, 3))),
    (lambda b, s: b.op("Maximum", s, 4), (maximum(B, 4), 4, maximum(T, 4))),
    (lambda b, s: b.op("Minimum", s, 4), (minimum(B, 4), 4, minimum(T, 4))),
    (lambda b, s: b.op("Slice", s, [0], [0]) * 2, ()),
]


@pytest.mark.parametrize(("make", "expected"), RULES)
def test_sizes_are_what_the_ops_compute(make: Make, expected: Shape) -> None:
    builder = Builder(backends=())
    x = builder.input("x", DType.FLOAT32, (B, 4, T))
    result = make(builder, builder.op("Shape", x))
    assert sizes_of(builder.nodes, result.value) == expected
    computed = interpret(builder.build({"y": result}), {"x": np.zeros((AT["b"], 4, AT["t"]), np.float32)})["y"]
    assert [evaluate(size, AT) for size in expected] == np.atleast_1d(computed).tolist()


def test_numbers_that_follow_from_types() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 4, T))
    assert sizes_of(builder.nodes, builder.op("Size", x).value) == (4 * B * T,)
    assert sizes_of(builder.nodes, builder.op("Rank", x).value) == (3,)


UNKNOWN: list[Make] = [
    lambda b, x: x,
    lambda b, x: x + 1,
    lambda b, x: b.op("Cast", b.op("Cast", b.op("Shape", x), DstT=DType.FLOAT32), DstT=DType.INT32),
    lambda b, x: b.op("Reshape", b.op("Shape", x), [1, 1]),
    lambda b, x: b.const(np.zeros(LONGEST + 1, np.int32)),
    lambda b, x: b.const(2**30) * b.const(4),
    lambda b, x: b.op("FloorDiv", b.const(7), b.const(0)),
    lambda b, x: b.op("GatherV2", b.op("Shape", x), x, 0),
]


@pytest.mark.parametrize("make", UNKNOWN)
def test_what_only_the_data_decides_is_not_known(make: Make) -> None:
    builder = Builder(backends=())
    result = make(builder, builder.input("n", DType.INT32, (1,)))
    assert sizes_of(builder.nodes, result.value) is None


def test_a_long_chain_that_uses_its_values_twice_is_read_once() -> None:
    builder = Builder()
    one = total = builder.op("Size", builder.input("x", DType.FLOAT32, (B,)))
    for _ in range(300):
        total = total - total + one
    assert sizes_of(builder.nodes, total.value) == (B,)
    assert builder.op("Fill", builder.op("Pack", total), 0.0).shape == (B,)
