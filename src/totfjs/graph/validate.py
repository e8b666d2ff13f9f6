"""The last check of a graph before it is written: every node is one that its backends run right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from totfjs.errors import IllegalGraphError
from totfjs.graph.builder import Builder
from totfjs.graph.graph import Graph, Node
from totfjs.graph.lists import shared_lists
from totfjs.graph.ops import Limit, spec

# What a list is that several nodes change, on any backend.
SHARED = "the list that it changes is read elsewhere"


def check_legal(graph: Graph) -> None:
    """Raises IllegalGraphError naming each node that some backend of the graph refuses or gets wrong."""
    problems = list(_problems(graph, graph.functions))
    if problems:
        raise IllegalGraphError(
            "The model needs operations that not every backend runs right:\n" + "\n".join(problems),
            remedy="Convert for fewer backends, as in --backends cpu,wasm, or change the model there.",
        )


def violations(graph: Graph, functions: Mapping[str, Graph]) -> Iterator[tuple[Node, Limit]]:
    """Each node that some backend of the graph refuses or gets wrong, with the limit that says why."""
    builder = Builder(graph.backends)
    builder.nodes, builder.functions = dict(graph.nodes), dict(functions)
    for node in graph:
        if node.array is None:
            found = spec(node.op)
            operands = [builder.operand(builder.tensor(value)) for value in node.inputs]
            call = found.complete(operands, node.attrs, node.name, builder.functions)
            yield from ((node, limit) for limit in found.violations(call, graph.backends))


def _problems(graph: Graph, functions: Mapping[str, Graph]) -> Iterator[str]:
    for node, limit in violations(graph, functions):
        backends = [backend for backend in limit.backends if backend in graph.backends]
        yield f"  {node.op} {node.name!r} on {', '.join(backends)}: {limit.reason}{_place(node)}"
    for node in shared_lists(graph, functions):
        yield f"  {node.op} {node.name!r}: {SHARED}{_place(node)}"
    for function in graph.functions.values():
        yield from _problems(function, functions)


def _place(node: Node) -> str:
    return f" ({node.origin})" if str(node.origin) else ""
