"""Common subexpressions: the same computation is done once, the same constant stored once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.passes.copies import private

# Ops whose operands may change places. Maximum and Minimum are not among them: which NaN wins depends on the order.
COMMUTATIVE = frozenset(("AddV2", "Mul", "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "SquaredDifference"))


def merge_common_subexpressions(graph: Graph) -> Graph:
    """The graph in which nodes that compute the same are one.

    Requires nothing. Ensures that no two pure nodes have the same op, attributes and operands, and no two constants
    the same key. Inputs, ops with effects or of a random nature, and copies that are written into stay apart.
    """
    edit, kept = Edit(graph), private(graph)
    first: dict[Hashable, Node] = {}
    for node in graph:
        if not _mergeable(node) or (kept and kept.intersection(node.values)):
            continue
        same = first.setdefault(_key(edit, node), node)
        if same is not node and same.types == node.types:
            for old, new in zip(node.values, same.values, strict=True):
                edit.replace(old, new)
    return edit.finish()


def _mergeable(node: Node) -> bool:
    if node.array is not None:
        return True
    found = spec(node.op)
    return found.pure and found.meaning is not None and bool(node.inputs)


def _key(edit: Edit, node: Node) -> Hashable:
    if node.array is not None:
        return "Const", node.types[0].dtype, node.array.key
    inputs: tuple[Value, ...] = tuple(map(edit.current, node.inputs))
    if node.op in COMMUTATIVE:
        inputs = tuple(sorted(inputs))
    return node.op, inputs, frozen(node.attrs)


def frozen(attrs: Mapping[str, Any]) -> Hashable:
    """Attributes as something to compare by."""
    return tuple(sorted((name, _hashable(value)) for name, value in attrs.items()))


def _hashable(value: Any) -> Hashable:
    if isinstance(value, str | int):  # dtypes are text
        return (type(value), value)
    return (type(value).__name__, repr(value))
