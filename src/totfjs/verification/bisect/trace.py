"""Every value that a graph computes in numpy, and what goes into the nodes of its loops turn by turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from totfjs.graph.frames import DEAD, frames_of, has_frames, run_frames
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.interpret import results_of
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

# Turns of a loop that are kept.
TURNS = 32
_HANDLES = (DType.RESOURCE, DType.VARIANT)
_FAULTS = (OpError, ValueError, TypeError, IndexError, KeyError, AssertionError, ZeroDivisionError, NotImplementedError)


@dataclass(frozen=True)
class Turn:
    """What one node of a loop was given in one turn, and what it gave."""

    operands: tuple[Any, ...]
    results: tuple[Any, ...]


@dataclass
class Trace:
    """The values outside of loops, the turns of the nodes inside, and why numpy failed at the nodes where it did."""

    graph: Graph
    values: dict[Value, Any] = field(default_factory=dict)
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, np.ndarray]:
        """The outputs that could be computed, by name."""
        found = self.graph.outputs.items()
        return {name: np.asarray(self.values[value]) for name, value in found if value in self.values}

    def operands(self, node: Node) -> list[Any] | None:
        """What goes into a node outside of loops; None where some of it is not known."""
        known = all(value in self.values for value in node.inputs)
        return [self.values[value] for value in node.inputs] if known else None

    def plain(self, value: Value) -> bool:
        """Whether there is an array for a value, and no handle."""
        return value in self.values and self.graph.type(value).dtype not in _HANDLES


def trace(graph: Graph, inputs: Mapping[str, np.ndarray], known: Mapping[Value, Any] | None = None) -> Trace:
    """Computes a graph in numpy and keeps everything; values that are `known` are taken as they are."""
    given = {value: np.asarray(inputs[name]) for name, value in graph.inputs.items()}
    found = Trace(graph, {**given, **(known or {})})
    if has_frames(graph):
        _with_loops(found)
    else:
        for node in graph:
            if node.values and node.values[0] not in found.values and found.operands(node) is not None:
                _keep(found, node)
    return found


def recomputed(found: Trace, node: Node, instead: Mapping[Value, Any]) -> tuple[Any, ...] | None:
    """What a node gives with other operands instead of some of its own; None where numpy cannot tell."""
    values = {value: instead.get(value, found.values.get(value)) for value in node.inputs}
    try:
        return results_of(node, values, found.graph.functions)
    except _FAULTS:
        return None


def _keep(found: Trace, node: Node) -> None:
    try:
        results = results_of(node, found.values, found.graph.functions)
    except _FAULTS as error:
        found.failed[node.name] = f"{type(error).__name__}: {error}"
        return
    found.values.update(zip(node.values, results, strict=True))


def _with_loops(found: Trace) -> None:
    frames = frames_of(found.graph)

    def run(node: Node, known: dict[Value, Any]) -> tuple[Any, ...]:
        results = results_of(node, known, found.graph.functions)
        turns = found.turns.setdefault(node.name, [])
        if frames[node.name] and len(turns) < TURNS:
            turns.append(Turn(tuple(known[value] for value in node.inputs), results))
        return results

    try:
        run_frames(found.graph, found.values, run)
    except _FAULTS as error:
        found.failed["the loops"] = f"{type(error).__name__}: {error}"
    found.turns = {name: turns for name, turns in found.turns.items() if turns}
    found.values = {value: item for value, item in found.values.items() if item is not DEAD}
