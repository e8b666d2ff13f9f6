"""Whether values agree, and which values of one graph another one has too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.verification.bisect.gap import gap
from totfjs.verification.bisect.trace import Trace
from totfjs.verification.compare import stored_form

# What leads into a loop, around in it, and along branches: it gives what it is given.
ROUTES = ("Switch", "Merge", "Enter", "NextIteration", "LoopCond")


def agree(
    actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: float, drawn: Collection[str] = ()
) -> bool:
    """Whether outputs agree; those that were drawn are left out."""
    return all(
        name in actual and gap(actual[name], stored_form(value)).error <= tolerance
        for name, value in expected.items()
        if name not in drawn
    )


@dataclass(frozen=True)
class Values:
    """The values of a graph that is held to be right, to be found by name or by what they are."""

    trace: Trace
    tolerance: float

    def has(self, value: Value, array: Any) -> bool:
        """Whether the graph has this value: under the same name, or under any other."""
        return self.same(value, array) or self.alike(array) is not None

    def has_inside(self, array: Any) -> bool:
        """Whether the graph has this value in the first turn of a loop, or outside of loops."""
        first = (turns[0].results for turns in self.trace.turns.values())
        inside = (item for results in first for item in results if isinstance(item, np.ndarray | np.generic))
        return any(self.close(array, item) for item in inside) or self.alike(array) is not None

    def same(self, value: Value, array: Any) -> bool:
        """Whether the graph has this value under the same name."""
        return self.trace.plain(value) and self.close(array, self.trace.values[value])

    def alike(self, array: Any) -> Value | None:
        """The first value of the graph that is the same; those without elements are all the same."""
        array = np.asarray(array)
        found = (value for value in self._by_shape.get(array.shape, ()) if self.close(array, self.trace.values[value]))
        return next(found, None)

    def close(self, actual: Any, expected: Any) -> bool:
        """Whether two values are the same."""
        actual, expected = np.asarray(actual), np.asarray(expected)
        return actual.shape == expected.shape and gap(actual, expected).error <= self.tolerance

    @cached_property
    def _by_shape(self) -> dict[tuple[int, ...], list[Value]]:
        found: dict[tuple[int, ...], list[Value]] = {}
        for value in self.trace.values:
            if self.trace.plain(value):
                found.setdefault(np.shape(self.trace.values[value]), []).append(value)
        return found


def first_strange(trace: Trace, right: Values, wrong: Collection[Value]) -> Node | None:
    """The first node on a way to a wrong output along which no value is known to the right graph.

    Inside of a loop it is the first turn that counts, in which what goes in is still right. A single number belongs to
    the node that reads it.
    """
    graph = trace.graph
    seen: dict[str, bool] = {}
    waiting = [value for value in wrong if _strange(trace, right, value)]
    while waiting:
        node = graph.nodes[waiting.pop().node]
        if node.name not in seen:
            seen[node.name] = node.op not in ROUTES and (node.array is None or node.array.size > 1)
            read = (value for slot, value in enumerate(node.inputs) if not is_setting(graph, node, slot))
            waiting.extend(value for value in read if _strange(trace, right, value))
    strange = {name for name, told in seen.items() if told}
    first = [name for name in strange if not any(value.node in strange for value in graph.nodes[name].inputs)]
    inside = next((name for name in trace.turns if name in first), None)
    ordered = [node for node in graph if node.name in (first or strange)]
    return graph.nodes[inside] if inside else next(iter(ordered), None)


def is_setting(graph: Graph, node: Node, slot: int) -> bool:
    """Whether an operand is a constant which the runtime reads before it runs the op, such as an axis or a shape."""
    item = spec(node.op).operand_inputs(len(node.inputs))[slot]
    return item.host and graph.array(node.inputs[slot]) is not None


def _strange(trace: Trace, right: Values, value: Value) -> bool:
    """Whether a value is unknown to the right graph. What leads into a loop is gone through, and no value itself."""
    if value in trace.values:
        return trace.plain(value) and not right.has(value, trace.values[value])
    turns = trace.turns.get(value.node)
    if turns is None:
        return trace.graph.nodes[value.node].op in ROUTES
    return not right.has_inside(turns[0].results[value.port])


def wrong_outputs(graph: Graph, actual: Trace, expected: Mapping[str, Any], tolerance: float) -> Iterator[Value]:
    """The outputs of a graph that are not as expected."""
    for name, value in graph.outputs.items():
        if name in expected and not agree(actual.outputs, {name: expected[name]}, tolerance):
            yield value
