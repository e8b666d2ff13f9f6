"""Finds the first node that a backend computes otherwise than numpy, and does not blame it for what it inherited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from totfjs.errors import EngineError
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.graph.ops.spec import TENSOR
from totfjs.runtime import Engine
from totfjs.verification.bisect.alone import alone
from totfjs.verification.bisect.device import Device, chunks, fetched, first_to_throw, in_reach
from totfjs.verification.bisect.gap import Gap, gap, leaves
from totfjs.verification.bisect.record import Step
from totfjs.verification.bisect.trace import Trace, Turn
from totfjs.verification.drawn import drawn_nodes

# A node is looked at first when it is this many times further off than all that it reads.
_JUMP = 8.0
# Nodes that are run alone before the error is called rounding, and how much an error grows from line to line.
_MOST, _GROWTH = 200, 2.0


@dataclass(frozen=True)
class Suspect:
    """A node that is wrong: what it was given and gave, and how it was told. `thrown` is what it throws."""

    node: Node
    operands: tuple[Any, ...]
    expected: tuple[Any, ...]
    actual: tuple[Any, ...]
    gap: Gap
    thrown: str = ""
    in_place: bool = False
    turn: int | None = None


@dataclass
class Search:
    """The search for the node that a backend gets wrong, for one set of inputs. `off` is the error of each value."""

    engine: Engine
    device: Device
    trace: Trace
    inputs: Mapping[str, np.ndarray]
    off: dict[Value, Gap] = field(default_factory=dict)
    got: dict[Value, np.ndarray] = field(default_factory=dict)
    ran: int = 0

    @property
    def graph(self) -> Graph:
        """The graph that runs."""
        return self.trace.graph

    def find(self) -> Suspect | None:
        """The first node that is wrong by itself; None where there is none, and `growth` tells how errors grew."""
        nodes = self._nodes()
        try:
            return self._by_values(nodes)
        except EngineError as error:
            return self._thrown(nodes, error)

    def growth(self) -> tuple[Step, ...]:
        """Where the error in place grew, from the first that is not zero to the largest."""
        steps: list[Step] = []
        most = 0.0
        for value, found in self.off.items():
            if 0 < found.error < inf and found.error > most * _GROWTH:
                most = found.error
                steps.append(Step(str(value), self.graph.nodes[value.node].op, found.error))
        return tuple(steps)

    def _nodes(self) -> list[Node]:
        drawn = drawn_nodes(self.graph)
        known = [node for node in in_reach(self.graph) if node.name not in drawn]
        return [node for node in known if any(value in self.trace.values for value in node.values)]

    def _by_values(self, nodes: Sequence[Node]) -> Suspect | None:
        values = [value for node in nodes for value in fetched(self.graph, node) if self.trace.plain(value)]
        sizes = {value: np.asarray(self.trace.values[value]).nbytes for value in values}
        for chunk in chunks(values, sizes):
            for value, array in self.device.values(self.inputs, chunk).items():
                self.off[value] = gap(array, self.trace.values[value])
                if self.off[value].error > 0:
                    self.got[value] = array
            found = self._guilty(dict.fromkeys(value.node for value in chunk), jumps=True)
            if found is not None:
                return found
        return self._guilty(dict.fromkeys(value.node for value in values), jumps=False)

    def _guilty(self, names: Mapping[str, None], *, jumps: bool) -> Suspect | None:
        for name in names:
            node = self.graph.nodes[name]
            if self.ran < _MOST and self._is_off(node) and self._jumps(node) == jumps:
                found = self._judged(node)
                if found is not None:
                    return found
        return None

    def _is_off(self, node: Node) -> bool:
        return any(
            leaves(spec(node.op), self.got[value], self.trace.values[value])
            for value in node.values
            if value in self.got
        )

    def _jumps(self, node: Node) -> bool:
        """Whether a node is much further off than what it reads."""
        own = max(self.off[value].error for value in node.values if value in self.off)
        inherited = max((self.off[value].error for value in node.inputs if value in self.off), default=0.0)
        return own > _JUMP * inherited

    def _judged(self, node: Node) -> Suspect | None:
        """The node itself, or that of its loop, if it is wrong with exact operands."""
        if node.op in ("Exit", "Merge"):
            return self._of_loop(node)
        operands = self.trace.operands(node)
        if operands is None or not all(map(self.trace.plain, node.inputs)):
            return self._in_place(node, operands or ())
        expected = tuple(self.trace.values[value] for value in node.values)
        return self.alone(node, operands, expected)

    def alone(
        self, node: Node, operands: Sequence[Any], expected: Sequence[Any], turn: int | None = None
    ) -> Suspect | None:
        """The node, if it is wrong when it is run by itself."""
        self.ran += 1
        actual = alone(self.graph, node, operands, expected).run(self.engine, self.device.backend)
        if isinstance(actual, EngineError):
            return Suspect(node, tuple(operands), tuple(expected), (), Gap(inf), actual.what, turn=turn)
        for got, want in zip(actual, expected, strict=True):
            if leaves(spec(node.op), got, want):
                return Suspect(node, tuple(operands), tuple(expected), actual, gap(got, want), turn=turn)
        return None

    def _in_place(self, node: Node, operands: Sequence[Any]) -> Suspect | None:
        """A node that cannot be run alone is held against what it gives in place, if what it reads is right."""
        if any(self.off[value].error > 0 for value in node.inputs if value in self.off):
            return None
        at = next(value for value in node.values if value in self.got)
        expected, actual = (self.trace.values[at],), (self.got[at],)
        return Suspect(node, tuple(operands), expected, actual, self.off[at], in_place=True)

    def _of_loop(self, leaving: Node) -> Suspect | None:
        """The node of a loop that is wrong in some turn; the loop itself where its values are, and no node is."""
        for node, number, turn in self._turns():
            found = self.alone(node, turn.operands, turn.results, number)
            if found is not None:
                return found
        own = max(self.off[value].error for value in leaving.values if value in self.off)
        return self._in_place(leaving, ()) if own == inf else None

    def _turns(self) -> Iterator[tuple[Node, int, Turn]]:
        """The nodes of loops in each turn, those of the first turn first."""
        most = max(map(len, self.trace.turns.values()), default=0)
        for number in range(most):
            for name, turns in self.trace.turns.items():
                node = self.graph.nodes[name]
                plain = all(self.graph.type(value).dtype in TENSOR for value in (*node.inputs, *node.values))
                if number < len(turns) and plain and spec(node.op).pure and node.inputs:
                    yield node, number, turns[number]

    def _thrown(self, nodes: Sequence[Node], error: EngineError) -> Suspect | None:
        node = first_to_throw(self.device, self.graph, nodes, self.inputs)
        if node is None:
            return None
        if node.op in ("Exit", "Merge"):
            for inner, number, turn in self._turns():
                found = self.alone(inner, turn.operands, turn.results, number)
                if found is not None:
                    return found
        operands = self.trace.operands(node) or ()
        expected = tuple(self.trace.values[value] for value in node.values if value in self.trace.values)
        return Suspect(node, tuple(operands), expected, (), Gap(inf), error.what)
