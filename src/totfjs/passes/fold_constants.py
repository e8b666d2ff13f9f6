"""Constant folding: what depends on nothing but constants, or on shapes that are known, is computed now."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from math import prod

import numpy as np

from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.interpret import compute
from totfjs.graph.ops import spec
from totfjs.graph.sizes import sizes_of
from totfjs.graph.types import DType
from totfjs.passes.common_subexpressions import frozen
from totfjs.passes.constants import DEAR, READABLE
from totfjs.passes.copies import private
from totfjs.weights.array import Array, Deferred, Dense

# Elements of a result that is stored no matter how little it is made from.
FREE = 16384
HANDLES = frozenset((DType.RESOURCE, DType.VARIANT))


def fold_constants(graph: Graph) -> Graph:
    """The graph in which no pure node reads constants only.

    Requires nothing. Ensures that results are stored only where they are small or no larger than the constants they
    replace, so that a model never grows by folding; large ones are computed when they are written. Values that are
    made from known shapes become constants too. Copies that are written into stay.
    """
    edit, kept = Edit(graph), private(graph)
    names: dict[Value, str] = {}
    for node in graph:
        if (
            node.array is not None
            or not node.inputs
            or (kept and kept.intersection(node.values))
            or _reads_handles(edit, node)
        ):
            continue
        for value, array in zip(node.values, _results(edit, node), strict=False):
            name = _name(edit, node, names)
            tensor = edit.const(array, name=name)
            if tensor.type == node.types[value.port]:
                names[tensor.value] = name
                edit.replace(value, tensor)
    return edit.finish()


def _results(edit: Edit, node: Node) -> Sequence[Array]:
    """The outputs of a node as arrays; none if it has to run in the model."""
    sizes = sizes_of(edit.nodes, node.values[0]) if len(node.types) == 1 else None
    if sizes is not None and all(isinstance(size, int) for size in sizes):
        return (Dense(np.array(sizes, np.int32).reshape([int(n) for n in node.types[0].shape if isinstance(n, int)])),)
    sources = [edit.nodes[edit.current(value).node].array for value in node.inputs]
    known = [source for source in sources if source is not None]
    found = spec(node.op)
    if len(known) < len(sources) or not found.pure or found.meaning is None or found.asynchronous:
        return ()
    if not all(kind.static for kind in node.types) or not _worth_storing(edit, node, known):
        return ()
    if max(_size(node), *(source.size for source in known)) <= READABLE:
        return [Dense(result) for result in compute(node, [source.numpy() for source in known])]
    return [_deferred(node, known, port) for port in range(len(node.types))]


def _worth_storing(edit: Edit, node: Node, sources: Sequence[Array]) -> bool:
    if _size(node) <= FREE:
        return True
    if any(kind.dtype is DType.STRING for kind in node.types):
        return False
    shared = sum(
        array.size
        for value, array in zip(node.inputs, sources, strict=True)
        if array.size > DEAR and edit.graph.uses(value) > 1
    )
    return _size(node) <= sum(source.size for source in sources) - shared


def _size(node: Node) -> int:
    return sum(prod(int(size) for size in kind.shape if isinstance(size, int)) for kind in node.types)


def _deferred(node: Node, sources: list[Array], port: int) -> Array:
    kind = node.types[port]
    shape = [size for size in kind.shape if isinstance(size, int)]
    key: Hashable = (node.op, frozen(node.attrs), port, *(source.key for source in sources))
    return Deferred(kind.dtype.numpy, shape, partial(_computed, node, sources, port), key=key)


def _computed(node: Node, sources: Sequence[Array], port: int) -> np.ndarray:
    result: np.ndarray = compute(node, [source.numpy() for source in sources])[port]
    return result


def _name(edit: Edit, node: Node, names: Mapping[Value, str]) -> str:
    """That of the weight which the result stands for, so that weights keep their names; else the node's own."""
    operands = [(old, edit.current(old)) for old in node.inputs]
    weights = [(array.size, old, new) for old, new in operands if (array := edit.nodes[new.node].array) is not None]
    size, old, new = max(weights, key=lambda weight: weight[0], default=(0, None, None))
    if size > 1 and old is not None and new is not None and edit.graph.uses(old) == 1:
        return names.get(new, new.node)
    return node.name


def _reads_handles(edit: Edit, node: Node) -> bool:
    return any(edit.tensor(value).dtype in HANDLES for value in (*node.inputs, *node.values))
