from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from benchmarks.mobilenet import mobilenet

from tests.passes.harness import Builder, DType, Graph, Tensor, b, build, conv, feeds, matmul, normal, ops, same
from totfjs.graph.encode import distinct, topology
from totfjs.passes import FOLDING, PIPELINE, optimize


def cnn(g: Builder, x: Tensor) -> Tensor:
    """Convolution, normalization, activation, pooling, dense layers: nothing folded."""
    for index, channels in enumerate((4, 8)):
        y = conv(g, x, normal(3, 3, x.shape[-1], channels, seed=index)) + np.zeros(channels, np.float32)
        y = (y - normal(channels, seed=2)) / g.op("Sqrt", g.const(np.square(normal(channels, seed=3))) + 1e-3)
        y = g.op("Maximum", y * normal(channels, seed=4) + normal(channels, seed=5), 0.0)
        x = g.op("MaxPool", y, ksize=(1, 2, 2, 1), strides=(1, 2, 2, 1), padding="VALID")
    rows = g.op("StridedSlice", g.op("Shape", x), [0], [1], [1], shrink_axis_mask=1)
    flat = g.op("Reshape", x, g.op("Pack", rows, 32, axis=0))
    return g.op("Identity", matmul(g, flat, normal(5, 32), transpose_b=True) + normal(1, 5))


@pytest.fixture
def graph() -> Graph:
    return build(cnn, (b, 8, 8, 3))


def test_a_small_network_is_folded_and_fused(engine: object, graph: Graph) -> None:
    after = optimize(graph)
    assert ops(after) == {"MaxPool": 2, "Reshape": 1, "_FusedConv2D": 2, "_FusedMatMul": 1}
    same(engine, graph, after)


def test_mobilenet_has_at_most_70_nodes(engine: object) -> None:
    graph = mobilenet(32, width=0.25, classes=10)
    after = optimize(graph)
    assert sum(ops(graph).values()) == 210
    assert sum(ops(after).values()) <= 70
    same(engine, graph, after)


def test_every_step_can_be_checked(graph: Graph) -> None:
    optimize(graph, check=feeds(graph))


def test_a_step_that_changes_the_meaning_is_named(graph: Graph) -> None:
    def break_it(before: Graph) -> Graph:
        return build(lambda g, x: cnn(g, x) * 2.0, (b, 8, 8, 3)) if before is graph else before

    with pytest.raises(AssertionError, match="break_it changed out0"):
        optimize(graph, [[break_it]], check=feeds(graph))


def test_a_second_run_finds_nothing_to_do(graph: Graph) -> None:
    after = optimize(graph)
    assert optimize(after) is after
    for stage in PIPELINE:
        for step in stage:
            assert step(after) is after


def test_each_pass_is_idempotent(graph: Graph) -> None:
    for step in FOLDING:
        once = step(graph)
        assert step(once) is once
        graph = once


def test_the_result_is_deterministic() -> None:
    texts = {json.dumps(topology(distinct(optimize(build(cnn, (b, 8, 8, 3)))))) for _ in range(3)}
    assert len(texts) == 1


def test_inputs_and_outputs_keep_names_and_order(graph: Graph) -> None:
    def make(g: Builder, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        return g.op("Identity", z), x, g.op("Neg", g.op("Neg", x)), g.op("Abs", y), g.const(normal(2)) + 0.0

    after = optimize(build(make, (2,), (3,), (4,)))
    assert list(after.inputs) == ["x", "y", "z"]
    assert list(after.outputs) == [f"out{index}" for index in range(5)]
    assert len(list(after.operations)) == 1


def test_weights_keep_their_names() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        kernel, bias = (g.const(normal(*s), name=f"params/{n}") for s, n in (((3, 4), "kernel"), ((4,), "bias")))
        y = (matmul(g, x, kernel) + g.op("Reshape", bias, [1, 4])) * normal(4)
        return g.op("Relu", y)

    after = optimize(build(make, (b, 3)))
    assert "params/kernel" in {node.name for node in after.constants}


def test_functions_are_optimized_too(graph: Graph) -> None:
    body = build(lambda g, x: g.op("Identity", x + 0.0) * 2.0, (3,))
    after = optimize(replace(graph, functions={"body": body}))
    assert ops(after.functions["body"]) == {"Mul": 1}


def test_a_graph_with_nothing_to_do_is_returned_as_it_is() -> None:
    graph = build(lambda g, x: g.op("Sin", x), (b,))
    assert optimize(graph) is graph


def test_passes_that_undo_each_other_are_noticed() -> None:
    def forth(graph: Graph) -> Graph:
        return build(lambda g, x: g.op("Sin", x), (b,))

    def back(graph: Graph) -> Graph:
        return build(lambda g, x: g.op("Cos", x), (b,))

    with pytest.raises(AssertionError, match="undo each other: forth, back"):
        optimize(build(lambda g, x: g.op("Sin", x), (b,)), [[forth, back]])


def test_the_layout_of_a_network_with_channels_first_goes_away(engine: object) -> None:
    def layer(g: Builder, x: Any, channels: int) -> Tensor:
        y = conv(g, g.op("Transpose", x, [0, 2, 3, 1]), normal(3, 3, x.shape[1], channels))
        y = g.op("Transpose", y, [0, 3, 1, 2]) + normal(channels, 1, 1)
        return g.op("Maximum", y, 0.0)

    def make(g: Builder, x: Tensor) -> Tensor:
        y = layer(g, layer(g, x, 4), 5)
        return g.op("Mean", y, [2, 3], keep_dims=False)

    graph = build(make, (b, 3, 6, 6))
    after = optimize(graph)
    assert ops(after) == {"Mean": 1, "Transpose": 1, "_FusedConv2D": 2}
    same(engine, graph, after)


def test_integers_pass_through(engine: object) -> None:
    graph = build(lambda g, x: (x + 0) * 1 - g.op("Neg", x), (3,), dtype=DType.INT32)
    after = optimize(graph)
    assert ops(after) == {"AddV2": 1}
    same(engine, graph, after)
