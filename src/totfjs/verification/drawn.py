"""Which outputs of a graph hang on random numbers, of which nothing but shapes and dtypes can be compared."""

from __future__ import annotations

from collections.abc import Collection

from totfjs.graph.graph import Graph, Node
from totfjs.graph.ops import random

_RANDOM = frozenset(spec.name for spec in random.OPS)


def drawn_outputs(graph: Graph) -> frozenset[str]:
    """The outputs that depend on random numbers, in whatever turn of a loop these are drawn."""
    found = drawn_nodes(graph)
    return frozenset(name for name, value in graph.outputs.items() if value.node in found)


def drawn_nodes(graph: Graph) -> frozenset[str]:
    """The nodes that draw random numbers, and all that read what they give."""
    functions = _drawing_functions(graph)
    found = {node.name for node in graph if _draws(node, functions)}
    more = found
    while more:
        more = {node.name for node in graph if node.name not in found and any(v.node in found for v in node.inputs)}
        found = found | more
    return frozenset(found)


def _drawing_functions(graph: Graph) -> frozenset[str]:
    """The functions that draw, or that call one which does."""
    found: frozenset[str] = frozenset()
    while True:
        bodies = graph.functions.items()
        more = frozenset(name for name, body in bodies if any(_draws(node, found) for node in body))
        if more == found:
            return found
        found = more


def _draws(node: Node, functions: Collection[str]) -> bool:
    if node.op in _RANDOM:
        return True
    return any(isinstance(value, str) and value in functions for value in node.attrs.values())
