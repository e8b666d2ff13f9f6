from __future__ import annotations

import numpy as np

from tests.passes.harness import b, build, feeds, ops
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.passes.host_values import keep_on_host


def readers(graph: Graph, name: str) -> set[str]:
    """The ops that read a node."""
    return {node.op for node in graph for value in node.inputs if value.node == name}


def shared_axis(builder: Builder, x: Tensor) -> Tensor:
    """The constant 0 is an axis, and what x is compared with."""
    zero = builder.const(np.array(0, np.int32))
    whole = builder.op("Cast", x, DstT=DType.INT32)
    return builder.op("GatherV2", builder.op("Maximum", whole, zero), builder.const(np.array([1, 0], np.int32)), zero)


def test_a_constant_that_is_read_is_not_taken_to_the_gpu() -> None:
    graph = build(shared_axis, (2, 3))
    after = keep_on_host(graph)
    zeros = [node.name for node in after.constants if node.array is not None and node.array.numpy().shape == ()]
    assert sorted(map(sorted, (readers(after, name) for name in zeros))) == [["GatherV2"], ["Maximum"]]
    given = feeds(graph)
    np.testing.assert_array_equal(interpret(after, given)["out0"], interpret(graph, given)["out0"])


def shared_size(builder: Builder, x: Tensor) -> Tensor:
    """The batch is part of a shape that is read, and a number to compute with."""
    size = builder.op("Slice", builder.op("Shape", x), np.array([0], np.int32), np.array([1], np.int32))
    shape = builder.op("ConcatV2", size, np.array([2, 3], np.int32), np.array(0, np.int32))
    whole = builder.op("Cast", x, DstT=DType.INT32)
    return builder.op("Reshape", builder.op("Mul", whole, size), shape)


def test_a_size_that_is_read_is_computed_twice_when_data_need_it_too() -> None:
    graph = build(shared_size, (b, 6))
    after = keep_on_host(graph)
    assert ops(after)["Slice"] == 2
    assert ops(after)["Shape"] == 1
    read = next(node.inputs[1].node for node in after if node.op == "Reshape")
    assert {reader for value in after.nodes[read].inputs for reader in readers(after, value.node)} == {"ConcatV2"}
    given = feeds(graph)
    np.testing.assert_array_equal(interpret(after, given)["out0"], interpret(graph, given)["out0"])


def test_a_graph_in_which_nothing_is_shared_is_left_alone() -> None:
    graph = build(lambda builder, x: builder.op("Sum", x, np.array([0], np.int32)), (2, 3))
    assert keep_on_host(graph) is graph
    once = keep_on_host(build(shared_axis, (2, 3)))
    assert keep_on_host(once) is once
