"""Dead nodes: what no output needs."""

from __future__ import annotations

from totfjs.graph.edit import prune
from totfjs.graph.graph import Graph


def drop_dead_nodes(graph: Graph) -> Graph:
    """The graph without nodes that no output needs.

    Requires nothing. Ensures that every node but the inputs feeds an output; inputs stay, read or not.
    """
    return prune(graph)
