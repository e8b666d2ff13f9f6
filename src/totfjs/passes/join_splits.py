"""Arithmetic on the parts of two values is done once, on the wholes; recurrent cells add their gates one by one."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError
from totfjs.passes.copies import private
from totfjs.passes.elementwise import BINARY

# Ops that take a value apart, and the operand that they take apart.
SPLITS = {"SplitV": 0, "Split": 1, "Unpack": 0}


def join_splits(graph: Graph) -> Graph:
    """The graph in which f(a, b) is taken apart where f was of each part of a and the same part of b.

    Requires that both are taken apart alike, and that each part of the first is read by one elementwise op alone,
    which reads the same part of the other too, in the same order. Ensures one such op and one fewer split: exact.
    """
    edit, kept = Edit(graph), private(graph)
    done: set[str] = set()
    for node in graph:
        readers = _readers(graph, node) if node.op in SPLITS and node.name not in done else []
        partner = graph.nodes[readers[0].inputs[1].node] if readers else node
        if readers and partner.name not in done and not kept.intersection(*(reader.values for reader in readers)):
            parts = _parts(edit, node, partner, readers[0])
            for reader, part in zip(readers, parts, strict=False):
                edit.replace(reader.values[0], part)
            done.update((node.name, partner.name) if parts else ())
    return edit.finish()


def _readers(graph: Graph, node: Node) -> list[Node]:
    """The op that reads each part, in order; empty unless all of them are the pattern."""
    found = [_reader(graph, value) for value in node.values]
    readers = [reader for reader in found if reader is not None]
    if len(readers) < len(found) or len(readers) < 2:
        return []
    first = readers[0]
    partner = graph.nodes[first.inputs[1].node]
    alike = all(
        (reader.op, dict(reader.attrs)) == (first.op, dict(first.attrs))
        and reader.inputs[1] == Value(partner.name, port)
        for port, reader in enumerate(readers)
    )
    return readers if alike and partner.name != node.name and _same_way(graph, node, partner) else []


def _reader(graph: Graph, value: Value) -> Node | None:
    """The elementwise op that alone reads a value, as its first operand."""
    readers = graph.consumers.get(value, ())
    if len(readers) != 1 or graph.uses(value) != 1 or readers[0][1] != 0 or readers[0][0].op not in BINARY:
        return None
    return readers[0][0]


def _same_way(graph: Graph, node: Node, partner: Node) -> bool:
    place = SPLITS[node.op]
    if partner.op != node.op or dict(partner.attrs) != dict(node.attrs) or partner.types != node.types:
        return False
    rest, other = (tuple(value for slot, value in enumerate(item.inputs) if slot != place) for item in (node, partner))
    return rest == other and graph.type(node.inputs[place]) == graph.type(partner.inputs[place])


def _parts(edit: Edit, node: Node, partner: Node, reader: Node) -> tuple[Tensor, ...]:
    place = SPLITS[node.op]
    wholes = [edit.tensor(edit.current(item.inputs[place])) for item in (node, partner)]
    try:
        with edit.origin(reader.origin):
            whole = edit.op(reader.op, *wholes, **reader.attrs)
            operands = [edit.tensor(edit.current(value)) for value in node.inputs]
            operands[place] = whole
            parts = edit.ops(node.op, *operands, **node.attrs)
    except OpError:
        return ()
    edit.wish(parts[0].value.node, node.name)
    return parts
