"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from totfjs.sources.keras.architecture import Layer, leaves
from totfjs.sources.keras.browser.activations import inline
from totfjs.sources.keras.browser.flow import Flow, Obstacle, Shape
from totfjs.sources.keras.browser.names import allowed
from totfjs.sources.keras.browser.spatial import sizes, window
from totfjs.sources.keras.browser.use import Use
from totfjs.sources.keras.browser.values import unstarted
from totfjs.weights.array import Array

# How many states the cells have.
_STATES: Mapping[str, int] = {"SimpleRNNCell": 1, "GRUCell": 1, "LSTMCell": 2}
_NAMES = ("kernel", "recurrent_kernel")


def cell_config(use: Use, kind: str) -> dict[str, Any]:
    """The arguments of a cell, or of the layer of that cell."""
    bias = bool(use.get("use_bias", True))
    config: dict[str, Any] = {"units": use.get("units"), "use_bias": bias, "activation": inline(use)}
    if kind != "SimpleRNNCell":
        config["recurrent_activation"] = inline(use, "recurrent_activation")
    if kind == "GRUCell":
        if use.get("reset_after", use.generation >= 3):
            raise Obstacle("tfjs-layers lacks reset_after")
        config["reset_after"] = False
    if kind == "LSTMCell":
        config["unit_forget_bias"] = bool(use.get("unit_forget_bias", True))
    return {**config, **_trained(use, bias)}


def _trained(use: Use, bias: bool) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in ("kernel", "recurrent", *(("bias",) if bias else ())):
        config |= use.prepared(name)
        if config.pop(f"{name}_regularizer") is not None:
            use.untrained("TensorFlow.js leaves the regularisers of recurrent layers out of the loss")
    return {**config, "dropout": use.get("dropout", 0.0), "recurrent_dropout": use.get("recurrent_dropout", 0.0)}


def run_config(use: Use, x: Flow) -> dict[str, Any]:
    """The arguments of the layer around a cell."""
    if use.get("time_major", False):
        raise Obstacle("tfjs-layers lacks time_major")
    if use.get("stateful", False):
        raise Obstacle("its states are kept between batches of a size that predict in TensorFlow.js does not keep to")
    use.reads_mask(x)
    if x.given is not None and use.get("zero_output_for_mask", False):
        raise Obstacle("Keras gives zeros where it is masked, TensorFlow.js does not")
    config = {key: bool(use.get(key, False)) for key in ("return_sequences", "return_state", "go_backwards")}
    return {**config, "stateful": False, "unroll": False}


def inputs_of(use: Use, x: Flow) -> list[Flow]:
    """The sequence and the states to begin with."""
    given = [*use.call.args[1:], use.call.kwargs.get("initial_state")]
    states = [*use.xs[1:], *leaves(given, Flow)]
    if states:
        use.untrained("TensorFlow.js hands its states to other layers while it trains")
        if x.given is not None or use.sketch.masks:
            raise Obstacle("TensorFlow.js mixes up states where there are masks")
        use.sketch.stateful = True
    return [x, *states]


def results_of(use: Use, flows: list[Flow]) -> list[Flow]:
    """The output and states with the masks that tfjs-layers gives them: those of the sequence, even to states."""
    passed = use.x.given if use.get("return_sequences", False) else None
    return [Flow(flow.source, flow.known_shape, given=passed) for flow in flows]


def shapes_of(use: Use, x: Flow, output: int, states: list[int]) -> list[Shape]:
    """Of the output, and of the states where they are given."""
    first = (x.shape[0], x.shape[1], output) if use.get("return_sequences", False) else (x.shape[0], output)
    return [first, *((x.shape[0], size) for size in states)] if use.get("return_state", False) else [first]


def _of_cell(kind: str) -> Callable[[Use], Any]:
    def rule(use: Use) -> Any:
        x, config = use.float(use.x), cell_config(use, kind)
        config |= run_config(use, use.x)
        units = use.get("units")
        weights = use.weights(*_NAMES, "bias")
        shapes = shapes_of(use, x, units, [units] * _STATES[kind])
        flows = use.emit_all(use.layer.kind, inputs_of(use, x), shapes, "", weights, **config)
        return results_of(use, flows)

    return rule


def _rnn(use: Use) -> Any:
    x, config = use.float(use.x), run_config(use, use.x)
    held = use.layer.children["cell"]
    cells = list(held.children.values()) if held.kind == "StackedRNNCells" else [held]
    stacked = held.kind == "StackedRNNCells"
    if stacked and (use.get("return_state", False) or len(inputs_of(use, x)) > 1):
        raise Obstacle("tfjs-layers lists the states of a stack in another order")
    described = [_cell(use, cell) for cell in cells]
    weights = [(f"RNNCell_{index}/{name}" if stacked else name, array)
               for index, cell in enumerate(cells) for name, array in _weights(cell)]  # fmt: skip
    whole = {"class_name": "StackedRNNCells", "config": {"cells": described}} if stacked else described[0]
    units = int(cells[-1].config["units"])
    shapes = shapes_of(use, x, units, [units] * _STATES[cells[-1].kind])
    return results_of(use, use.emit_all("RNN", inputs_of(use, x), shapes, "", weights, cell=whole, **config))


def _cell(use: Use, cell: Layer) -> dict[str, Any]:
    if cell.kind not in _STATES:
        raise Obstacle(f"tfjs-layers lacks its cell {cell.kind}")
    config = cell_config(Use(cell, use.call, use.sketch, use.apply), cell.kind)
    own = {"name": allowed(cell.name), "trainable": use.layer.trainable}
    return {"class_name": cell.kind, "config": unstarted({**own, **config})}


def _weights(cell: Layer) -> list[tuple[str, Array]]:
    return [(name, cell.weights[name]) for name in (*_NAMES, "bias") if name in cell.weights]


def _conv_lstm(rank: int) -> Callable[[Use], Any]:
    def rule(use: Use) -> Any:
        if rank != 2:
            raise Obstacle("tfjs-layers has no such layer")
        if use.get("data_format", "channels_last") == "channels_first":
            raise Obstacle("TensorFlow.js convolves channels that come first on no backend")
        x, bias = use.float(use.x), bool(use.get("use_bias", True))
        config: dict[str, Any] = {
            "activation": inline(use),
            "recurrent_activation": inline(use, "recurrent_activation"),
        }
        config |= {**run_config(use, use.x), **_trained(use, bias), "use_bias": bias}
        if config["go_backwards"]:
            raise Obstacle("TensorFlow.js reverses no five dims on webgl and webgpu")
        if x.given is not None:
            raise Obstacle("TensorFlow.js fails on a mask")
        shapes, windows = _convolved(use, x)
        flows = use.emit_all("ConvLSTM2D", inputs_of(use, x), shapes, "", use.weights(*_NAMES, "bias"),
                             filters=use.get("filters"), data_format="channels_last",
                             unit_forget_bias=bool(use.get("unit_forget_bias", True)), **windows, **config)  # fmt: skip
        return results_of(use, flows)

    return rule


def _convolved(use: Use, x: Flow) -> tuple[list[Shape], dict[str, Any]]:
    windows = {key: sizes(use, key, 2) for key in ("kernel_size", "strides", "dilation_rate")}
    padding = use.get("padding", "valid")
    lists = zip(x.shape[2:4], *windows.values(), strict=True)
    spatial = [window(size, kernel, padding, stride, dilation) for size, kernel, stride, dilation in lists]
    if None in spatial:
        raise Obstacle("it has dims that are dynamic")
    state: Shape = (x.shape[0], *spatial, use.get("filters"))
    first = (state[0], x.shape[1], *state[1:]) if use.get("return_sequences", False) else state
    return [first, state, state] if use.get("return_state", False) else [first], {**windows, "padding": padding}


LAYERS = {
    "SimpleRNN": _of_cell("SimpleRNNCell"),
    "LSTM": _of_cell("LSTMCell"),
    "GRU": _of_cell("GRUCell"),
    "RNN": _rnn,
    **{f"ConvLSTM{rank}D": _conv_lstm(rank) for rank in (1, 2, 3)},
}
