"""Which values must stay as they are: copies that an op writes into, and tensors that a list keeps."""

from __future__ import annotations

from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.graph.ops.stored import STORES

# Results that share the memory of their first operand.
VIEWS = frozenset(("Identity", "Reshape", "ExpandDims", "Squeeze", "StopGradient", "Snapshot"))


def private(graph: Graph) -> frozenset[Value]:
    """The values whose memory an op overwrites or a list keeps: passes neither replace nor share them."""
    found: set[Value] = set()
    for node in graph:
        for slot in _slots(node):
            value = node.inputs[slot]
            found.add(value)
            while graph.nodes[value.node].op in VIEWS:
                value = graph.nodes[value.node].inputs[0]
                found.add(value)
    return frozenset(found)


def _slots(node: Node) -> tuple[int, ...]:
    if node.op in STORES:
        return (STORES[node.op],)
    return () if node.array is not None else spec(node.op).overwrites
