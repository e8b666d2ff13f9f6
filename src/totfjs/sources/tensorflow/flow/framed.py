"""A body as TensorFlow 1 writes it: which of its nodes begin, close and leave loops, and which choose a side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from totfjs.sources.tensorflow.program import Body, Node, Ref
from totfjs.weights.array import Dense

_FRAMES = ("Switch", "Merge", "Enter", "Exit", "NextIteration")
_OUTPUTS = {"Switch": ("output_false", "output_true"), "Merge": ("output", "value_index")}


class Framed:
    """The nodes that the results of a body need, as they were written."""

    def __init__(self, body: Body) -> None:
        self.nodes = _needed(body)

    @property
    def has_frames(self) -> bool:
        """Whether there is a loop or a branch."""
        return any(kind(node) in ("Merge", "Switch", "Enter") for node in self.nodes.values())

    @property
    def frames(self) -> list[str]:
        """The names of the frames that are entered."""
        return list(dict.fromkeys(filter(None, map(frame, self.nodes.values()))))

    def head(self, node: Node) -> tuple[Ref, Ref] | None:
        """What enters and what closes the loop at a Merge; None for the Merge of a branch."""
        if kind(node) != "Merge" or len(node.inputs) != 2:
            return None
        first, second = node.inputs
        if kind(self.nodes.get(second.node)) == "NextIteration":
            return first, second
        if kind(self.nodes.get(first.node)) == "NextIteration":
            return second, first
        return None

    def condition(self, node: Node | None) -> Ref | None:
        """The condition of a Switch that is part of a branch."""
        if node is None or (kind(node) != "Switch" and node.op != "_SwitchN"):
            return None
        found = self.passed(node.inputs[1])
        return None if kind(self.nodes.get(found.node)) == "LoopCond" else found

    def passed(self, ref: Ref) -> Ref:
        """Where a value that is only passed on comes from."""
        while (node := self.nodes.get(ref.node)) is not None and kind(node) == "Identity":
            ref = node.inputs[0]
        return ref

    def readers(self, name: str, op: str) -> list[Node]:
        """The nodes of an op that read a node first of all."""
        return [node for node in self.nodes.values() if kind(node) == op and node.inputs[0].node == name]

    def sources(self, node: Node) -> tuple[Ref, ...]:
        """What a node waits for: of a loop's head what enters."""
        ends = self.head(node)
        return node.inputs if ends is None else ends[:1]

    def in_order(self) -> Iterator[Node]:
        """All nodes, each after those that it waits for."""
        done, open_ = set[str](), set[str]()
        stack = [(name, False) for name in reversed(self.nodes)]
        while stack:
            name, ready = stack.pop()
            if name in done or name not in self.nodes or (not ready and name in open_):
                continue
            node = self.nodes[name]
            if ready:
                done.add(name)
                yield node
                continue
            open_.add(name)
            stack.append((name, True))
            stack += [(each, False) for each in (*(ref.node for ref in self.sources(node)), *node.controls)]


def kind(node: Node | None) -> str:
    """The op of a node, without what says that it passes references on."""
    op = "" if node is None else node.op
    return op.removeprefix("Ref") if op[3:] in _FRAMES else op


def frame(node: Node) -> str:
    """The name of the frame that a node enters; empty for one that enters none."""
    if kind(node) != "Enter":
        return ""
    name = node.attrs["frame_name"]
    return name.decode() if isinstance(name, bytes) else str(name)


def numbered(nodes: Mapping[str, Node], ref: Ref) -> Ref:
    """A reference to an output by its name and number as one by its number alone."""
    if not ref.output:
        return ref
    from totfjs.sources.tensorflow.ops import table

    node = nodes.get(ref.node)
    row = table().get(node.op) if node is not None else None
    names = _OUTPUTS.get(kind(node)) or (row.outputs if row is not None else ())
    place = names.index(ref.output) if len(names) > 1 and ref.output in names else 0
    return Ref(ref.node, "", ref.place + place)


def identity(node: Node, *refs: Ref) -> Node:
    """A node that passes values on, in the place of another."""
    return Node(node.name, "Identity" if len(refs) == 1 else "IdentityN", refs, (), {}, (node.name, *node.origin))


def constant(name: str, value: Any) -> Node:
    """A node that gives one value."""
    return Node(name, "Const", (), (), {"value": Dense(value), "dtype": value.dtype.name})


def _needed(body: Body) -> dict[str, Node]:
    """The nodes that the results need, whose inputs are all numbered; also those that only order them."""
    found: dict[str, Node] = {}
    waiting = [ref.node for ref in body.results.values()]
    while waiting:
        name = waiting.pop()
        node = body.nodes.get(name)
        if node is None or name in found:
            continue
        inputs = tuple(numbered(body.nodes, ref) for ref in node.inputs)
        found[name] = node if inputs == node.inputs else replace(node, inputs=inputs)
        waiting += [*(ref.node for ref in node.inputs), *node.controls]
    return found
