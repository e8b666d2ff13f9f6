"""Tables that hold constants are filled once, when the model first runs: by the initializer of a `model.json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from totfjs.graph.graph import Graph, Node, Value

_FILLING = ("InitializeTable", "InitializeTableV2", "LookupTableImport", "LookupTableImportV2")
_TABLE = ("HashTable", "HashTableV2")


def initializer(graph: Graph) -> Graph | None:
    """The part of a graph that fills its tables with constants; the runtime knows a table by the name of its node."""
    fillings = list(_fillings(graph))
    if not fillings:
        return None
    names = [value.node for filling in fillings for value in filling.inputs]
    nodes = {name: graph.nodes[name] for name in dict.fromkeys(names)}
    return Graph(nodes | {filling.name: filling for filling in fillings}, {}, {}, backends=graph.backends)


def initialized(graph: Graph) -> Graph:
    """The graph without what its initializer does: lookups read the tables themselves."""
    moved = {filling.values[0]: filling.inputs[0] for filling in _fillings(graph)}
    if not moved:
        return graph
    gone = {value.node for value in moved}
    nodes = {
        node.name: replace(node, inputs=tuple(moved.get(value, value) for value in node.inputs))
        for node in graph
        if node.name not in gone
    }
    return replace(graph, nodes=nodes, outputs={name: moved.get(v, v) for name, v in graph.outputs.items()})


def _fillings(graph: Graph) -> Iterator[Node]:
    """Where constants fill a table that nothing reads before."""
    for node in graph:
        if node.op not in _FILLING or graph.nodes[node.inputs[0].node].op not in _TABLE:
            continue
        if graph.uses(node.inputs[0]) == 1 and all(_constant(graph, value) for value in node.inputs[1:]):
            yield node


def _constant(graph: Graph, value: Value) -> bool:
    return graph.array(value) is not None
