"""Convolutional LSTMs over lines, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.shapes import reshape, transpose
from totfjs.sources.keras.layers.cells import Cell, gated, variables
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.recurrent import own_cell, results
from totfjs.sources.keras.layers.sequences import Given, run
from totfjs.sources.keras.layers.space import is_channels_first, numbers, pads
from totfjs.sources.keras.use import Use


def _conv_lstm(use: Use) -> Any:
    rank = int(use.layer.kind[-2])
    given = Given.of(use)
    if given.x.rank != rank + 3:
        raise use.refuse(f"it is called with {given.x.rank} dims, where it takes {rank + 3}")
    if any(not isinstance(size, int) for size in given.x.shape[2:]):
        raise use.refuse("the sizes of its images have to be known")
    cells = [_cell(use.of(use.layer.children["cell"]))]
    if not is_channels_first(use):
        return results(use, *run(use, cells, given), given)
    last = replace(given, x=_channels_last(given.x, 2), states=[_channels_last(x, 1) for x in given.states])
    y, states = run(use, cells, last)
    place = 2 if use.config.get("return_sequences") else 1
    return results(use, _channels_first(y, place), [_channels_first(x, 1) for x in states], given)


def _channels_last(x: Tensor, place: int) -> Tensor:
    """A tensor whose channels are at a place, with its channels at the end."""
    return transpose(x, [*range(place), *range(place + 1, x.rank), place])


def _channels_first(x: Tensor, place: int) -> Tensor:
    """The way back."""
    return transpose(x, [*range(place), x.rank - 1, *range(place, x.rank - 1)])


def _cell(use: Use) -> Cell:
    """Convolutions of the images and of the state, where an LSTM has products; channels are last."""
    kernel = use.weight("kernel")
    rank = kernel.rank - 2

    def project(x: Tensor) -> list[Tensor]:
        y = _windowed(use, reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:])), rank)
        y = y + use.weight("bias") if "bias" in use.layer.weights else y
        return [reshape(y, (*x.shape[:2], *y.shape[1:]))]

    def step(read: list[Tensor], state: list[Tensor]) -> list[Tensor]:
        return gated(use, read[0] + _same(state[0], use.weight("recurrent_kernel")), state[1])

    def size(read: Sequence[Tensor]) -> tuple[Size, ...]:
        return (*read[0].shape[2:-1], use.layer.weights["recurrent_kernel"].shape[-2])

    return Cell(2, project, step, size)


def _windowed(use: Use, x: Tensor, rank: int) -> Tensor:
    """The convolution of the inputs: strides, padding and dilation as the layer says."""
    kernel = use.weight("kernel")
    strides, dilation = numbers(use, "strides", rank), numbers(use, "dilation_rate", rank)
    around = pads(use, x.shape[1:-1], _extents(kernel, dilation), strides)
    return convolution(x, kernel, Window(strides, around, dilation, (1,) * rank))


def _same(x: Tensor, kernel: Tensor) -> Tensor:
    """The convolution of the state, which keeps its size."""
    ones = (1,) * (kernel.rank - 2)
    extents = _extents(kernel, ones)
    return convolution(x, kernel, Window(ones, tuple(((k - 1) // 2, k // 2) for k in extents), ones, ones))


def _extents(kernel: Tensor, dilation: Sequence[int]) -> list[int]:
    return [(int(str(size)) - 1) * step + 1 for size, step in zip(kernel.shape, dilation, strict=False)]


def _called(use: Use) -> Any:
    raise use.refuse("it cannot be called without the layer that holds it")


LAYERS = {
    **{name: Kind(_conv_lstm, children=own_cell) for name in ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")},
    "ConvLSTMCell": Kind(_called, variables),
}
