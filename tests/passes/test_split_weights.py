from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Graph, Tensor, b, build, conv, fires, matmul, normal, ops, same, stays
from totfjs.passes import optimize
from totfjs.passes.split_weights import COLUMNS, LARGE, PART, split_weights

WIDTH = 1536
LARGE_WEIGHTS = normal(WIDTH, 1024) * np.float32(0.02)


def product(weights: Any = LARGE_WEIGHTS, **attrs: bool) -> Any:
    return lambda g, x: matmul(g, x, weights, **attrs)


@pytest.mark.parametrize("rows", [32, 33])
def test_a_product_is_made_in_equal_parts(engine: object, rows: int) -> None:
    after = fires(engine, split_weights, build(product(), (rows, WIDTH)), {"ConcatV2": 1, "MatMul": 2})
    sizes = [node.array.size for node in after.constants if node.array is not None and node.array.size > 1]
    assert sum(sizes) == LARGE_WEIGHTS.size
    assert max(sizes) <= PART


def test_its_bias_and_activation_too(engine: object) -> None:
    graph = build(lambda g, x: g.op("Relu", matmul(g, x, LARGE_WEIGHTS) + normal(1024)), (40, WIDTH))
    after = optimize(graph)
    assert ops(after) == {"ConcatV2": 1, "_FusedMatMul": 2}
    same(engine, graph, after)


def test_rows_of_a_dynamic_batch(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        return g.op("Reshape", matmul(g, g.op("Reshape", x, [-1, WIDTH]), LARGE_WEIGHTS), [-1, 32, 1024])

    graph = build(make, (b, 32, WIDTH))
    after = optimize(graph)
    assert ops(after) == {"ConcatV2": 1, "MatMul": 2, "Reshape": 2}
    same(engine, graph, after)


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("bias", [False, True])
def test_a_convolution_is_made_in_equal_parts(engine: object, strides: int, bias: bool) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        y = conv(g, x, normal(3, 3, 416, 416) * np.float32(0.02), strides)
        return g.op("Relu", y + normal(416)) if bias else y

    graph = build(make, (1, 12, 12, 416))
    after = optimize(graph)
    assert ops(after) == {"ConcatV2": 1, "_FusedConv2D" if bias else "Conv2D": 2}
    same(engine, graph, after)


def test_parts_read_the_whole_once(engine: object) -> None:
    from totfjs.weights.array import Deferred

    reads: list[int] = []

    def read() -> np.ndarray:
        reads.append(1)
        return LARGE_WEIGHTS

    graph = build(product(Deferred(np.float32, LARGE_WEIGHTS.shape, read)), (32, WIDTH))
    weights = [node.array for node in split_weights(graph).constants if node.array is not None and node.array.size > 1]
    for turn in (1, 2):
        found = np.concatenate([part.numpy() for part in weights], axis=1)
        assert len(reads) == turn
        np.testing.assert_array_equal(found, LARGE_WEIGHTS)


# --- where it must not fire -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(31, WIDTH), (b, WIDTH)])
def test_few_rows_stay(shape: Any) -> None:
    stays(split_weights, build(product(), shape))


@pytest.mark.parametrize(
    "weights",
    [
        np.zeros((1000, LARGE // 1000), np.float32),  # not so large
        np.zeros((200_000, COLUMNS), np.float32),  # a block of columns alone
        np.zeros((2000, COLUMNS * 100 + 1), np.float32),  # columns that cannot be divided
    ],
)
def test_other_weights_stay(weights: np.ndarray) -> None:
    stays(split_weights, build(product(weights), (32, len(weights))))


def test_weights_that_are_shared_stay() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        weights = g.const(LARGE_WEIGHTS)
        return matmul(g, x, weights), matmul(g, y, weights)

    stays(split_weights, build(make, (32, WIDTH), (32, WIDTH)))


def test_transposed_weights_stay() -> None:
    stays(split_weights, build(product(transpose_b=True), (32, 1024)))


def test_weights_that_are_computed_stay() -> None:
    stays(split_weights, build(matmul, (32, WIDTH), (WIDTH, 1024)))


def test_a_slope_for_each_channel_is_divided_too(engine: object) -> None:
    graph = build(lambda g, x: g.op("Prelu", matmul(g, x, LARGE_WEIGHTS) + normal(1024), normal(1024)), (32, WIDTH))
    after = optimize(graph)
    assert ops(after) == {"ConcatV2": 1, "_FusedMatMul": 2}
    same(engine, graph, after)


def test_without_wasm_nothing_is_split() -> None:
    graph: Graph = build(product(), (32, WIDTH))
    stays(split_weights, replace(graph, backends=("webgl", "webgpu")))
