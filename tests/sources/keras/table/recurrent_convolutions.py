"""Convolutional LSTMs in one to three dims."""

from __future__ import annotations

from typing import Any

from keras import Input, Model

from tests.sources.keras.row import model, row
from tests.sources.keras.table._recurrent import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D


def _image(**arguments: Any) -> Any:
    return ConvLSTM2D(2, arguments.pop("kernel_size", 3), **arguments)


def _with_states(first: bool) -> Any:
    layout = "channels_first" if first else "channels_last"
    size = (2, 4, 5) if first else (4, 5, 2)
    x, states = Input((3, *size)), [Input(size), Input(size)]
    layer = _image(padding="same", data_format=layout, return_state=True, go_backwards=True)
    return Model([x, *states], layer(x, initial_state=states))


def _any_length(**arguments: Any) -> Any:
    x = Input((None, 5, 4, 2))
    return Model(x, _image(**arguments)(x))


ROWS = [
    row("ConvLSTM1D", lambda: ConvLSTM1D(2, 3), (3, 6, 2)),
    row("ConvLSTM1D/strided, sequences", lambda: ConvLSTM1D(2, 2, strides=2, return_sequences=True), (3, 7, 2)),
    row("ConvLSTM1D/channels first", lambda: ConvLSTM1D(3, 2, data_format="channels_first"), (3, 2, 6)),
    row("ConvLSTM1D/dilated", lambda: ConvLSTM1D(2, 2, dilation_rate=2), (2, 7, 2)),
    row("ConvLSTM2D", lambda: _image(), (3, 5, 4, 2)),
    row("ConvLSTM2D/same", lambda: _image(padding="same"), (3, 5, 4, 2)),
    row("ConvLSTM2D/same, even kernel", lambda: _image(kernel_size=(2, 4), padding="same"), (3, 5, 4, 2)),
    row("ConvLSTM2D/strides", lambda: _image(strides=(2, 1)), (3, 6, 5, 2)),
    row("ConvLSTM2D/strides, same", lambda: _image(strides=2, padding="same"), (3, 6, 5, 1)),
    row("ConvLSTM2D/dilated", lambda: _image(kernel_size=2, dilation_rate=(2, 1), padding="same"), (2, 5, 4, 2)),
    row("ConvLSTM2D/sequences, states", lambda: _image(return_sequences=True, return_state=True), (3, 4, 5, 2)),
    row("ConvLSTM2D/backwards", lambda: _image(return_sequences=True, go_backwards=True), (3, 4, 5, 2)),
    row("ConvLSTM2D/no bias", lambda: _image(use_bias=False), (2, 4, 4, 2)),
    row("ConvLSTM2D/activations", lambda: _image(activation="relu", recurrent_activation="hard_sigmoid"), (2, 4, 4, 2)),
    row("ConvLSTM2D/dropout", lambda: _image(dropout=0.3, recurrent_dropout=0.2), (2, 4, 4, 2)),
    row("ConvLSTM2D/channels first", lambda: _image(data_format="channels_first"), (3, 2, 5, 4)),
    row(
        "ConvLSTM2D/channels first, sequences, states",
        lambda: _image(data_format="channels_first", padding="same", return_sequences=True, return_state=True),
        (3, 2, 5, 4),
    ),
    model("ConvLSTM2D/initial state", lambda: _with_states(False), (3, 4, 5, 2), (4, 5, 2), (4, 5, 2)),
    model("ConvLSTM2D/initial state, channels first", lambda: _with_states(True), (3, 2, 4, 5), (2, 4, 5), (2, 4, 5)),
    model("ConvLSTM2D/any length", lambda: _any_length(), (3, 5, 4, 2)),
    model("ConvLSTM2D/any length, sequences", lambda: _any_length(return_sequences=True), (3, 5, 4, 2)),
    row("ConvLSTM3D", lambda: ConvLSTM3D(2, 2), (2, 3, 4, 3, 1)),
    row(
        "ConvLSTM3D/same, sequences",
        lambda: ConvLSTM3D(2, 2, padding="same", return_sequences=True),
        (2, 3, 2, 3, 1),
    ),
    row("ConvLSTM3D/strides", lambda: ConvLSTM3D(2, 2, strides=2), (2, 4, 4, 5, 1)),
    row("ConvLSTM3D/channels first", lambda: ConvLSTM3D(2, 2, data_format="channels_first"), (2, 1, 3, 4, 3)),
]
