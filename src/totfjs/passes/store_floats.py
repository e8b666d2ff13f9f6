"""Numbers that were cast are stored as what they are, before WebGPU moves their axes."""

from __future__ import annotations

from collections.abc import Iterator

from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.types import DType

# They take the memory of their operand as it is.
_VIEWS = frozenset(
    ("Reshape", "ExpandDims", "Squeeze", "Identity", "IdentityN", "StopGradient", "Snapshot", "EnsureShape", "Print")
)
# They transpose, or run functions that may.
_MOVING = frozenset(
    (
        *("Transpose", "Einsum", "BatchToSpaceND", "EuclideanNorm", "ArgMax", "ArgMin", "Cumsum", "Cumprod"),
        *("Sum", "Mean", "Prod", "Max", "Min"),
    )
)
_CARRYING = ("While", "StatelessWhile", "If", "StatelessIf", "Enter", "Switch", "Merge", "NextIteration", "Tensor")
_MOST_DIMS = 6


def store_floats(graph: Graph) -> Graph:
    """The graph in which 0 is added to what was cast to float32 and is transposed by some kernel.

    On WebGPU such a cast renames the memory of the integers, which every kernel but the transpose bears in mind.
    Requires a graph on which the other passes are done: they drop additions of 0. The result is the same everywhere.
    """
    edit = Edit(graph)
    for node in graph:
        if node.op == "Cast" and _renames(graph, node) and _is_moved(graph, node.values[0]):
            with edit.origin(node.origin):
                number = edit.op("Cast", edit.tensor(node.inputs[0]), **node.attrs)
            edit.rewrite(node, "AddV2", number, edit.const(0.0, DType.FLOAT32))
    return edit.finish()


def _renames(graph: Graph, node: Node) -> bool:
    kind = graph.type(node.inputs[0])
    return node.attrs["DstT"] is DType.FLOAT32 and kind.dtype in (DType.INT32, DType.BOOL) and kind.rank <= _MOST_DIMS


def _is_moved(graph: Graph, value: Value) -> bool:
    return any(
        (reader.op in _MOVING and graph.type(seen).rank > 2) or reader.op.startswith(_CARRYING)
        for seen in _seen_as(graph, value)
        for reader, _ in graph.consumers.get(seen, ())
    )


def _seen_as(graph: Graph, value: Value) -> Iterator[Value]:
    """The values that share the memory of one."""
    yield value
    for reader, slot in graph.consumers.get(value, ()):
        if reader.op in _VIEWS and (slot == 0 or reader.op == "IdentityN"):
            yield from _seen_as(graph, reader.values[slot if reader.op == "IdentityN" else 0])
