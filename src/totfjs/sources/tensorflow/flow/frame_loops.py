"""What one frame name of TensorFlow 1 holds, as a While with two bodies."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.flow.framed import Framed, constant, frame, identity, kind
from totfjs.sources.tensorflow.program import Argument, Body, Node, Ref


@dataclass(frozen=True)
class FrameLoop:
    """A frame that is entered and gone round again; its state is what its heads carry, and what it only reads."""

    framed: Framed
    frame: str

    @cached_property
    def enters(self) -> dict[str, Node]:
        """The nodes that enter the frame."""
        return {name: node for name, node in self.framed.nodes.items() if frame(node) == self.frame}

    @cached_property
    def heads(self) -> dict[str, tuple[Ref, Ref]]:
        """The Merges at which turns begin, each with what enters there and what closes the turn; none if no loop."""
        ends = {name: self.framed.head(node) for name, node in self.framed.nodes.items()}
        return {name: found for name, found in ends.items() if found is not None and found[0].node in self.enters}

    @cached_property
    def read(self) -> list[str]:
        """The nodes which enter what is the same in every turn."""
        entering = {start.node for start, _ in self.heads.values()}
        return [name for name in self.enters if name not in entering]

    @cached_property
    def starts(self) -> list[Node]:
        """The nodes that enter the state, part by part."""
        return [
            *(self.framed.nodes[start.node] for start, _ in self.heads.values()),
            *(self.enters[name] for name in self.read),
        ]

    @cached_property
    def _switches(self) -> list[Node]:
        nodes = self.framed.nodes.values()
        return [node for node in nodes if kind(node) == "Switch" and node.inputs[0].node in self.heads]

    def _condition(self) -> str:
        """The node that says whether there is another turn."""
        running = {self.framed.passed(switch.inputs[1]).node for switch in self._switches}
        if len(running) != 1 or self.framed.nodes[next(iter(running))].op != "LoopCond":
            raise OpError(f"the loop {self.frame} has more than one condition, or none")
        return next(iter(running))

    def node(self, name: str, body: Body, nodes: dict[str, Node]) -> Node:
        """The loop as one node, whose bodies see `nodes`, also what changes in it later."""
        condition = self._condition()
        places = [*self.heads, *self.read]
        state = [Ref(f"{self.frame}:{at}") for at in range(len(places))]
        arguments = tuple(Argument(ref.node, "") for ref in state)
        given = {place: identity(self.framed.nodes[place], ref) for place, ref in zip(places, state, strict=True)}
        for switch in self._switches:
            own = given[switch.inputs[0].node].inputs[0]
            given[switch.name] = Node(switch.name, "IdentityN", (own, own), (), {}, switch.origin)
        given[condition] = constant(condition, np.array(True))
        closes = [self.framed.nodes[close.node].inputs[0] for _, close in self.heads.values()]
        after = {str(at): ref for at, ref in enumerate([*closes, *state[len(closes) :]])}
        inside = ChainMap(given, nodes)
        attrs = {
            "cond": Body(body.name, inside, arguments, {"0": self.framed.nodes[condition].inputs[0]}),
            "body": Body(body.name, inside, arguments, after),
        }
        inputs = tuple(node.inputs[0] for node in self.starts)
        return Node(name, "While", inputs, (), attrs, (next(iter(self.heads)),))

    def exits(self, name: str) -> Iterator[Node]:
        """What stands for the nodes that leave the frame, when the loop is the node of a name."""
        for at, head in enumerate(self.heads):
            for switch in (switch for switch in self._switches if switch.inputs[0].node == head):
                for node in self.framed.readers(switch.name, "Exit"):
                    yield identity(node, Ref(name, "", at))
