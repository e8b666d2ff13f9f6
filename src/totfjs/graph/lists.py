"""Lists that are changed while something else still reads them: the runtime has one list where the graph has two.

An op that changes a list may share it only with what runs before, which is what the op is computed from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from totfjs.graph.graph import Graph, Node, Value

_CHANGES = ("TensorListSetItem", "TensorListPushBack")
_BODIES = {"If": ("then_branch", "else_branch"), "While": ("body",)}


def shared_lists(graph: Graph, functions: Mapping[str, Graph]) -> Iterator[Node]:
    """The nodes that change a list which is read elsewhere."""
    for node in graph:
        for value in _changed(graph, node, functions):
            if _read_elsewhere(graph, value, node):
                yield node


def _read_elsewhere(graph: Graph, changed: Value, node: Node) -> bool:
    """Handles that went through an Identity are the same list."""
    names = _same(graph, changed)
    if any(_source(graph, value) == changed for value in graph.outputs.values()):
        return True
    readers = {reader.name for name in names for reader, _ in graph.consumers.get(name, ()) if reader.op != "Identity"}
    return not readers - {node.name} <= _before(graph, node)


def _changed(graph: Graph, node: Node, functions: Mapping[str, Graph]) -> Iterator[Value]:
    if node.op in _CHANGES:
        yield _source(graph, node.inputs[0])
    for attr in _BODIES.get(node.op.removeprefix("Stateless"), ()):
        body = functions.get(node.attrs[attr])
        if body is not None:
            first = len(node.inputs) - len(body.inputs)
            arguments = dict(zip(body.inputs.values(), node.inputs[first:], strict=True))
            changed = {value for inner in body for value in _changed(body, inner, functions)}
            yield from (_source(graph, arguments[value]) for value in arguments if value in changed)


def _source(graph: Graph, value: Value) -> Value:
    while graph.nodes[value.node].op == "Identity":
        value = graph.nodes[value.node].inputs[0]
    return value


def _same(graph: Graph, source: Value) -> set[Value]:
    """All names of a handle."""
    found, waiting = {source}, [source]
    while waiting:
        for reader, _ in graph.consumers.get(waiting.pop(), ()):
            if reader.op == "Identity" and reader.values[0] not in found:
                found.add(reader.values[0])
                waiting.append(reader.values[0])
    return found


def _before(graph: Graph, node: Node) -> set[str]:
    """What a node is computed from."""
    found: set[str] = set()
    waiting = [node.name]
    while waiting:
        for value in graph.nodes[waiting.pop()].inputs:
            if value.node not in found:
                found.add(value.node)
                waiting.append(value.node)
    return found
