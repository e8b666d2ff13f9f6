"""In what the nodes of a written graph differ from those of a fresh conversion, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from totfjs.graph.graph import Graph, Node
from totfjs.graph.ops import spec
from totfjs.verification.bisect.agree import is_setting
from totfjs.verification.bisect.gap import gap
from totfjs.verification.bisect.record import Blame
from totfjs.weights.entry import Entry

# Values of a weight that may be told one by one.
_TOLD = 3
# Quantized weights are off by half a step, and by what rounding adds.
_STEP, _HALF = 0.51, 2.0**-11


@dataclass(frozen=True)
class Difference:
    """A node that is not as a fresh conversion has it: `fresh` is the node it should be."""

    node: Node
    fresh: Node
    blame: Blame
    what: str
    suspicious: bool = True


def differences(written: Graph, fresh: Graph, entries: Mapping[str, Entry]) -> list[Difference]:
    """The nodes of the same name that differ, in execution order; settings belong to the nodes that read them."""
    settings = {
        value.node
        for node in written.operations
        for slot, value in enumerate(node.inputs)
        if is_setting(written, node, slot)
    }
    pairs = ((node, fresh.nodes.get(node.name)) for node in written if node.name not in settings)
    found = (_difference(written, fresh, node, other, entries) for node, other in pairs if other is not None)
    return [item for item in found if item is not None]


def repaired(written: Graph, fresh: Graph, found: Difference) -> Graph | None:
    """The written graph with one node as it should be; None where that reads nodes which it does not have."""
    node = replace(found.fresh, types=found.node.types)
    settings = {value.node for slot, value in enumerate(node.inputs) if is_setting(fresh, node, slot)}
    if any(value.node not in written.nodes for value in node.inputs if value.node not in settings):
        return None
    nodes: dict[str, Node] = {}
    for name, old in written.nodes.items():
        nodes.update({setting: fresh.nodes[setting] for setting in settings} if name == node.name else {})
        nodes[name] = node if name == node.name else nodes.get(name, old)
    return replace(written, nodes=nodes)


def _difference(
    written: Graph, fresh: Graph, node: Node, other: Node, entries: Mapping[str, Entry]
) -> Difference | None:
    if node.op != other.op:
        return Difference(node, other, "op", f"it is {node.op}, where a conversion gives {other.op}")
    if node.array is not None:
        return _of_weight(node, other, entries.get(node.name))
    if node.inputs != other.inputs:
        given, wanted = (", ".join(map(str, one.inputs)) for one in (node, other))
        swapped = "its inputs are swapped" if sorted(node.inputs) == sorted(other.inputs) else "it reads other inputs"
        return Difference(node, other, "inputs", f"{swapped}: {given}, where a conversion gives {wanted}")
    told = [*_attributes(node, other), *_settings(written, fresh, node)]
    if told:
        return Difference(node, other, "attributes", f"its {told[0]}")
    return None


def _attributes(node: Node, other: Node) -> Iterator[str]:
    for name, value in node.attrs.items():
        if _plain(value) != _plain(other.attrs.get(name)) and name not in ("shape", "_output_shapes"):
            yield f"attribute {name} is {value}, where a conversion gives {other.attrs.get(name)}"


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


def _settings(written: Graph, fresh: Graph, node: Node) -> Iterator[str]:
    """Constant operands such as axes, which differ."""
    names = spec(node.op).operand_inputs(len(node.inputs))
    for slot, value in enumerate(node.inputs):
        one, other = written.array(value), fresh.array(value) if value.node in fresh.nodes else None
        if not is_setting(written, node, slot) or one is None or other is None:
            continue
        if not np.array_equal(one.numpy(), other.numpy()):
            given, wanted = (np.asarray(array.numpy()).tolist() for array in (one, other))
            yield f"{names[slot].name} is {given}, where a conversion gives {wanted}"


def _of_weight(node: Node, other: Node, entry: Entry | None) -> Difference | None:
    assert node.array is not None and other.array is not None
    have, want = np.asarray(node.array.numpy()), np.asarray(other.array.numpy())
    if have.shape != want.shape or have.dtype.kind != want.dtype.kind:
        shapes = f"{have.dtype}{list(have.shape)}, where a conversion gives {want.dtype}{list(want.shape)}"
        return Difference(node, other, "weight", f"it is {shapes}")
    same = (have == want) | ((have != have) & (want != want))
    if same.all():
        return None
    stored = _stored(entry)
    if have.dtype.kind == "f" and (~np.isfinite(have) & np.isfinite(want)).any():
        return Difference(node, other, "weight", _overflown(have, want, stored))
    wrong = np.argwhere(~same)
    off = gap(have, want)
    within = entry is not None and entry.affine is not None and _within(entry, have, want)
    explained = ", as the rounding of its values explains" if within else ""
    first = ", ".join(_told(place, have, want) for place in wrong[:_TOLD])
    amount = f" by up to {off.largest:.3g}" if off.largest is not None else ""
    what = f"{len(wrong)} of its {have.size} values{stored} differ{amount}{explained}: {first}"
    return Difference(node, other, "weight", what, suspicious=not within)


def _overflown(have: np.ndarray, want: np.ndarray, stored: str) -> str:
    lost = ~np.isfinite(have) & np.isfinite(want)
    largest = float(np.abs(want[lost]).max())
    beyond = ", beyond the 65504 that float16 reaches" if "float16" in stored and largest > 65504 else ""
    first = ", ".join(_told(place, have, want) for place in np.argwhere(lost)[:_TOLD])
    return f"{int(lost.sum())} of its {have.size} values{stored} are no finite numbers{beyond}: {first}"


def _told(place: np.ndarray, have: np.ndarray, want: np.ndarray) -> str:
    index = tuple(int(at) for at in place)
    return f"{list(index)} is {have[index]}, should be {want[index]}"


def _stored(entry: Entry | None) -> str:
    if entry is None or entry.affine is None:
        return ""
    return f", stored as {entry.affine.dtype},"


def _within(entry: Entry, have: np.ndarray, want: np.ndarray) -> bool:
    """Whether quantization explains the difference."""
    assert entry.affine is not None
    error = np.abs(have.astype(np.float64) - want.astype(np.float64))
    scale = getattr(entry.affine, "scale", None)
    allowed = (
        _HALF * np.abs(want) + 1e-7 if scale is None else _STEP * float(scale) + 1e-6 * np.abs(want).max(initial=0)
    )
    return bool((error <= allowed).all())
