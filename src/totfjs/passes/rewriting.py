"""Rewriting by rules: a rule looks at one node and what feeds it, and says what to put in its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.builder import Operandlike, Tensor
from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError
from totfjs.graph.types import TensorType
from totfjs.passes.constants import READABLE
from totfjs.passes.copies import private
from totfjs.weights.array import Array, Dense

Apply: TypeAlias = "Callable[[Site], Tensor | Value | None]"
# Each sweep shortens chains; this many cannot be needed.
SWEEPS = 1000
# Shapes, axes, orders of axes and factors are constants of no more elements.
FEW = 16


@dataclass(frozen=True)
class Rule:
    """What to do with nodes of some ops.

    `apply` returns the value that takes the place of the node's first output, or None where the pattern does not hold.
    An OpError raised on the way means that the replacement would not be legal: the node stays as it is.
    """

    what: str
    ops: tuple[str, ...]
    apply: Apply


@dataclass(frozen=True, slots=True)
class Sweep:
    """One pass over all nodes: what was replaced, and by what; the constants of a few numbers."""

    edit: Edit
    replaced: set[str] = field(default_factory=set)
    reused: set[Value] = field(default_factory=set)
    numbers: dict[Hashable, Value] = field(default_factory=dict)


class Site:
    """A node under a rule: what feeds it, and the means to build what replaces it.

    Nodes that were replaced in the same sweep have no `producer`; the next sweep sees what took their place.
    """

    def __init__(self, sweep: Sweep, node: Node) -> None:
        self.edit, self.graph, self.node = sweep.edit, sweep.edit.graph, node
        self._replaced, self._reused, self._numbers = sweep.replaced, sweep.reused, sweep.numbers
        self.inputs = tuple(map(self.edit.current, node.inputs))

    def type(self, value: Value) -> TensorType:
        """The type of a value."""
        return self.edit.nodes[value.node].types[value.port]

    def producer(self, value: Value, *ops: str) -> Node | None:
        """The node that computes a value, if it is one of `ops`."""
        node = self.graph.nodes.get(value.node)
        return node if node is not None and node.op in ops and node.name not in self._replaced else None

    def inner(self, value: Value, *ops: str) -> Node | None:
        """The producer of a value that nothing but the matched pattern reads."""
        return self.producer(value, *ops) if self.sole(value) else None

    def sole(self, value: Value) -> bool:
        """Whether a value has one reader, graph outputs included."""
        return value not in self._reused and self.graph.uses(value) == 1

    def array(self, value: Value) -> Array | None:
        """The content of a constant."""
        return self.edit.nodes[value.node].array

    def constant(self, value: Value) -> np.ndarray | None:
        """The content of a constant that is small enough to look at."""
        array = self.array(value)
        return array.numpy() if array is not None and array.size <= READABLE else None

    def with_constant(self, node: Node | None = None) -> tuple[Value, np.ndarray] | None:
        """The operands of a commutative node as (the other one, the constant)."""
        first, second = self.operands(node)[:2]
        for value, other in ((second, first), (first, second)):
            constant = self.constant(value)
            if constant is not None and self.array(other) is None:
                return other, constant
        return None

    def operands(self, node: Node | None = None) -> tuple[Value, ...]:
        """The inputs of a node of the pattern, as they are now."""
        return self.inputs if node is None else tuple(map(self.edit.current, node.inputs))

    def const(self, array: Array | np.ndarray, name: str = "") -> Tensor:
        """A constant, named as given or after the matched node; one that is there already if it is a few numbers."""
        name = name or f"{self.node.name}/const"
        if not isinstance(array, np.ndarray | np.generic) or array.size > FEW or array.dtype.kind not in "if":
            return self.edit.const(array, name=name)
        key = _key(np.asarray(array))
        if key not in self._numbers:
            self._numbers[key] = self.edit.const(array, name=name).value
        return self.edit.tensor(self._numbers[key])

    def op(self, op: str, *operands: Operandlike | Value, **attrs: Any) -> Tensor:
        """A new node from the same place in the source."""
        tensors = [self.edit.tensor(item) if isinstance(item, Value) else item for item in operands]
        with self.edit.origin(self.node.origin):
            return self.edit.op(op, *tensors, **attrs)


def rewrite(graph: Graph, rules: Sequence[Rule]) -> Graph:
    """Applies rules until none fires; the same object when none ever did."""
    table: dict[str, list[Rule]] = {}
    for rule in rules:
        for op in rule.ops:
            table.setdefault(op, []).append(rule)
    for _ in range(SWEEPS):
        after = _sweep(graph, table)
        if after is graph:
            return graph
        graph = after
    raise AssertionError(f"rules undo each other: {', '.join(rule.what for rule in rules)}")


def _sweep(graph: Graph, table: dict[str, list[Rule]]) -> Graph:
    edit, kept = Edit(graph), private(graph)
    sweep = Sweep(edit, numbers=_numbers(graph))
    for node in graph:
        if node.op not in table or (kept and kept.intersection(node.values)):
            continue
        found = _first(table[node.op], Site(sweep, node))
        if found is not None and found not in kept:
            edit.replace(node.values[0], found)
            sweep.replaced.add(node.name)
            sweep.reused.add(found)
    return edit.finish()


def _numbers(graph: Graph) -> dict[Hashable, Value]:
    few = ((node.array, Value(node.name)) for node in graph if node.array is not None and node.array.size <= FEW)
    return {_key(array.numpy()): value for array, value in few if isinstance(array, Dense) and array.dtype.kind in "if"}


def _key(values: np.ndarray) -> Hashable:
    return values.dtype.str, values.shape, values.tobytes()


def _first(rules: Sequence[Rule], site: Site) -> Value | None:
    """What the first rule that holds puts in the place of the node; of the same type, with the same name."""
    if len(site.node.types) > 1 and any(site.graph.uses(value) for value in site.node.values[1:]):
        return None
    for rule in rules:
        try:
            found = rule.apply(site)
        except OpError:
            continue
        if found is None:
            continue
        value = found.value if isinstance(found, Tensor) else found
        if value != site.node.values[0] and site.type(value) == site.node.types[0]:
            if value.node not in site.graph.nodes:
                site.edit.wish(value.node, site.node.name)
            return value
    return None
