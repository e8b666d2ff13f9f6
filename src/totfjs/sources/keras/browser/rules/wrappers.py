"""Layers around layers."""

from __future__ import annotations

from typing import Any

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.masks import RECURRENT
from totfjs.sources.keras.browser.names import Names, allowed
from totfjs.sources.keras.browser.rules.recurrent import cell_config, inputs_of, run_config, shapes_of
from totfjs.sources.keras.browser.sketch import Sketch
from totfjs.sources.keras.browser.use import Use
from totfjs.weights.array import Array

_CELLS = {"SimpleRNN": "SimpleRNNCell", "LSTM": "LSTMCell", "GRU": "GRUCell"}


def _bidirectional(use: Use) -> Any:
    held = use.layer.config["layer"]
    forward, backward = use.layer.children["forward_layer"], use.layer.children["backward_layer"]
    if held.kind not in _CELLS:
        raise Obstacle(f"TensorFlow.js fails on a {held.kind} in both directions")
    own = Use(held, use.call, use.sketch, use.apply)
    x = use.float(use.x)
    config = {**cell_config(own, _CELLS[held.kind]), **run_config(own, use.x)}
    if isinstance(use.layer.config.get("backward_layer"), Layer) and not _mirrored(forward, backward):
        raise Obstacle("tfjs-layers lacks a backward_layer of its own kind")
    if x.given is not None and forward.config.get("return_sequences"):
        raise Obstacle("Keras gives zeros where it is masked, TensorFlow.js does not")
    name = allowed(held.name)
    inner = {"class_name": held.kind, "config": {"name": name, "trainable": use.layer.trainable, **config}}
    weights = [*_named(f"forward_{name}", forward), *_named(f"backward_{name}", backward)]
    mode = use.layer.config.get("merge_mode", "concat")
    shapes = _shapes(own, x, mode)
    flows = use.emit_all("Bidirectional", inputs_of(use, x), shapes, "", weights, layer=inner, merge_mode=mode)
    passed = use.x.given if own.get("return_sequences", False) else None
    return [Flow(flow.source, flow.known_shape, given=passed) for flow in flows]


def _mirrored(forward: Layer, backward: Layer) -> bool:
    """Whether the one is the other, the other way round."""
    ignored = {"name", "go_backwards", "build_config"}
    one, other = ({k: v for k, v in layer.config.items() if k not in ignored} for layer in (forward, backward))
    turned = bool(forward.config.get("go_backwards")) != bool(backward.config.get("go_backwards"))
    return forward.kind == backward.kind and one == other and turned


def _named(below: str, layer: Layer) -> list[tuple[str, Array]]:
    cell = layer.children["cell"]
    names = ("kernel", "recurrent_kernel", "bias")
    return [(f"{below}/{name}", cell.weights[name]) for name in names if name in cell.weights]


def _shapes(own: Use, x: Flow, mode: Any) -> list[Any]:
    units = own.get("units")
    first, *states = shapes_of(own, x, units, [units] * (2 if own.layer.kind == "LSTM" else 1))
    if mode == "concat":
        first = (*first[:-1], 2 * units)
    return [*([first, first] if mode is None else [first]), *states, *states]


def _time_distributed(use: Use) -> Any:
    """Each layer that the one is drawn as, distributed by itself."""
    x, held = use.x, use.layer.config["layer"]
    if x.rank < 3:
        raise Obstacle("its input has no time")
    if held.model is not None or held.kind == "Bidirectional" or held.kind in RECURRENT:
        raise Obstacle(f"tfjs-layers distributes no {held.kind} that totfjs knows to be right")
    steps = Sketch("", names=Names())
    start = Flow(_anywhere(), (x.shape[0], *x.shape[2:]), x.dtype)
    inner = use.layer.children.get("layer", held)
    result = Use(inner, use.call, steps, use.apply).of(inner, start)
    if not isinstance(result, Flow):
        raise Obstacle("the layer in it has several outputs")
    use.sketch.untrained += steps.untrained
    return _distributed(use, x, steps, result)


def _anywhere() -> Any:
    from totfjs.sources.keras.browser.flow import Source

    return Source("", 0, 0)


def _distributed(use: Use, x: Flow, steps: Sketch, result: Flow) -> Flow:
    flow, drawn, before = x, list(steps.layers.values()), _anywhere()
    for index, step in enumerate(drawn):
        if step.nodes != [[before]] or step.inner is not None or step.shape is None:
            raise Obstacle("the layer in it is said with several layers, which tfjs-layers does not distribute")
        before = type(before)(step.name, 0, 0)
        part = "" if index == len(drawn) - 1 else f"step_{index}"
        shape = (*x.shape[:2], *step.shape[1:])
        flow = use.emit("TimeDistributed", flow, shape, part, step.weights, layer=step.document)
    if result.source != before:
        raise Obstacle("the layer in it is said with several layers, which tfjs-layers does not distribute")
    return Flow(flow.source, flow.known_shape, result.dtype, given=flow.given)


LAYERS = {"Bidirectional": _bidirectional, "TimeDistributed": _time_distributed}
