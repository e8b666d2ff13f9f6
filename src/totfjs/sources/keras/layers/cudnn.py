"""The recurrent layers of Keras 2 that ran on GPUs alone, as the LSTM and the GRU that they equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.recurrent import rnn
from totfjs.sources.keras.use import Use
from totfjs.weights.array import Array, Deferred

_CELLS = {"CuDNNLSTM": ("LSTMCell", 4), "CuDNNGRU": ("GRUCell", 3)}


def _cudnn(use: Use) -> Any:
    if use.flows[0].mask is not None or use.kwargs.get("mask") is not None:
        raise use.refuse("it takes no mask in Keras")
    cell, (kind, gates) = use.layer.children["cell"], _CELLS[use.layer.kind]
    weights = {
        "kernel": _by_gates(cell.weights["kernel"], gates, _input),
        "recurrent_kernel": _by_gates(cell.weights["recurrent_kernel"], gates, np.transpose),
        "bias": _sum(cell.weights["bias"]) if kind == "LSTMCell" else _two_rows(cell.weights["bias"]),
    }
    return rnn(use.of(replace(use.layer, children={"cell": replace(cell, weights=weights)})))


def _by_gates(array: Array, gates: int, change: Callable[[np.ndarray], np.ndarray]) -> Array:
    def changed() -> np.ndarray:
        return np.hstack([change(part) for part in np.hsplit(array.numpy(), gates)])

    return Deferred(array.dtype, array.shape, changed, ("cudnn", change.__name__, gates, array.key))


def _input(kernel: np.ndarray) -> np.ndarray:
    """The matrix of a gate, which is kept column by column."""
    return kernel.reshape(-1).reshape(kernel.shape, order="F")


def _sum(bias: Array) -> Array:
    """The biases of inputs and of states, which an LSTM adds."""
    return Deferred(bias.dtype, (bias.size // 2,), lambda: bias.numpy().reshape(2, -1).sum(0), ("cudnn bias", bias.key))


def _two_rows(bias: Array) -> Array:
    """The biases of inputs and of states, which a GRU keeps apart."""
    return bias.reshape((2, bias.size // 2))


def _own_cell(layer: Layer) -> Mapping[str, Layer]:
    kind = _CELLS[layer.kind][0]
    config = {
        **layer.config,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "reset_after": True,
        "use_bias": True,
    }
    return {"cell": replace(layer, kind=kind, config=config, calls=())}


LAYERS = {name: Kind(_cudnn, children=_own_cell) for name in _CELLS}
