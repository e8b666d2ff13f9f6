"""What works row by row works on matrices, so that nothing has to be reshaped between the products around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError
from totfjs.passes.algebra.reductions import REDUCTIONS
from totfjs.passes.algebra.shapes import RESHAPES, written
from totfjs.passes.constants import DEAR
from totfjs.passes.copies import private
from totfjs.passes.elementwise import BINARY, UNARY
from totfjs.weights.array import Array

ROW_BY_ROW = UNARY | BINARY | {"SelectV2", "Softmax", "LogSoftmax", *REDUCTIONS}


def flatten_rows(graph: Graph) -> Graph:
    """The graph in which elementwise ops, and those over the last axis alone, work on matrices next to products.

    Requires connected ops of this kind on values of rank 3 or more with the same dims before the last, and constants
    that are vectors or the same for each row, or as large. Ensures fewer reshapes: where it would take as many to get
    in and out, nothing is done. Exact.
    """
    edit, kept = Edit(graph), private(graph)
    for region in _regions(graph, kept):
        if _gain(graph, region) > 0:
            _flatten(edit, region)
    return edit.finish()


@dataclass(frozen=True, slots=True)
class Region:
    """Connected nodes whose values all have the same dims but for the last."""

    rows: Shape
    nodes: dict[str, Node] = field(default_factory=dict)

    def matrix(self, shape: Shape) -> Shape:
        """The shape of one of the values as a matrix."""
        return (dims.product(self.rows), shape[-1])

    def entries(self, graph: Graph) -> dict[Value, int]:
        """The values that come in row by row, and how often each is read."""
        found: dict[Value, int] = {}
        for node in self.nodes.values():
            for value in node.inputs:
                if value.node not in self.nodes and _is_rows(graph, value, self.rows):
                    found[value] = found.get(value, 0) + 1
        return found

    def readers(self, graph: Graph, value: Value) -> list[Node]:
        """The nodes outside that read a value."""
        return [node for node, _ in graph.consumers.get(value, ()) if node.name not in self.nodes]


def _regions(graph: Graph, kept: frozenset[Value]) -> Iterator[Region]:
    members = {node.name: node for node in graph if _is_member(graph, node) and not kept.intersection(node.values)}
    done: set[str] = set()
    for first in members.values():
        if first.name in done:
            continue
        names, waiting = {first.name}, [first]
        while waiting:
            for node in _neighbours(graph, waiting.pop(), members):
                if node.name not in names:
                    names.add(node.name)
                    waiting.append(node)
        done |= names
        yield Region(first.types[0].shape[:-1], {name: members[name] for name in _ordered(members, names)})


def _ordered(members: Mapping[str, Node], names: set[str]) -> Sequence[str]:
    """Names in the order of the graph."""
    return [name for name in members if name in names] if len(names) > 1 else list(names)


def _neighbours(graph: Graph, node: Node, members: Mapping[str, Node]) -> Iterator[Node]:
    rows = node.types[0].shape[:-1]
    for value in node.inputs:
        if value.node in members and _is_rows(graph, value, rows):
            yield members[value.node]
    for reader, _ in graph.consumers.get(node.values[0], ()):
        if reader.name in members and reader.types[0].shape[:-1] == rows:
            yield reader


def _is_member(graph: Graph, node: Node) -> bool:
    if node.op not in ROW_BY_ROW or len(node.types) != 1 or node.types[0].rank < 3:
        return False
    shape = node.types[0].shape
    if not isinstance(shape[-1], int) or written(shape) is None:
        return False
    if node.op in REDUCTIONS:
        return _is_over_last(graph, node)
    fits = [_is_rows(graph, value, shape[:-1]) for value in node.inputs]
    return any(fits) and all(
        fit or _is_small(graph, value, shape) for fit, value in zip(fits, node.inputs, strict=True)
    )


def _is_over_last(graph: Graph, node: Node) -> bool:
    value, axes = node.inputs
    over = graph.array(axes)
    if not node.attrs["keep_dims"] or over is None or over.size != 1:
        return False
    last = graph.type(value).rank - 1
    return int(over.numpy().reshape(())) in (-1, last) and isinstance(graph.type(value).shape[-1], int)


def _is_rows(graph: Graph, value: Value, rows: Shape) -> bool:
    """Whether a value that is computed has these dims before its last."""
    shape = graph.type(value).shape
    return (
        graph.array(value) is None and len(shape) == len(rows) + 1 and shape[:-1] == rows and isinstance(shape[-1], int)
    )


def _is_small(graph: Graph, value: Value, shape: Shape) -> bool:
    """Whether an operand is the same for each row, or a constant with all the rows."""
    own = graph.type(value).shape
    if len(own) < 2:
        return True
    array = graph.array(value)
    if array is None or (array.size > DEAR and graph.uses(value) > 1):
        return False
    return all(size == 1 for size in own[:-1]) or own[:-1] == shape[:-1]


def _gain(graph: Graph, region: Region) -> int:
    """How many reshapes there are less afterwards."""
    gain = 0
    for value, count in region.entries(graph).items():
        source = graph.nodes[value.node]
        goes = source.op in RESHAPES and graph.uses(value) == count
        flat = goes and graph.type(source.inputs[0]).shape == region.matrix(graph.type(value).shape)
        gain += 1 if flat else 0 if goes else -1
    for node in region.nodes.values():
        value = node.values[0]
        readers = region.readers(graph, value)
        is_result = graph.uses(value) > len(graph.consumers.get(value, ()))
        gain += sum(_is_flat(reader, region, node) for reader in readers)
        gain -= is_result or any(reader.op not in RESHAPES for reader in readers)
    return gain


def _is_flat(reader: Node, region: Region, node: Node) -> bool:
    return reader.op in RESHAPES and reader.types[0].shape == region.matrix(node.types[0].shape)


def _flatten(edit: Edit, region: Region) -> None:
    graph = edit.graph
    made: dict[Value, Tensor] = {}
    try:
        for value in region.entries(graph):
            made[value] = _as_matrix(edit, value, region)
        for node in region.nodes.values():
            made[node.values[0]] = _on_matrices(edit, node, made)
        outside = {node.values[0]: _outside(edit, node, region, made) for node in region.nodes.values()}
    except OpError:
        return
    for replacements in outside.values():
        for value, tensor in replacements.items():
            edit.replace(value, tensor)


def _as_matrix(edit: Edit, value: Value, region: Region) -> Tensor:
    shape, source = region.matrix(edit.graph.type(value).shape), edit.graph.nodes[value.node]
    if source.op in RESHAPES and edit.graph.type(source.inputs[0]).shape == shape:
        return edit.tensor(edit.current(source.inputs[0]))
    return _reshaped(edit, edit.tensor(edit.current(value)), shape)


def _reshaped(edit: Edit, tensor: Tensor, shape: Shape) -> Tensor:
    target = written(shape)
    if target is None:
        raise OpError("a shape with several symbolic dims")
    return edit.op("Reshape", tensor, edit.const(target, name="shape"))


def _on_matrices(edit: Edit, node: Node, made: Mapping[Value, Tensor]) -> Tensor:
    operands: list[Tensor] = []
    for slot, value in enumerate(node.inputs):
        array = edit.nodes[value.node].array
        if value in made:
            operands.append(made[value])
        elif node.op in REDUCTIONS and slot == 1:
            operands.append(edit.const(np.array([1], np.int32), name=value.node))
        else:
            operands.append(edit.tensor(edit.current(value)) if array is None else _constant(edit, value, array))
    with edit.origin(node.origin):
        result = edit.op(node.op, *operands, **node.attrs)
    edit.wish(result.value.node, node.name)
    return result


def _constant(edit: Edit, value: Value, array: Array) -> Tensor:
    """A constant as one row, or as a row for each."""
    if array.ndim < 2:
        return edit.tensor(value)
    rows = array.size // max(array.shape[-1], 1)
    return edit.const(array.reshape((rows, array.shape[-1])), name=value.node)


def _outside(edit: Edit, node: Node, region: Region, made: Mapping[Value, Tensor]) -> dict[Value, Tensor]:
    """What readers outside the region get instead of the value of a node and of its reshapes."""
    graph, value = edit.graph, node.values[0]
    readers = region.readers(graph, value)
    found = {reader.values[0]: made[value] for reader in readers if _is_flat(reader, region, node)}
    inside = len(graph.consumers.get(value, ())) - len(readers)
    if graph.uses(value) - inside > len(found):
        found[value] = _reshaped(edit, made[value], node.types[0].shape)
    return found
