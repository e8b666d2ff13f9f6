"""Editing a graph: a pass adds nodes, says which value replaces which, and gets a new graph back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from totfjs.graph.builder import Builder, Operandlike, Tensor
from totfjs.graph.graph import Graph, Node, Value


class Edit(Builder):
    """The changes of one pass. `finish` drops what nothing reads and gives new nodes the names they ask for."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph.backends)
        self.graph = graph
        self.nodes = dict(graph.nodes)
        self.inputs = dict(graph.inputs)
        self.functions = dict(graph.functions)
        self._replaced: dict[Value, Value] = {}
        self._wanted: dict[str, str] = {}

    def replace(self, old: Value, new: Tensor | Value) -> None:
        """Lets every reader of `old`, outputs included, read `new`; the types have to agree."""
        value = new.value if isinstance(new, Tensor) else new
        before, after = self.tensor(old).type, self.tensor(value).type
        if before != after:
            raise TypeError(f"{old} is {before}, its replacement {value} is {after}")
        self._replaced[old] = value

    def rewrite(self, old: Node, op: str, *operands: Operandlike, named: str | None = None, **attrs: Any) -> Tensor:
        """Replaces a node with one output by another op; it takes the name `named` (that of `old` if not given)."""
        with self.origin(old.origin):
            tensor = self.op(op, *operands, name="rewrite", **attrs)
        self._wanted[tensor.value.node] = named or old.name
        self.replace(old.values[0], tensor)
        return tensor

    def wish(self, node: str, name: str) -> None:
        """Asks that a new node be called `name` once that is free."""
        self._wanted[node] = name

    def fresh(self, name: str) -> str:
        """A name that is not taken; the node gets the name it asks for once that is free."""
        candidate = super().fresh(name)
        if candidate != name:
            self._wanted[candidate] = name
        return candidate

    def current(self, value: Value) -> Value:
        """What stands for a value after the replacements made so far."""
        while value in self._replaced:
            value = self._replaced[value]
        return value

    def finish(self) -> Graph:
        """The new graph; the old one itself when nothing was changed."""
        if not self._replaced:
            return self.graph
        outputs = {name: self.current(value) for name, value in self.graph.outputs.items()}
        resolved = {name: self._resolved(node) for name, node in self.nodes.items()}
        kept = [resolved[name] for name in reachable(resolved, outputs.values(), self.inputs.values())]
        return _renamed(
            replace(self.graph, nodes={node.name: node for node in kept}, outputs=outputs, functions=self.functions),
            self._wanted,
        )

    def _resolved(self, node: Node) -> Node:
        if self._replaced.keys().isdisjoint(node.inputs):
            return node
        return _changed(node, node.name, tuple(map(self.current, node.inputs)))


def _changed(node: Node, name: str, inputs: tuple[Value, ...]) -> Node:
    """What `dataclasses.replace` does, several times as fast."""
    return Node(name, node.op, inputs, node.attrs, node.types, node.array, node.origin)


def prune(graph: Graph) -> Graph:
    """The graph without the nodes that no output needs; inputs stay."""
    kept = reachable(graph.nodes, graph.outputs.values(), graph.inputs.values())
    if len(kept) == len(graph.nodes):
        return graph
    return replace(graph, nodes={name: graph.nodes[name] for name in kept})


def reachable(nodes: Mapping[str, Node], outputs: Iterable[Value], inputs: Iterable[Value]) -> list[str]:
    """The nodes that the outputs need, and the inputs, in an order in which they can run (loops of frames allowed)."""
    done: dict[str, None] = {value.node: None for value in inputs}
    for output in outputs:
        stack = [(output.node, False)]
        started: set[str] = set()
        while stack:
            name, expanded = stack.pop()
            if name in done or (not expanded and name in started):
                continue
            if expanded:
                done[name] = None
                continue
            started.add(name)
            stack.append((name, True))
            stack.extend((value.node, False) for value in reversed(nodes[name].inputs))
    return list(done)


def _candidates(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{suffix}" for suffix in count(1))


def _renamed(graph: Graph, wanted: Mapping[str, str]) -> Graph:
    taken = set(graph.nodes)
    names: dict[str, str] = {}
    candidates: dict[str, Iterator[str]] = {}
    for name, wish in wanted.items():
        if name in graph.nodes:
            untried = candidates.setdefault(wish, _candidates(wish))
            names[name] = next(free for free in untried if free not in taken)
            taken.add(names[name])
    if not names:
        return graph

    def moved(value: Value) -> Value:
        return Value(names[value.node], value.port) if value.node in names else value

    def called(node: Node) -> Node:
        for value in node.inputs:
            if value.node in names:
                break
        else:
            if node.name not in names:
                return node
        return _changed(node, names.get(node.name, node.name), tuple(map(moved, node.inputs)))

    nodes = {node.name: node for node in map(called, graph)}
    outputs = {name: moved(value) for name, value in graph.outputs.items()}
    return replace(graph, nodes=nodes, outputs=outputs)
