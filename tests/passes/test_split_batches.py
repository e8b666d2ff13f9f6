from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, matmul, normal, ops, same, stays
from totfjs.graph.dims import symbol
from totfjs.passes import optimize
from totfjs.passes.split_batches import split_batches
from totfjs.weights.array import Deferred

t = symbol("t")


def product(g: Builder, x: Any, y: Any, **attrs: bool) -> Tensor:
    return g.op("BatchMatMulV2", x, y, **attrs)


def heads(g: Builder, x: Tensor, count: int, size: int, perm: list[int], seed: int = 0) -> Tensor:
    """A projection, cut into heads."""
    rows = g.op("Reshape", x, [-1, x.shape[-1]])
    weights = normal(int(str(x.shape[-1])), count * size, seed=seed) * np.float32(0.05)
    y = matmul(g, rows, weights) + normal(count * size, seed=seed + 1)
    return g.op("Transpose", g.op("Reshape", y, [-1, int(str(x.shape[1])), count, size]), perm)


def attention(g: Builder, x: Tensor, *mask: Tensor) -> Tensor:
    """Self-attention of four heads over 32 positions."""
    query, key = heads(g, x, 4, 32, [0, 2, 1, 3]), heads(g, x, 4, 32, [0, 2, 3, 1], 2)
    scores = product(g, query, key) * np.float32(0.1)
    for offset in mask:
        scores = scores + offset
    mixed = product(g, g.op("Softmax", scores), heads(g, x, 4, 32, [0, 2, 1, 3], 4))
    joined = g.op("Reshape", g.op("Transpose", mixed, [0, 2, 1, 3]), [-1, 128])
    return matmul(g, joined, normal(128, 16))


def test_a_batch_becomes_single_products(engine: object) -> None:
    graph = build(product, (3, 32, 40), (3, 40, 32))
    fires(engine, split_batches, graph, {"MatMul": 3, "Pack": 1, "Unpack": 2})


@pytest.mark.parametrize("batch", [(1, 4), (4, 1), (2, 1, 2), (2, 2)])
def test_dims_of_a_batch_may_be_several(engine: object, batch: tuple[int, ...]) -> None:
    graph = build(product, (*batch, 32, 32), (*batch, 32, 32))
    after = split_batches(graph)
    assert ops(after)["MatMul"] == 4
    same(engine, graph, after)


def test_a_dynamic_batch_stays_a_batch(engine: object) -> None:
    graph = build(product, (b, 4, 32, 32), (b, 4, 32, 32))
    fires(engine, split_batches, graph, {"BatchMatMulV2": 4, "Pack": 1, "Unpack": 2})


def test_rows_may_be_dynamic(engine: object) -> None:
    graph = build(product, (4, t, 32), (4, 32, 24))
    after = split_batches(graph)
    assert ops(after)["MatMul"] == 4
    same(engine, graph, after)


def test_one_operand_may_be_the_same_for_all(engine: object) -> None:
    graph = build(product, (1, 32, 32), (4, 32, 32))
    fires(engine, split_batches, graph, {"MatMul": 4, "Pack": 1, "Reshape": 1, "Unpack": 1})


def test_constant_matrices_are_stored_apart(engine: object) -> None:
    graph = build(lambda g, x: product(g, x, normal(4, 32, 32)), (4, 32, 32))
    after = optimize(graph)
    assert ops(after) == {"MatMul": 4, "Pack": 1, "Unpack": 1}
    assert sum(node.array.size for node in after.constants if node.array is not None) == 4 * 32 * 32
    same(engine, graph, after)


@pytest.mark.parametrize("batch", [1, b])
def test_attention_is_made_head_by_head(engine: object, batch: Any) -> None:
    graph = build(attention, (batch, 32, 128))
    after = optimize(graph)
    found = ops(after)
    assert "Unpack" not in found
    assert found["Softmax"] == 4
    assert found["_FusedMatMul"] == 12
    same(engine, graph, after)


@pytest.mark.parametrize("mask", [(1, 1, 32, 32), (1, 1, 1, 32), (32, 32), (1,)])
def test_a_mask_for_all_heads_is_added_to_each(engine: object, mask: tuple[int, ...]) -> None:
    graph = build(attention, (1, 32, 128), mask)
    after = optimize(graph)
    assert "Unpack" not in ops(after)
    same(engine, graph, after)


def test_a_mask_for_each_head_leaves_the_scores_whole(engine: object) -> None:
    graph = build(attention, (1, 32, 128), (1, 4, 32, 32))
    after = optimize(graph)
    assert ops(after)["Softmax"] == 1
    same(engine, graph, after)


def test_a_value_that_is_read_twice_is_cut(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        query = heads(g, x, 4, 32, [0, 2, 1, 3])
        return product(g, query, normal(1, 4, 32, 32)), g.op("Identity", query)

    graph = build(make, (1, 32, 128))
    after = split_batches(graph)
    assert ops(after)["Unpack"] == 1
    same(engine, graph, after)


def test_a_softmax_over_the_heads_is_not_split(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        over = g.op("Softmax", g.op("Transpose", x, [1, 2, 0]))
        return product(g, g.op("Transpose", over, [2, 0, 1]), normal(4, 32, 32))

    graph = build(make, (4, 32, 32))
    after = split_batches(graph)
    assert ops(after)["Softmax"] == 1
    same(engine, graph, after)


@pytest.mark.parametrize("flags", [{"adj_x": True}, {"adj_y": True}, {"adj_x": True, "adj_y": True}])
def test_what_is_transposed_on_the_way_is_transposed_first(engine: object, flags: dict[str, bool]) -> None:
    graph = build(lambda g, x, y: product(g, x, y, **flags), (3, 32, 32), (3, 32, 32))
    after = split_batches(graph)
    assert ops(after) == {"MatMul": 3, "Pack": 1, "Transpose": len(flags), "Unpack": 2}
    same(engine, graph, after)


def test_a_single_product_is_transposed_first(engine: object) -> None:
    graph = build(lambda g, x, y: matmul(g, x, y, transpose_b=True), (32, 32), (32, 32))
    fires(engine, split_batches, graph, {"MatMul": 1, "Transpose": 1})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((4, 16, 16), (4, 16, 16)),  # small
        ((65, 32, 32), (65, 32, 32)),  # many
        ((1, 32, 32), (1, 32, 32)),  # one
        ((4, b, 32, 32), (4, b, 32, 32)),  # the dynamic dim is inside
        ((b, 32, 32), (b, 32, 32)),  # nothing static
        ((b, 4, 32, 32), (1, 1, 32, 32)),  # one operand for a dynamic batch
    ],
)
def test_other_batches_stay(left: tuple[Any, ...], right: tuple[Any, ...]) -> None:
    stays(split_batches, build(product, left, right))


def test_integers_stay() -> None:
    graph = build(lambda g, x: g.op("AddV2", x, x), (4, 32, 32), dtype=DType.INT32)
    stays(split_batches, graph)


def test_without_wasm_nothing_is_split() -> None:
    graph = build(product, (4, 32, 32), (4, 32, 32))
    stays(split_batches, replace(graph, backends=("webgl", "webgpu")))


def test_parts_of_weights_read_the_whole_once(engine: object) -> None:
    reads: list[int] = []
    matrices = normal(4, 160, 160)

    def read() -> np.ndarray:
        reads.append(1)
        return matrices

    weights = Deferred(np.float32, matrices.shape, read)
    after = split_batches(build(lambda g, x: product(g, x, weights), (4, 160, 160)))
    parts = [node.array for node in after.constants if node.array is not None and node.array.size == 160 * 160]
    for turn in (1, 2):
        found = np.stack([part.numpy().reshape(160, 160) for part in parts])
        assert len(reads) == turn
        np.testing.assert_array_equal(found, matrices)
