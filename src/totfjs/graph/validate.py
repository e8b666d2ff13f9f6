"""The last check of a graph before it is written: every node is one that its backends run right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from totfjs.errors import IllegalGraphError
from totfjs.graph.builder import Builder
from totfjs.graph.graph import Graph, Node
from totfjs.graph.lists import shared_lists
from totfjs.graph.ops import spec


def check_legal(graph: Graph) -> None:
    """Raises IllegalGraphError naming each node that some backend of the graph refuses or gets wrong."""
    problems = list(_problems(graph, graph.functions))
    if problems:
        raise IllegalGraphError(
            "The model needs operations that not every backend runs right:\n" + "\n".join(problems),
            remedy="Convert for fewer backends, as in --backends cpu,wasm, or change the model there.",
        )


def _problems(graph: Graph, functions: Mapping[str, Graph]) -> Iterator[str]:
    builder = Builder(graph.backends)
    builder.nodes, builder.functions = dict(graph.nodes), dict(functions)
    for node in graph:
        if node.array is None:
            yield from _violations(builder, node)
    for node in shared_lists(graph, functions):
        place = f" ({node.origin})" if str(node.origin) else ""
        yield f"  {node.op} {node.name!r}: the list that it changes is read elsewhere{place}"
    for function in graph.functions.values():
        yield from _problems(function, functions)


def _violations(builder: Builder, node: Node) -> Iterator[str]:
    found = spec(node.op)
    operands = [builder.operand(builder.tensor(value)) for value in node.inputs]
    call = found.complete(operands, node.attrs, node.name, builder.functions)
    for limit in found.violations(call, builder.backends):
        backends = [backend for backend in limit.backends if backend in builder.backends]
        place = f" ({node.origin})" if str(node.origin) else ""
        yield f"  {node.op} {node.name!r} on {', '.join(backends)}: {limit.reason}{place}"
