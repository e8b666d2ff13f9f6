"""Which values must stay as they are: copies that an op writes into, and tensors that a list keeps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from totfjs.graph.graph import Graph, Value
from totfjs.graph.ops import vocabulary
from totfjs.graph.ops.stored import STORES

# Results that share the memory of their first operand.
VIEWS = frozenset(("Identity", "Reshape", "ExpandDims", "Squeeze", "StopGradient", "Snapshot"))


def private(graph: Graph) -> frozenset[Value]:
    """The values whose memory an op overwrites or a list keeps: passes neither replace nor share them."""
    found: set[Value] = set()
    keepers = _keepers()
    for node in graph:
        for slot in keepers.get(node.op, ()):
            value = node.inputs[slot]
            found.add(value)
            while graph.nodes[value.node].op in VIEWS:
                value = graph.nodes[value.node].inputs[0]
                found.add(value)
    return frozenset(found)


@cache
def _keepers() -> Mapping[str, tuple[int, ...]]:
    """The operands that an op overwrites or stores, for the few ops that do."""
    overwriting = {name: spec.overwrites for name, spec in vocabulary().items() if spec.overwrites}
    return {**overwriting, **{name: (slot,) for name, slot in STORES.items()}}
