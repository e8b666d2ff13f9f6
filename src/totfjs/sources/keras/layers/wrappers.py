"""Layers around layers: Bidirectional and TimeDistributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import reverse
from totfjs.sources.keras.architecture import Layer, leaves, mapped
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.sequences import Given
from totfjs.sources.keras.use import Flow, Use


def _bidirectional(use: Use) -> Any:
    given = Given.of(use)
    half = len(given.states) // 2
    forward, backward = (
        _flows(use, name, given, states)
        for name, states in (("forward_layer", given.states[:half]), ("backward_layer", given.states[half:]))
    )
    held = use.layer.children["forward_layer"].config
    sequences, mode = bool(held.get("return_sequences")), use.config.get("merge_mode", "concat")
    ahead, behind = forward[0].tensor, backward[0].tensor
    if sequences:
        behind = reverse(behind, [0 if held.get("time_major") else 1])
    mask = given.passed if sequences else None
    merged = [Flow(y, mask) for y in _merged(use, mode, ahead, behind)]
    flows = (*merged, *forward[1:], *backward[1:])
    return flows if len(flows) > 1 else flows[0]


def _flows(use: Use, name: str, given: Given, states: Sequence[Tensor]) -> list[Flow]:
    """What one of the two layers gives."""
    heeded = {} if given.mask is None else {"mask": Flow(given.mask)}
    state = {"initial_state": [Flow(x) for x in states]} if states else {}
    return list(leaves(use.child(name, Flow(given.x, given.mask), **heeded, **state), Flow))


def _merged(use: Use, mode: Any, ahead: Tensor, behind: Tensor) -> list[Tensor]:
    match mode:
        case None:
            return [ahead, behind]
        case "concat":
            return [ahead.builder.op("ConcatV2", ahead, behind, ahead.rank - 1)]
        case "sum":
            return [ahead + behind]
        case "ave":
            return [(ahead + behind) * 0.5]
        case "mul":
            return [ahead * behind]
    raise use.refuse(f"its merge_mode {mode!r} is none of Keras")


def _two_ways(layer: Layer) -> Mapping[str, Layer]:
    """The layer as it is, and one that goes the other way."""
    forward = layer.config["layer"]
    backward = layer.config.get("backward_layer")
    if not isinstance(backward, Layer):
        turned = not forward.config.get("go_backwards", False)
        backward = replace(forward, config={**forward.config, "go_backwards": turned})
    return {"forward_layer": _one_way(forward, "forward_"), "backward_layer": _one_way(backward, "backward_")}


def _one_way(layer: Layer, prefix: str) -> Layer:
    """The layer under its name in Keras; one that gives all steps gives zeros at masked ones.

    The Keras that was not TensorFlow's did not do so; one tells it by its layers, which know no `time_major`.
    """
    named = replace(layer, name=prefix + layer.name.removeprefix(prefix))
    if layer.generation < 2 or (layer.generation == 2 and "time_major" not in layer.config):
        return named
    blank = bool(layer.config.get("return_sequences", False))
    return replace(named, config={**layer.config, "zero_output_for_mask": blank})


# --- TimeDistributed --------------------------------------------------------------------------------------------------


def _time_distributed(use: Use) -> Any:
    """The layer on each step: as layers do not mix what is in a batch, all steps of all sequences are one."""
    held = use.layer.children["layer"]
    if any(layer.config.get("stateful") for layer in held.walk()):
        raise use.refuse(f"{held} is stateful, and would carry its state from step to step")
    batch, time = use.x.shape[:2]
    if any(flow.tensor.rank < 3 or flow.tensor.shape[:2] != (batch, time) for flow in use.flows):
        raise use.refuse("its inputs are not all (batch, time, features…) of the same batch and time")
    mask = use.mask
    given = mapped(lambda flow: Flow(_together(flow.tensor)), use.args[0], Flow)
    if mask is not None:
        given = mapped(lambda flow: flow._replace(mask=_together(mask)), given, Flow)
    found = use.child("layer", given)
    return mapped(lambda flow: _apart(use, flow, (batch, time), mask), found, Flow)


def _together(x: Tensor) -> Tensor:
    """A sequence for each item of a batch, as one batch of all steps."""
    return reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _apart(use: Use, flow: Flow, sizes: tuple[Any, Any], mask: Tensor | None) -> Flow:
    y = reshape(flow.tensor, (*sizes, *flow.tensor.shape[1:]))
    if use.layer.generation >= 3:
        return Flow(y, mask)
    if flow.mask is not None:
        return Flow(y, reshape(flow.mask, (*sizes, *flow.mask.shape[1:])))
    if mask is not None and mask.rank > 2:
        mask = mask.builder.op("Any", mask, list(range(2, mask.rank)))
    return Flow(y, mask)


def _held(layer: Layer) -> Mapping[str, Layer]:
    return {"layer": layer.config["layer"]}


LAYERS = {
    "Bidirectional": Kind(_bidirectional, children=_two_ways),
    "TimeDistributed": Kind(_time_distributed, children=_held),
}
