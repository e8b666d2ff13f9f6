from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, run
from totfjs.graph.builder import Builder
from totfjs.graph.dims import floordiv, maximum, symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.passes.pipeline import optimize
from totfjs.recipes.shapes import broadcast_by, broadcast_to, repeated, reshape

f32 = np.float32
B = symbol("b")


def with_a_token() -> Graph:
    """What vision transformers do first: one learned row stands before those of each example."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 3, 4))
    token = broadcast_to(builder.const(np.arange(4, dtype=f32).reshape(1, 1, 4)), (B, 1, 4))
    rows = builder.op("ConcatV2", token, x, 1)
    deep = broadcast_to(builder.const(np.ones((1, 1, 2, 1, 3), f32)), (B, 2, 2, 4, 3))
    sizes = builder.op("Shape", x)
    return builder.build(
        {
            "rows": builder.op("BatchMatMulV2", rows, builder.const(np.eye(4, dtype=f32)[None] * 2)),
            "deep": deep,
            "known": broadcast_to(builder.const(np.array([True])), (B,)),
            "filled": broadcast_by(builder.const(f32(7)), sizes),
            "same": broadcast_by(x, sizes),
        }
    )


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_what_is_broadcast_to_a_batch_is_empty_where_that_is(stock: object, backend: str, batch: int) -> None:
    graph = optimize(with_a_token())
    fed = {"x": np.arange(batch * 12, dtype=f32).reshape(batch, 3, 4)}
    expected, found = interpret(graph, fed), run(stock, distinct(graph), fed, backend)
    assert found["rows"].shape == (batch, 4, 4)
    assert found["known"].shape == (batch,)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_more_dims_than_webgpu_repeats_are_repeated_one_by_one() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (2, 1, 3, 1, 2))
    graph = builder.build({"y": repeated(x, (1, 4, 2, 1, 1))})
    assert Counter(node.op for node in graph)["Tile"] == 2
    fed = {"x": np.arange(12, dtype=f32).reshape(2, 1, 3, 1, 2)}
    np.testing.assert_array_equal(interpret(graph, fed)["y"], np.tile(fed["x"], (1, 4, 2, 1, 1)))


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("height", [3, 4, 9])
def test_beside_a_size_that_may_be_0_none_is_left_to_the_runtime(stock: object, backend: str, height: int) -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, symbol("h"), 2))
    padding = floordiv(maximum(symbol("h") - 4, 0), 2)
    zeros = broadcast_to(builder.const(np.zeros((1, 1, 1), f32)), (B, padding, 2))
    apart = reshape(zeros, (B, padding, 2, 1))
    padded = builder.op("ConcatV2", x, reshape(apart, (B, padding, 2)), 1)
    given = {"x": np.ones((2, height, 2), f32)}
    found = run(stock, distinct(optimize(builder.build({"apart": apart, "padded": padded}))), given, backend)
    count = max(height - 4, 0) // 2
    assert (found["apart"].shape, found["padded"].shape) == ((2, count, 2, 1), (2, height + count, 2))
