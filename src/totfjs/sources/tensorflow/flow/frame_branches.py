"""The Merges of one branch of TensorFlow 1 as an If, or a Case, with a body for each side."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from totfjs.sources.tensorflow.flow.framed import constant, identity
from totfjs.sources.tensorflow.flow.guards import NONE, Group, Guarded
from totfjs.sources.tensorflow.program import Argument, Body, Node, Ref


@dataclass(frozen=True)
class FrameBranch:
    """A group of Merges as the node of a name, whose bodies see `nodes`.

    Its results are those of the Merges, then for each the number of the input that came. `reads` has, for what the
    bodies need from outside, the argument that stands for it.
    """

    guarded: Guarded
    group: Group
    name: str
    nodes: dict[str, Node]
    reads: dict[Ref, Ref] = field(default_factory=dict)

    def node(self, body: Body) -> Node:
        """The branch as one node."""
        bodies = [self._side(body, side) for side in range(self.group.sides)]
        arguments = tuple(Argument(each.node, "") for each in self.reads.values())
        bodies = [replace(each, arguments=arguments) for each in bodies]
        inputs, origin = (self.group.condition, *self.reads), (self.group.merges[0].name,)
        if len(bodies) == 2 and self._of_two():
            attrs = {"then_branch": bodies[1], "else_branch": bodies[0]}
            return Node(self.name, "If", inputs, (), attrs, origin)
        return Node(self.name, "Case", inputs, (), {"branches": tuple(bodies)}, origin)

    def merges(self) -> Iterator[Node]:
        """What stands for the Merges."""
        count = len(self.group.merges)
        for at, node in enumerate(self.group.merges):
            yield identity(node, Ref(self.name, "", at), Ref(self.name, "", count + at))

    def _of_two(self) -> bool:
        """Whether the condition is one of Switch, not the number of a branch."""
        framed = self.guarded.framed
        ops = {node.op for node in framed.nodes.values() if framed.condition(node) == self.group.condition}
        return "_SwitchN" not in ops

    def _side(self, body: Body, side: int) -> Body:
        """One side: what its results need, up to the Switches and what is outside."""
        wanted = [merge.inputs[order[side]] for merge, order in zip(self.group.merges, self.group.order, strict=True)]
        numbers = [
            constant(f"{self.name}:index:{side}:{at}", np.array(order[side], np.int32))
            for at, order in enumerate(self.group.order)
        ]
        results = {str(at): ref for at, ref in enumerate([*wanted, *(Ref(number.name) for number in numbers)])}
        given = {number.name: number for number in numbers} | self._edge(wanted, side)
        return Body(body.name, ChainMap(given, self.nodes), (), results)

    def _edge(self, wanted: list[Ref], side: int) -> dict[str, Node]:
        """What stands, within a side, for the Switches and for what is computed outside of it."""
        given: dict[str, Node] = {}
        outer: dict[str, dict[int, Ref]] = {}
        waiting, seen = list(wanted), set[Ref]()
        while waiting:
            ref = waiting.pop()
            if ref in seen:
                continue
            seen.add(ref)
            source = self.nodes.get(ref.node)
            if source is not None and self._switches(ref.node):
                own = self._argument(source.inputs[0])
                given[ref.node] = replace(
                    source, op="IdentityN", inputs=(own,) * self.group.sides, controls=(), attrs={}
                )
            elif source is None or (source.inputs and not self._inside(ref.node, side)):
                outer.setdefault(ref.node, {})[ref.place] = self._argument(ref)
            else:
                waiting += source.inputs
        return given | {name: _several(name, places) for name, places in outer.items()}

    def _switches(self, name: str) -> bool:
        framed = self.guarded.framed
        return framed.condition(framed.nodes.get(name)) == self.group.condition

    def _inside(self, name: str, side: int) -> bool:
        return (self.group.condition, side) in self.guarded.guards.get(name, NONE)

    def _argument(self, ref: Ref) -> Ref:
        """The argument of the bodies that stands for a value outside of them."""
        return self.reads.setdefault(ref, Ref(f"{self.name}:{len(self.reads)}"))


def _several(name: str, places: dict[int, Ref]) -> Node:
    """A node that gives some values at the places of its outputs; the other places are never read."""
    filler = next(iter(places.values()))
    return Node(name, "IdentityN", tuple(places.get(at, filler) for at in range(max(places) + 1)))
