"""What running a graph costs, roughly: the multiplications of products and convolutions, else one per element."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from totfjs.graph.dims import Size, evaluate
from totfjs.graph.graph import Graph, Node, Value

# Each output element of these takes as many multiplications as the given dims of operand 1 (the filter) multiply to.
_FILTERED = {
    "Conv1D": slice(0, -1),
    "Conv2D": slice(0, -1),
    "_FusedConv2D": slice(0, -1),
    "Conv3D": slice(0, -1),
    "DepthwiseConv2dNative": slice(0, 2),
    "DepthwiseConv2d": slice(0, 2),
    "FusedDepthwiseConv2dNative": slice(0, 2),
}
_PRODUCTS = ("MatMul", "_FusedMatMul", "BatchMatMul", "BatchMatMulV2")


def multiplications(graph: Graph, sizes: Mapping[str, int]) -> int:
    """The cost of one run with the given sizes of the dynamic dims; dims that only the data decides count as one."""
    return sum(_cost(graph, node, sizes) for node in graph.operations)


def _cost(graph: Graph, node: Node, sizes: Mapping[str, int]) -> int:
    outputs = sum(prod(_shape(graph, value, sizes)) for value in node.values)
    if node.op in _FILTERED:
        return outputs * prod(_shape(graph, node.inputs[1], sizes)[_FILTERED[node.op]])
    if node.op in _PRODUCTS:
        transposed = node.attrs.get("transpose_a") or node.attrs.get("adj_x")
        return outputs * _shape(graph, node.inputs[0], sizes)[-2 if transposed else -1]
    if node.op == "Conv2DBackpropInput":
        return prod(_shape(graph, node.inputs[2], sizes)) * prod(_shape(graph, node.inputs[1], sizes)[:3])
    return outputs


def _shape(graph: Graph, value: Value, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(_size(size, sizes) for size in graph.type(value).shape)


def _size(size: Size, sizes: Mapping[str, int]) -> int:
    if isinstance(size, int):
        return size
    return evaluate(size, sizes) if size.symbols <= sizes.keys() else 1
