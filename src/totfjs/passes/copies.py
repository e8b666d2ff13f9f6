"""Which values must stay a copy of their own, because an op of the runtime writes into its operand."""

from __future__ import annotations

from totfjs.graph.graph import Graph, Value

# The cpu backend scatters into the very tensor that it is given.
WRITES = {"TensorScatterUpdate": 0}
# Results that share the memory of their first operand.
VIEWS = frozenset(("Identity", "Reshape", "ExpandDims", "Squeeze", "StopGradient", "Snapshot"))


def private(graph: Graph) -> frozenset[Value]:
    """The values that are written into, and those whose memory they share: passes leave their nodes alone."""
    found: set[Value] = set()
    for node in graph:
        if node.op in WRITES:
            value = node.inputs[WRITES[node.op]]
            found.add(value)
            while graph.nodes[value.node].op in VIEWS:
                value = graph.nodes[value.node].inputs[0]
                found.add(value)
    return frozenset(found)
