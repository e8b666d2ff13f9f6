"""Runs a live Keras model layer by layer, beside its lowering: which layer does the graph get wrong?"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.builder import Builder
from totfjs.graph.ops import BACKENDS
from totfjs.sources.intermediates import Intermediate, Intermediates
from totfjs.sources.keras.architecture import Call, Layer, leaves
from totfjs.sources.keras.live import filled
from totfjs.sources.keras.lower import Lowering, in_order
from totfjs.sources.keras.use import Flow

if TYPE_CHECKING:
    from totfjs.sources.keras.source import KerasModel


@dataclass
class Watching(Lowering):
    """A lowering that keeps what it made of the layers of the model itself, in the order of their calls."""

    made: list[list[Flow]] = field(default_factory=list)

    def call(self, layer: Layer, call: Call) -> Any:
        """As always; layers within layers are not kept."""
        outermost = not self.scopes
        result = super().call(layer, call)
        if outermost:
            self.made.append(list(leaves(result, Flow)))
        return result


def watched(source: KerasModel, model: Any, inputs: Mapping[str, np.ndarray]) -> Intermediates:
    """The layers of a live model for these inputs."""
    builder = Builder(BACKENDS)
    lowering = Watching(builder)
    lowering.model(
        source.model, [Flow(builder.input(name, kind.dtype, kind.shape)) for name, kind in source.inputs.items()]
    )
    known = {(ref.layer, ref.call) for ref in source.model.input_refs}
    calls = [(layer, index) for layer, index in in_order(source.model) if (layer.name, index) not in known]
    given = layer_outputs(source, model, inputs)
    steps = [
        Intermediate(str(layer), layer.name, flow.tensor.value, expected)
        for (layer, index), flows in zip(calls, lowering.made, strict=True)
        for flow, expected in zip(flows, given.get((layer.name, index), ()), strict=False)
    ]
    tensors = {str(flow.tensor.value): flow.tensor for flows in lowering.made for flow in flows}
    return Intermediates(builder.build(tensors), steps)


def layer_outputs(
    source: KerasModel, model: Any, inputs: Mapping[str, np.ndarray]
) -> dict[tuple[str, int], list[np.ndarray]]:
    """What Keras gives for each call of each layer."""
    keras = sys.modules["keras"]
    functional = getattr(model, "_functional", None) or model
    own = {id(node) for nodes in functional._nodes_by_depth.values() for node in nodes}
    calls = {
        (layer.name, index): list(node.outputs)
        for layer in functional.operations
        for index, node in enumerate(item for item in layer._inbound_nodes if id(item) in own)
        if not isinstance(layer, keras.layers.InputLayer)
    }
    whole = keras.Model(functional.input, [tensor for tensors in calls.values() for tensor in tensors])
    given = iter(inputs[name] for name in source.inputs)
    results = iter(whole(filled(source.model.inputs, lambda: next(given)), training=False))
    return {call: [np.asarray(keras.ops.convert_to_numpy(next(results))) for _ in outs] for call, outs in calls.items()}
