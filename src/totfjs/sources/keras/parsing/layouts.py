"""Weights as older generations laid them out: an array for each gate, kernels in Theano's order, and those of cuDNN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from totfjs.errors import UnsupportedError
from totfjs.sources.keras.architecture import Layer, Model
from totfjs.weights.array import Array, as_array

Arrays = Sequence[np.ndarray]

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose", "ConvLSTM2D", "DepthwiseConv2D",
                 "SeparableConv1D", "SeparableConv2D", "ConvLSTMCell")  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How many arrays of the file make the variables of a layer, and how."""

    count: int
    convert: Callable[[Arrays], Arrays]


def layout_of(layer: Layer, variables: int) -> Layout | None:
    """How the weights of a layer itself were laid out, where that is not how Keras 3 has them."""
    if layer.config.get("cudnn"):
        return Layout(variables, _from_cudnn_lstm if layer.kind == "LSTMCell" else _from_cudnn_gru)
    if layer.generation != 1:
        return None
    gates = {"LSTMCell": (0, 2, 1, 3), "ConvLSTMCell": (0, 2, 1, 3), "GRUCell": (0, 1, 2)}.get(layer.kind)
    if gates is not None:
        if layer.config.get("consume_less") == "gpu" and layer.kind != "ConvLSTMCell":
            return None
        first = layer.config.get("data_format") == "channels_first"
        return Layout(3 * len(gates), lambda arrays: _joined(arrays, gates, first))
    convert = _kernel_of(layer)
    return None if convert is None else Layout(variables, lambda arrays: [convert(arrays[0]), *arrays[1:]])


def applied(layout: Layout, given: Sequence[tuple[str, Array]]) -> list[tuple[str, Array]]:
    """The weights of a layer in the present layout, under the names that they had."""
    converted = layout.convert([np.asarray(array.numpy()) for _, array in given])
    return [(given[index][0], as_array(np.ascontiguousarray(array))) for index, array in enumerate(converted)]


def check_backend(model: Model, backend: str) -> None:
    """Refuses kernels of Theano, which turned them round."""
    found = [layer for layer in model.walk() if layer.kind in _CONVOLUTIONS]
    if backend == "theano" and found:
        raise UnsupportedError(
            f"The model was saved by Keras on Theano, which turns the kernels of convolutions round: {found[0]}.",
            remedy="Load it with Keras 2 on TensorFlow, and save it again.",
            place=found[0].name,
        )


def doubts(model: Model) -> Iterator[str]:
    """What the file does not say: whether kernels of Keras 1 are those of Theano."""
    for layer in model.walk():
        first = layer.config.get("data_format") == "channels_first"
        if layer.generation == 1 and layer.kind in _CONVOLUTIONS and first:
            yield (
                f"{layer}: files of Keras 1 do not say whether Theano made them, whose kernels are turned round. "
                "They are taken as they stand: compare the outputs."
            )
            return


# --- Keras 1 ---


def _joined(arrays: Arrays, order: Sequence[int], first: bool) -> Arrays:
    """Kernel, recurrent kernel and bias of all gates side by side, from three arrays for each gate."""
    found = []
    for part in range(3):
        gates = [arrays[3 * gate + part] for gate in order]
        if first and part < 2:
            gates = [np.transpose(gate, (2, 3, 1, 0)) for gate in gates]
        found.append(np.concatenate(gates, -1))
    return found


def _kernel_of(layer: Layer) -> Callable[[np.ndarray], np.ndarray] | None:
    first = layer.config.get("data_format") == "channels_first"
    match layer.kind:
        case "Conv1D":
            return _line
        case "Conv2D" if first:
            return lambda kernel: np.transpose(kernel, (2, 3, 1, 0))
        case "Conv3D" if first:
            return lambda kernel: np.transpose(kernel, (2, 3, 4, 1, 0))
        case "Conv2DTranspose":
            order = (2, 3, 0, 1) if first else (0, 1, 3, 2)
            return lambda kernel: np.transpose(kernel, order)
    return None


def _line(kernel: np.ndarray) -> np.ndarray:
    """A kernel of an image that is one pixel wide; Theano's has (filters, inputs, length, 1)."""
    if kernel.ndim == 4 and kernel.shape[1] != 1 and kernel.shape[3] == 1:
        kernel = np.transpose(kernel, (2, 3, 1, 0))
    return kernel[:, 0] if kernel.ndim == 4 else kernel


# --- cuDNN ---


def _from_cudnn_lstm(arrays: Arrays) -> Arrays:
    kernel, recurrent, bias = arrays
    return [*_turned(kernel, recurrent, 4), np.sum(np.split(bias, 2), axis=0)]


def _from_cudnn_gru(arrays: Arrays) -> Arrays:
    kernel, recurrent, bias = arrays
    return [*_turned(kernel, recurrent, 3), bias.reshape(2, -1)]


def _turned(kernel: np.ndarray, recurrent: np.ndarray, gates: int) -> Arrays:
    """Each gate's matrix transposed, where cuDNN reads rows and Keras columns."""
    kernels = [gate.reshape(gate.shape[::-1]).T for gate in np.split(kernel, gates, 1)]
    return [np.concatenate(kernels, 1), np.concatenate([gate.T for gate in np.split(recurrent, gates, 1)], 1)]
