"""Findings in words: what goes wrong, who is to blame, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.graph import Graph, Node, Value
from totfjs.verification.bisect.alone import Alone, alone, known_of
from totfjs.verification.bisect.backend import Search, Suspect
from totfjs.verification.bisect.gap import gap
from totfjs.verification.bisect.layers import WrongLayer
from totfjs.verification.bisect.record import Blame, Finding, Range, Step, range_of
from totfjs.verification.bisect.trace import Trace, recomputed

if TYPE_CHECKING:
    from totfjs.verification.bisect.conversion import Again, Fault

_AGAIN = "Convert the model again, and compare its files with these."
_REPORT = "Report it with the case that --save DIR (save=) writes"
_REMEDIES: Mapping[Blame, str] = {
    "weight": "Convert the model again from its weights; where they were quantized, leave this one out.",
    "inputs": _AGAIN,
    "op": _AGAIN,
    "attributes": _AGAIN,
    "lowering": f"This is a fault of totfjs. {_REPORT}, and write this step of the model in another way meanwhile.",
    "pass": f"This is a fault of totfjs. {_REPORT}.",
    "source": "The source gives it too: look at the inputs above, and at what it does there.",
    "rounding": "Allow for it with --tolerance, or look at where the error grows most.",
    "unknown": "Give the source as well (--against SOURCE), to learn which node it is.",
}
_RIGHT = "Use another backend for this model ({right} computes it right), or convert it again with this totfjs, "
_AVOIDS = "which avoids what is known of the backends."


def of_backend(found: Suspect, search: Search, right: Sequence[str], sizes: Mapping[str, int], origin: str) -> Finding:
    """A node that a backend gets wrong."""
    node, backend = found.node, search.device.backend
    known = known_of(node, found.operands, backend) if found.operands else ""
    inside = "" if found.turn is None else f" in turn {found.turn + 1} of its loop"
    if found.thrown:
        what = f"{node.name} ({node.op}) cannot be computed on {backend}{inside}: {found.thrown}"
    else:
        told = "in place" if found.in_place else "by itself, with exact inputs"
        what = f"{node.name} ({node.op}) is computed wrongly by the backend {backend}{inside}: {told}"
        what += f", it {found.gap.reason}." if found.gap.reason else ", it gives other values than the op means."
    remedy = (
        _RIGHT.format(right=", ".join(right)) if right else "Convert the model again with this totfjs, "
    ) + _AVOIDS
    case = None if found.in_place or not found.operands else _case(search.graph, node, found.operands, found.expected)
    return Finding(
        "backend",
        node.name,
        node.op,
        what,
        remedy,
        backends=(backend,),
        right=tuple(right),
        error=None if found.thrown else found.gap.error,
        max_abs_error=found.gap.largest,
        output=range_of(str(node.values[0]), found.actual[0]) if found.actual else None,
        expected=range_of(str(node.values[0]), found.expected[0]) if found.expected else None,
        inputs=tuple(_ranges(search.graph, node, found.operands)),
        origin=origin,
        known=known,
        sizes=sizes,
        case_of=case,
    )


def of_growth(growth: tuple[Step, ...], backend: str, error: float, thrown: str, sizes: Mapping[str, int]) -> Finding:
    """No node is wrong by itself, and still the outputs are."""
    if thrown:
        what = f"The model cannot be run on {backend}: {thrown} No node of it fails when the model is run up to it."
        remedy = "Run it on another backend; it may take more memory than this one has."
        return Finding("backend", "", "", what, remedy, (backend,), sizes=sizes)
    steps = growth or (Step("the inputs", "", error),)
    first, last = (f"{step.error:.2g} after {step.node}" for step in (steps[0], steps[-1]))
    what = f"No single node is computed wrongly on {backend}: the error grows from {first} to {last}, step by step."
    node, op = steps[-1].node if growth else "", steps[-1].op
    return Finding(
        "rounding", node, op, what, _REMEDIES["rounding"], (backend,), error=error, growth=growth, sizes=sizes
    )


def of_fault(fault: Fault, again: Again, sizes: Mapping[str, int]) -> Finding:
    """A node that the conversion got wrong."""
    node, written = fault.node, again.written
    if node is None:
        return Finding(
            fault.blame, "", "", f"{_sentence(fault.what)}.", _REMEDIES[fault.blame], growth=fault.growth, sizes=sizes
        )
    found = written.trace
    here = node.name in written.graph.nodes
    value = node.values[0] if here and node.values and found.plain(node.values[0]) else None
    actual = fault.actual[0] if fault.actual else None if value is None else found.values[value]
    expected = fault.expected[0] if fault.expected else None
    off = gap(actual, expected) if actual is not None and _comparable(actual, expected) else None
    origin = fault.origin or str(again.origins.get(node.name) or node.origin)
    return Finding(
        fault.blame,
        node.name,
        node.op,
        f"{node.name} ({node.op}) is wrong since its conversion: {fault.what}.",
        _REMEDIES[fault.blame],
        error=None if off is None else off.error,
        max_abs_error=None if off is None else off.largest,
        output=None if actual is None else range_of(node.name, actual),
        expected=None if expected is None else range_of(node.name, expected),
        inputs=tuple(_ranges(written.graph, node, found.operands(node) or ())) if here else (),
        origin=origin,
        step=fault.step,
        growth=fault.growth,
        sizes=sizes,
        case_of=_written_case(found, node, fault.expected) if here else None,
    )


def of_pairs(found: Trace, expected: Mapping[str, Any], tolerance: float, sizes: Mapping[str, int]) -> Finding:
    """The graph does not give the pairs: without a source, only weights that are no numbers tell where."""
    wrong = [name for name, array in expected.items() if gap(found.outputs[name], array).error > tolerance]
    off = gap(found.outputs[wrong[0]], expected[wrong[0]])
    bad = next((node for node in found.graph.constants if node.array is not None and _is_bad(node.array.numpy())), None)
    if bad is not None:
        assert bad.array is not None
        what = f"{bad.name} (Const) is a weight with values that are no finite numbers, and the outputs are wrong."
        told = range_of(bad.name, bad.array.numpy(), weight=True)
        return Finding("weight", bad.name, "Const", what, _REMEDIES["weight"], output=told, sizes=sizes)
    what = f"The graph of the model gives other values for {', '.join(wrong)} than the pairs, whatever the backend."
    return Finding(
        "unknown", "", "", what, _REMEDIES["unknown"], error=off.error, max_abs_error=off.largest, sizes=sizes,
        output=range_of(wrong[0], found.outputs[wrong[0]]), expected=range_of(wrong[0], expected[wrong[0]]),
    )  # fmt: skip


def of_source(found: Trace, sizes: Mapping[str, int]) -> Finding | None:
    """Where NaN or infinity comes up first, out of finite operands."""
    for node in found.graph.operations:
        operands = found.operands(node)
        values = [found.values[value] for value in node.values if found.plain(value)]
        if operands is not None and any(map(_is_bad, values)) and not any(map(_is_bad, operands)):
            what = (
                f"Nothing differs, and {node.name} ({node.op}) is the first to give values that are no finite numbers."
            )
            return Finding(
                "source", node.name, node.op, what, _REMEDIES["source"], output=range_of(node.name, values[0]),
                inputs=tuple(_ranges(found.graph, node, operands)), origin=str(node.origin), sizes=sizes,
            )  # fmt: skip
    return None


def of_layer(found: WrongLayer, backend: str, sizes: Mapping[str, int]) -> Finding:
    """A layer that tfjs-layers gets wrong."""
    reason = found.thrown or found.gap.reason or "it gives other values than the layer means"
    how = "cannot be computed" if found.thrown else "is computed wrongly"
    return Finding(
        "backend",
        found.layer,
        found.kind,
        f"The layer {found.layer} ({found.kind}) {how} by tfjs-layers on {backend}: {reason}.",
        "Convert the model as a graph model (--to graph), which does not need tfjs-layers.",
        backends=(backend,),
        error=None if found.thrown else found.gap.error,
        max_abs_error=found.gap.largest,
        output=None if found.actual is None else range_of(found.layer, found.actual),
        expected=None if found.expected is None else range_of(found.layer, found.expected),
        inputs=tuple(range_of(name, array) for name, array in found.inputs.items()),
        origin=found.layer,
        sizes=sizes,
    )


def merged(findings: Sequence[Finding]) -> Finding:
    """One finding for the same node on several backends."""
    first, *others = findings
    if not others:
        return first
    backends = tuple(name for found in findings for name in found.backends)
    what = first.what.replace(f"the backend {first.backends[0]}", f"the backends {' and '.join(backends)}")
    what = what.replace(f" on {first.backends[0]}", f" on {' and '.join(backends)}")
    right = tuple(name for name in first.right if name not in backends)
    return replace(first, what=what, backends=backends, right=right)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_bad(array: Any) -> bool:
    array = np.asarray(array)
    return array.dtype.kind in "fc" and not bool(np.isfinite(array).all())


def _comparable(actual: Any, expected: Any) -> bool:
    return expected is not None and np.shape(actual) == np.shape(expected)


def _ranges(graph: Graph, node: Node, operands: Sequence[Any]) -> Iterator[Range]:
    for value, operand in zip(node.inputs, operands, strict=False):
        if isinstance(operand, np.ndarray | np.generic):
            yield range_of(str(value), operand, weight=graph.array(value) is not None)


def _case(
    graph: Graph, node: Node, operands: Sequence[Any], expected: Sequence[Any]
) -> tuple[Alone, dict[str, Any]] | None:
    """The node alone, and what it should give."""
    if len(expected) != len(node.types):
        return None
    made = alone(graph, node, operands, expected)
    return made, dict(zip(made.graph.outputs, expected, strict=True))


def _written_case(found: Trace, node: Node, expected: Sequence[Any]) -> tuple[Alone, dict[str, Any]] | None:
    """A written node alone; of a weight, the first node that reads it."""
    if node.array is not None:
        return _reading(found, node, expected)
    operands = found.operands(node)
    shapes = [np.shape(found.values[value]) for value in node.values if value in found.values]
    if operands is None or not operands or shapes != [np.shape(item) for item in expected]:
        return None
    return _case(found.graph, node, operands, expected)


def _reading(found: Trace, weight: Node, expected: Sequence[Any]) -> tuple[Alone, dict[str, Any]] | None:
    """The first node that reads a weight, with the weight as it is, and what it would give with the right one."""
    value: Value = weight.values[0]
    readers = found.graph.consumers.get(value, ())
    if not readers or not expected or np.shape(expected[0]) != np.shape(found.values[value]):
        return None
    node = readers[0][0]
    operands = found.operands(node)
    right = recomputed(found, node, {value: expected[0]})
    if operands is None or right is None:
        return None
    return _case(found.graph, node, operands, right)
