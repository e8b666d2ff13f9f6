"""Finds the first layer that tfjs-layers computes otherwise than the layers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import EngineError
from totfjs.graph.graph import Graph, Value
from totfjs.verification.bisect.device import Device
from totfjs.verification.bisect.gap import Gap, gap
from totfjs.verification.bisect.trace import Trace


@dataclass(frozen=True)
class WrongLayer:
    """A layer that is wrong in place, though all that it reads is right."""

    layer: str
    kind: str
    actual: Any
    expected: Any
    gap: Gap
    inputs: Mapping[str, Any]
    thrown: str = ""


def layer_values(document: Mapping[str, Any], graph: Graph) -> Iterator[tuple[str, str, Value]]:
    """The layers of a layers model that are called once, their kinds, and the values that they give."""
    config = document["modelTopology"].get("model_config", document["modelTopology"])
    listed = config["config"]
    layers = listed if isinstance(listed, list) else listed["layers"]
    last = {node.origin.scope.partition("/")[0]: node for node in graph if node.array is None and node.values}
    for layer in layers:
        name = layer["config"]["name"]
        if name in last and layer["class_name"] != "InputLayer" and len(layer.get("inbound_nodes") or [1]) == 1:
            yield name, layer["class_name"], last[name].values[0]


def first_wrong_layer(
    device: Device, trace: Trace, inputs: Mapping[str, np.ndarray], tolerance: float
) -> WrongLayer | None:
    """The first layer whose output leaves tolerance, or that throws."""
    right: dict[str, Any] = {}
    for name, kind, value in layer_values(device.document, trace.graph):
        expected = trace.values.get(value)
        try:
            actual = device.run(inputs, [name])[name]
        except EngineError as error:
            return WrongLayer(name, kind, None, expected, Gap(float("inf")), right, error.what)
        if expected is None or np.shape(actual) != np.shape(expected):
            continue
        found = gap(actual, expected)
        if found.error > tolerance:
            return WrongLayer(name, kind, actual, expected, found, right)
        right = {name: expected}
    return None
