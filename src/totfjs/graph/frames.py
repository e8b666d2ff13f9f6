"""Runs graphs with frames: Switch and Merge route values, Enter to Exit is a loop, NextIteration closes it.

A value on a branch that is not taken is `DEAD`; so is all that is computed from it, until a Merge takes the live one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError

Values = dict[Value, Any]
Run = Callable[[Node, Values], "tuple[Any, ...]"]
Frame = tuple[str, ...]

DEAD: Final = object()
_ROUTES = ("Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond")


def has_frames(graph: Graph) -> bool:
    """Whether a graph needs this way of running."""
    return any(node.op in _ROUTES for node in graph)


def frames_of(graph: Graph) -> dict[str, Frame]:
    """The loops around each node, the outermost first."""
    return _Frames(graph, lambda node, values: ()).frames


def run_frames(graph: Graph, values: Values, run: Run) -> dict[str, Any]:
    """The outputs for the inputs in `values`; `run` computes one ordinary node."""
    _Frames(graph, run).execute((), values)
    missing = [name for name, value in graph.outputs.items() if values.get(value, DEAD) is DEAD]
    if missing:
        raise OpError(f"the output {missing[0]} is on a branch that is not taken")
    return {name: values[value] for name, value in graph.outputs.items()}


class _Frames:
    def __init__(self, graph: Graph, run: Run) -> None:
        self.run = run
        self.ops = {node.name: node.op for node in graph}
        self.members: dict[Frame, list[Node]] = {}
        self.frames: dict[str, Frame] = {}
        waiting = list(graph)
        while waiting:  # the nodes of a loop are in no order that fits all of them
            left = [node for node in waiting if not self._place(node)]
            if len(left) == len(waiting):
                raise OpError(f"the graph waits for itself at {left[0]}")
            waiting = left
        for node in graph:
            self.members.setdefault(self.frames[node.name], []).append(node)

    def _place(self, node: Node) -> bool:
        """The first input of a Merge comes from outside of the loop that it starts."""
        sources = [value.node for value in (node.inputs[:1] if node.op == "Merge" else node.inputs)]
        if any(source not in self.frames for source in sources):
            return False
        self.frames[node.name] = self._frame(node, [self.frames[source] for source in sources])
        return True

    def _frame(self, node: Node, around: list[Frame]) -> Frame:
        inner = max(around, key=len, default=())
        if node.op == "Enter":
            return (*inner, node.attrs["frame_name"])
        return inner[:-1] if node.op == "Exit" else inner

    def execute(self, frame: Frame, values: Values) -> None:
        """Runs the nodes of a frame once, and the loops inside it, as soon as what they read is there."""
        loops = [inner for inner in self.members if len(inner) == len(frame) + 1 and inner[: len(frame)] == frame]
        waiting: list[Node | Frame] = [*self.members.get(frame, ()), *loops]
        while waiting:
            left = [item for item in waiting if not self._advance(item, values)]
            if len(left) == len(waiting):
                raise OpError(f"the graph waits for itself at {left[0]}")
            waiting = left

    def _advance(self, item: Node | Frame, values: Values) -> bool:
        if isinstance(item, tuple):
            return self._loop(item, values)
        if all(value in values for value in item.values):
            return True
        if item.op == "Exit" or not self._ready(item, values):
            return False
        values.update(zip(item.values, self._results(item, values), strict=True))
        return True

    def _ready(self, node: Node, values: Values) -> bool:
        return all(value in values for value in node.inputs)

    def _results(self, node: Node, values: Values) -> Iterable[Any]:
        operands = [values[value] for value in node.inputs]
        if node.op == "Merge":
            return (next((operand for operand in operands if operand is not DEAD), DEAD),)
        if any(operand is DEAD for operand in operands):
            return (DEAD,) * len(node.types)
        if node.op == "Switch":
            return (DEAD, operands[0]) if operands[1] else (operands[0], DEAD)
        return operands if node.op in _ROUTES else self.run(node, values)

    def _loop(self, frame: Frame, outer: Values) -> bool:
        """Runs a loop to its end and gives its results to the frame around it; False when operands are missing."""
        nodes = self.members[frame]
        entries = [node for node in nodes if node.op == "Enter"]
        exits = [node for node in self.members[frame[:-1]] if node.op == "Exit" and self._leaves(node, frame)]
        if not all(self._ready(node, outer) for node in entries) or not self._reads_ready(nodes, frame, outer):
            return False
        arriving = {node.values[0]: outer[node.inputs[0]] for node in entries}
        while arriving:
            values: Values = {**outer, **arriving}
            self._merge_arriving(nodes, values)
            self.execute(frame, values)
            for node in exits:
                if outer.get(node.values[0], DEAD) is DEAD:
                    outer[node.values[0]] = values[node.inputs[0]]
            closing = (node for node in nodes if node.op == "NextIteration")
            arriving = {node.values[0]: values[node.inputs[0]] for node in closing}
            arriving = {value: item for value, item in arriving.items() if item is not DEAD}
        return True

    def _leaves(self, node: Node, frame: Frame) -> bool:
        return self.frames[node.inputs[0].node] == frame

    def _reads_ready(self, nodes: Iterable[Node], frame: Frame, outer: Values) -> bool:
        """Constants and the like may be read inside a loop without entering it."""
        inside = len(frame)
        return all(
            value in outer
            for node in nodes
            if node.op not in ("Enter", "Merge")
            for value in node.inputs
            if len(self.frames[value.node]) < inside
        )

    def _merge_arriving(self, nodes: Iterable[Node], values: Values) -> None:
        """A Merge at the head of a loop takes what enters at first, and what the last turn gave afterwards."""
        for node in nodes:
            if node.op == "Merge" and any(self.ops[value.node] == "NextIteration" for value in node.inputs):
                arrived = (values.get(value, DEAD) for value in node.inputs)
                values[node.values[0]] = next((item for item in arrived if item is not DEAD), DEAD)
