"""The graph: nodes of the TensorFlow.js vocabulary in execution order, with named inputs and outputs.

Graphs are immutable. A pass takes one and returns another through `totfjs.graph.edit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from totfjs.graph.ops.spec import BACKENDS, Backend
from totfjs.graph.types import TensorType
from totfjs.weights.array import Array


class Value(NamedTuple):
    """One output of one node."""

    node: str
    port: int = 0

    def __str__(self) -> str:
        return self.node if self.port == 0 else f"{self.node}:{self.port}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the user's source a node comes from."""

    scope: str = ""
    place: str = ""

    def __str__(self) -> str:
        return " · ".join(part for part in (self.scope, self.place) if part)


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `array` is the content of a Const and None for every other op."""

    name: str
    op: str
    inputs: tuple[Value, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    types: tuple[TensorType, ...] = ()
    array: Array | None = None
    origin: Origin = Origin()

    @property
    def values(self) -> tuple[Value, ...]:
        """The outputs of this node."""
        if len(self.types) == 1:
            return (Value(self.name),)
        return tuple(Value(self.name, index) for index in range(len(self.types)))

    def __repr__(self) -> str:
        inputs = ", ".join(map(str, self.inputs))
        return f"{self.name} = {self.op}({inputs}) -> {', '.join(map(str, self.types))}"


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which they can run; inputs and outputs by the user's names, in the user's order.

    `backends` are those on which the graph has to be legal.
    """

    nodes: Mapping[str, Node]
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    functions: Mapping[str, Graph] = field(default_factory=dict)
    backends: tuple[Backend, ...] = BACKENDS

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)

    def type(self, value: Value) -> TensorType:
        """The dtype and shape of a value."""
        return self.nodes[value.node].types[value.port]

    def array(self, value: Value) -> Array | None:
        """The content of a value that is a constant."""
        return self.nodes[value.node].array

    @cached_property
    def consumers(self) -> Mapping[Value, tuple[tuple[Node, int], ...]]:
        """For each used value, the nodes that read it and in which slot; graph outputs are not listed."""
        found: dict[Value, list[tuple[Node, int]]] = {}
        for node in self:
            for slot, value in enumerate(node.inputs):
                found.setdefault(value, []).append((node, slot))
        return {value: tuple(uses) for value, uses in found.items()}

    def uses(self, value: Value) -> int:
        """How often a value is read, by nodes and as a graph output."""
        return len(self.consumers.get(value, ())) + self._results.get(value, 0)

    @cached_property
    def _results(self) -> Mapping[Value, int]:
        return Counter(self.outputs.values())

    @property
    def constants(self) -> Iterator[Node]:
        """The Const nodes."""
        return (node for node in self if node.array is not None)

    @property
    def operations(self) -> Iterator[Node]:
        """The nodes that compute: all but constants and placeholders."""
        return (node for node in self if node.array is None and not node.op.startswith("Placeholder"))

    def __repr__(self) -> str:
        header = f"Graph({', '.join(self.inputs)}) -> {', '.join(self.outputs)}"
        return "\n  ".join([header, *(repr(node) for node in self)])
