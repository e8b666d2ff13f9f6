"""Finds the node at which a written graph leaves its source: by a fresh conversion, and by the source's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from totfjs.errors import TotfjsError
from totfjs.graph.decode import decode
from totfjs.graph.encode import distinct, programs, weights
from totfjs.graph.graph import Graph, Node, Origin, Value
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.passes import optimize
from totfjs.sources.source import Source
from totfjs.verification.bisect import passes
from totfjs.verification.bisect.agree import Values, agree, first_strange, wrong_outputs
from totfjs.verification.bisect.differences import Difference, differences, repaired
from totfjs.verification.bisect.gap import gap
from totfjs.verification.bisect.record import Blame, Step
from totfjs.verification.bisect.trace import Trace, trace
from totfjs.weights.entry import Entry

# A repair explains a fault if at most this share of the error is left; this many repairs are tried.
_LEFT, _MOST = 0.5, 200


@dataclass(frozen=True)
class Fault:
    """A node of the written graph that is wrong, and what should be there."""

    blame: Blame
    node: Node | None
    what: str
    expected: tuple[Any, ...] = ()
    actual: tuple[Any, ...] = ()
    step: str = ""
    origin: str = ""
    growth: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Written:
    """A written graph, the inputs for which it is wrong under its own names, and what the source gives by output."""

    graph: Graph
    inputs: Mapping[str, np.ndarray]
    expected: Mapping[str, np.ndarray]
    entries: Mapping[str, Entry]
    document: Mapping[str, Any]
    tolerance: float
    optimized: bool = True

    @cached_property
    def trace(self) -> Trace:
        """What the written graph computes."""
        return trace(self.graph, self.inputs)

    def wrong(self, found: Trace) -> list[Value]:
        """The outputs of a graph that are not what the source gives."""
        return list(wrong_outputs(found.graph, found, self.expected, self.tolerance))

    def right(self, found: Trace) -> bool:
        """Whether a graph computes what the source gives."""
        return agree(found.outputs, self.expected, self.tolerance)


@dataclass
class Again:
    """The source, converted afresh: before the passes and after them."""

    source: Source
    written: Written
    turn: Mapping[str, np.ndarray]
    backends: tuple[Backend, ...] = BACKENDS

    @cached_property
    def lowered(self) -> Graph:
        """The graph before the passes."""
        kept = ((self.written.document.get("userDefinedMetadata") or {}).get("totfjs") or {}).get("backends")
        for backends in (kept or self.backends, ("cpu", "wasm"), ("cpu",)):
            try:
                return self._renamed(self.source.graph(tuple(backends)))
            except TotfjsError as error:
                refusal = error
        raise refusal

    @cached_property
    def fresh(self) -> Graph:
        """The graph after the passes, as a written model has it."""
        if not self.written.optimized:
            return self.lowered
        document = {
            **programs(self._optimized),
            "userDefinedMetadata": self.written.document.get("userDefinedMetadata"),
        }
        return decode(document, dict(weights(self._optimized)))

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """Where each node of the fresh graph comes from, by its name."""
        return {node.name: node.origin for node in self._optimized}

    @cached_property
    def _optimized(self) -> Graph:
        return distinct(optimize(self.lowered)) if self.written.optimized else self.lowered

    def trace(self, graph: Graph) -> Trace:
        """What a graph of the source computes for its inputs."""
        return trace(graph, dict(zip(graph.inputs, self.turn.values(), strict=True)))

    def _renamed(self, graph: Graph) -> Graph:
        """The outputs of a layers model may have other names than those of its source."""
        names = list(self.written.graph.outputs)
        if set(graph.outputs) == set(names) or len(graph.outputs) != len(names):
            return graph
        outputs = dict(zip(names, graph.outputs.values(), strict=True))
        return Graph(graph.nodes, graph.inputs, outputs, graph.functions, graph.backends)


def locate(written: Written, again: Again) -> Fault:
    """The first node of the written graph that is wrong, and whether it was written wrongly, lowered or changed."""
    fresh = again.trace(again.fresh)
    if written.right(fresh):
        return _of_written(written, fresh)
    lowered = again.trace(again.lowered)
    if written.right(lowered):
        return _of_pass(written, again)
    return _of_lowering(written, again)


def _of_written(written: Written, fresh: Trace) -> Fault:
    """The fresh conversion is right: the written graph is not what it should be."""
    found = differences(written.graph, fresh.graph, written.entries)
    names = {node.name for node in written.graph.operations}
    alike = names == {node.name for node in fresh.graph.operations}
    strange = (
        None if alike else first_strange(written.trace, Values(fresh, written.tolerance), written.wrong(written.trace))
    )
    if strange is not None:
        named = next((item for item in found if item.node.name == strange.name and item.blame == "weight"), None)
        return _of_difference(named, fresh) if named else _of_stranger(strange, fresh)
    suspicious = [item for item in found if item.suspicious and _shows(item, written.trace, fresh)]
    if suspicious:
        weight = _other_weight(written, suspicious[0], fresh)
        return _of_difference(suspicious[0], fresh) if weight is None else weight
    return _of_many(written, found, fresh)


def _other_weight(written: Written, found: Difference, fresh: Trace) -> Fault | None:
    """A node that reads a weight which no fresh conversion has: the weight is to blame."""
    if found.blame != "inputs":
        return None
    for value, wanted in zip(found.node.inputs, found.fresh.inputs, strict=False):
        weight, right = written.graph.array(value), fresh.graph.nodes[wanted.node].array
        if weight is not None and right is not None and not Values(fresh, 0.0).has(value, weight.numpy()):
            what = f"it is read where a conversion gives {wanted.node}, and has other values"
            return Fault("weight", written.graph.nodes[value.node], what, (right.numpy(),))
    return None


def _shows(found: Difference, written: Trace, fresh: Trace) -> bool:
    """Whether a difference shows in what the node gives: some change nothing."""
    pairs = [(written.values[value], fresh.values[value])
             for value in found.node.values if written.plain(value) and fresh.plain(value)]  # fmt: skip
    return not pairs or any(gap(*pair).error > 0 for pair in pairs)


def _of_difference(found: Difference, fresh: Trace) -> Fault:
    expected = tuple(fresh.values[value] for value in found.fresh.values if value in fresh.values)
    return Fault(found.blame, found.node, f"the written node is not what a conversion gives: {found.what}", expected)


def _of_stranger(node: Node, fresh: Trace) -> Fault:
    """A node that a fresh conversion does not have: what it has in its place reads the same."""
    read = {str(value) for value in node.inputs}
    places = [other for other in fresh.graph.operations if read & {str(value) for value in other.inputs}]
    instead = next((other for other in places if {str(value) for value in other.inputs} == read), None)
    if node.array is not None:
        return Fault("weight", node, "no weight of a fresh conversion has these values")
    if instead is None:
        told = f"; there, {places[0].name} ({places[0].op}) reads {', '.join(sorted(read))}" if places else ""
        return Fault("op", node, f"a fresh conversion gives no such value{told}")
    expected = tuple(fresh.values[value] for value in instead.values if value in fresh.values)
    if instead.op == node.op:
        blame: Blame = "inputs" if instead.inputs != node.inputs else "attributes"
        return Fault(blame, node, f"a conversion gives {instead!r} in its place", expected)
    return Fault("op", node, f"it is {node.op}, where a conversion gives {instead.op} ({instead.name})", expected)


def _of_many(written: Written, found: list[Difference], fresh: Trace) -> Fault:
    """No difference stands out, as in a model of quantized weights: the one whose repair helps most is told."""
    before = _error(written, written.trace)
    left: list[tuple[float, Difference]] = []
    for item in found[:_MOST]:
        graph = repaired(written.graph, fresh.graph, item)
        if graph is not None:
            left.append((_error(written, trace(graph, written.inputs)), item))
    left.sort(key=lambda pair: pair[0])
    if left and left[0][0] <= _LEFT * before:
        return _of_difference(left[0][1], fresh)
    growth = tuple(Step(item.node.name, item.node.op, before - error) for error, item in left[:10] if error < before)
    told = "the rounding of all its weights together" if found else "no node that differs from a fresh conversion"
    return Fault("rounding", None, f"no single node is wrong: {told} moves the outputs by {before:.2g}", growth=growth)


def _error(written: Written, found: Trace) -> float:
    errors = (
        gap(found.outputs[name], value).error for name, value in written.expected.items() if name in found.outputs
    )
    return max(errors, default=0.0)


def _of_pass(written: Written, again: Again) -> Fault:
    steps = passes.applied(again.lowered)
    inputs = dict(zip(again.lowered.inputs, again.turn.values(), strict=True))
    step = passes.guilty(steps, inputs, written.tolerance)
    if step is None:
        return Fault("pass", None, "the passes together change what the model computes, and none of them alone")
    before, after = trace(step.before, inputs), trace(step.after, inputs)
    found = _healing(written, before, after, inputs) or first_strange(
        after, Values(before, written.tolerance), written.wrong(after)
    )
    what = f"the pass {step.name} changes what the model computes"
    if found is None:
        return Fault("pass", None, what, step=step.name)
    node = _in_written(written, after, found)
    should, does = (tuple(one.values[value] for value in found.values if one.plain(value)) for one in (before, after))
    what += "" if node.name == found.name else f" at {found.name} ({found.op}), which became this node"
    return Fault("pass", node, what, should, does if should else (), step.name, str(found.origin))


def _healing(written: Written, before: Trace, after: Trace, inputs: Mapping[str, np.ndarray]) -> Node | None:
    """The first node that makes the outputs right again if it gives what the node of its name gave before a pass."""
    right = Values(before, written.tolerance)
    for node in after.graph.operations:
        wrong = {
            value: before.values[value]
            for value in node.values
            if before.plain(value) and after.plain(value) and not right.same(value, after.values[value])
        }
        if wrong and written.right(trace(after.graph, inputs, wrong)):
            return node
    return None


def _of_lowering(written: Written, again: Again) -> Fault:
    """The lowering itself is wrong: the source's own steps tell at which of them."""
    intermediates = getattr(again.source, "intermediates", None)
    reason = f"{again.source.reference} has no steps of its own to compare with"
    try:
        found = intermediates(again.turn) if intermediates is not None else None
    except (TotfjsError, TypeError, ValueError, NotImplementedError) as error:
        found, reason = None, f"its steps could not be run by themselves ({type(error).__name__}: {error})"
    if found is None:
        what = "totfjs reads the source otherwise than it is meant: a fresh conversion gives the same wrong values, and"
        return Fault("lowering", None, f"{what} {reason}")
    made = again.trace(found.graph)
    growth: list[Step] = []
    for step in found.steps:
        node = found.graph.nodes[step.value.node]
        got = made.values.get(step.value)
        expected = np.asarray(step.expected)
        if got is None or not _broadcasts(np.shape(got), expected.shape):
            continue
        off = gap(np.broadcast_to(got, expected.shape), expected)
        if off.error > written.tolerance:
            place = " · ".join(part for part in (node.origin.scope, step.place or node.origin.place) if part)
            what = f"the lowering of {step.step} is wrong"
            return Fault("lowering", _in_written(written, made, node), what, (expected,), (got,), step.step, place)
        if off.error > max((item.error for item in growth), default=0.0):
            growth.append(Step(node.name, step.step, off.error))
    what = "no single step of the source is lowered wrongly: errors grow from step to step"
    return Fault("rounding", None, what, growth=tuple(growth))


def _broadcasts(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    return len(shape) == len(whole) and all(size in (1, of) for size, of in zip(shape, whole, strict=True))


def _in_written(written: Written, found: Trace, node: Node) -> Node:
    """The written node that gives what a node of another graph does: that of its name, or the first of its value."""
    if node.name in written.graph.nodes:
        return written.graph.nodes[node.name]
    values = Values(written.trace, 1e-6)
    alike = [values.alike(found.values[value]) for value in node.values if found.plain(value)]
    named = [written.graph.nodes[value.node] for value in alike if value is not None]
    return named[0] if named else _next_written(written, found.graph, node)


def _next_written(written: Written, graph: Graph, node: Node) -> Node:
    """The first node after another one that is in the written graph too; the node itself if there is none."""
    seen, queue = {node.name}, [node]
    while queue:
        current = queue.pop(0)
        if current.name in written.graph.nodes:
            return written.graph.nodes[current.name]
        for value in current.values:
            for reader, _ in graph.consumers.get(value, ()):
                if reader.name not in seen:
                    seen.add(reader.name)
                    queue.append(reader)
    return node
