"""Slices that are all the parts of one value are made by one op: exporters write the parts of a split one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError
from totfjs.passes.copies import private

# A slice by the value and the axis of which it is a part, and where it begins and ends.
_Part = tuple[int, int, Node]


def join_slices(graph: Graph) -> Graph:
    """The graph in which slices that cover one axis of a value, each part once, are one SplitV.

    Requires that they are whole along all other axes. Ensures the same parts, with one op: exact.
    """
    edit, kept = Edit(graph), private(graph)
    found: dict[tuple[Value, int], list[_Part]] = defaultdict(list)
    for node in graph:
        part = _part(graph, node) if node.op == "Slice" and node.values[0] not in kept else None
        if part is not None:
            axis, begin = part
            found[node.inputs[0], axis].append((begin, begin + _length(node, axis), node))
    for (value, axis), parts in found.items():
        ordered = sorted(parts, key=lambda each: each[:2])
        if _covers(ordered, graph.type(value).shape[axis]):
            _join(edit, value, axis, [node for _, _, node in ordered])
    return edit.finish()


def _part(graph: Graph, node: Node) -> tuple[int, int] | None:
    """The one axis along which a slice is not whole, and where it begins; None if there is no such axis."""
    array = graph.array(node.inputs[1])
    before, after = graph.type(node.inputs[0]).shape, node.types[0].shape
    axes = [axis for axis, sizes in enumerate(zip(before, after, strict=True)) if sizes[0] != sizes[1]]
    if array is None or len(axes) != 1:
        return None
    begins = [int(each) for each in array.numpy()]
    if any(begin for axis, begin in enumerate(begins) if axis != axes[0]) or not isinstance(after[axes[0]], int):
        return None
    return axes[0], begins[axes[0]]


def _length(node: Node, axis: int) -> int:
    size = node.types[0].shape[axis]
    assert isinstance(size, int)
    return size


def _covers(parts: Iterable[_Part], size: object) -> bool:
    """Whether each part begins where the one before it ends, from the first element to the last, and none is empty."""
    end = 0
    for begin, after, _ in parts:
        if begin != end or after == begin:
            return False
        end = after
    return end == size


def _join(edit: Edit, value: Value, axis: int, nodes: list[Node]) -> None:
    try:
        with edit.origin(nodes[0].origin):
            sizes = [_length(node, axis) for node in nodes]
            parts = edit.ops("SplitV", edit.tensor(edit.current(value)), sizes, axis)
    except OpError:
        return
    for node, part in zip(nodes, parts, strict=True):
        edit.replace(node.values[0], part)
    edit.wish(parts[0].value.node, nodes[0].name)
