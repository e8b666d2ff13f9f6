"""What the runtime reads back while it runs a graph, apart from what a GPU computes with.

TensorFlow.js reads shapes, axes and the like synchronously. They wait in the memory of the host as long as no kernel
has taken them to the GPU; from there they come back only after everything that the GPU still has to do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count

from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec

# Of their operand the runtime knows the answer without reading it.
_METADATA = frozenset(("Shape", "ShapeN", "Rank", "Size"))


def keep_on_host(graph: Graph) -> Graph:
    """The graph in which no kernel takes to the GPU what the runtime reads, as far as it comes of shapes and constants.

    Requires a graph on which the other passes are done: they would merge what this one takes apart. Ensures that a
    constant or a size that is read has no reader among the ops that compute with other data.
    """
    sizes = _sizes(graph)
    read = _read_values(graph, sizes)
    nodes: dict[str, Node] = {}
    copies: dict[str, str] = {}

    def copy(value: Value) -> Value:
        if value.node not in copies:
            name = copies[value.node] = _fresh(f"{value.node}/data", graph, nodes)
            nodes[name] = replace(graph.nodes[value.node], name=name)
        return Value(copies[value.node], value.port)

    for node in graph:
        if read and node.array is None and node.name not in sizes:
            slots = zip(node.inputs, _read(node), strict=True)
            inputs = tuple(copy(value) if value in read and not host else value for value, host in slots)
            node = node if inputs == node.inputs else replace(node, inputs=inputs)
        nodes[node.name] = node
    return replace(graph, nodes=nodes) if copies else graph


def _read(node: Node) -> tuple[bool, ...]:
    """For each operand whether the runtime reads it."""
    return tuple(item.host for item in spec(node.op).operand_inputs(len(node.inputs)))


def _sizes(graph: Graph) -> frozenset[str]:
    """The nodes that compute from shapes and constants alone."""
    found: set[str] = set()
    for node in graph:
        if node.array is not None or not node.inputs:
            continue
        known = (value.node in found or graph.nodes[value.node].array is not None for value in node.inputs)
        if node.op in _METADATA or (spec(node.op).pure and all(known)):
            found.add(node.name)
    return frozenset(found)


def _read_values(graph: Graph, sizes: Collection[str]) -> frozenset[Value]:
    """The constants and sizes that are read, and those from which they are computed."""
    slots = (pair for node in graph if node.array is None for pair in zip(node.inputs, _read(node), strict=True))
    waiting = [value for value, host in slots if host]
    found: set[Value] = set()
    while waiting:
        value = waiting.pop()
        node = graph.nodes[value.node]
        if value in found or (node.array is None and node.name not in sizes):
            continue
        found.add(value)
        if node.op not in _METADATA:
            waiting.extend(node.inputs)
    return frozenset(found)


def _fresh(name: str, graph: Graph, nodes: Mapping[str, Node]) -> str:
    return next(
        each for n in count() if (each := f"{name}_{n}" if n else name) not in graph.nodes and each not in nodes
    )
