"""Transposed convolutions."""

from __future__ import annotations

from typing import Any

from keras import Input, Model, layers

from tests.sources.keras.row import model, row
from tests.sources.keras.table.convolution import _dynamic, _variants

_ONE = _variants(
    "Conv1DTranspose",
    (5, 4),
    {},
    {"padding": "same"},
    {"strides": 2},
    {"padding": "same", "strides": 2},
    {"padding": "same", "strides": 3, "output_padding": 1},
    {"strides": 5},
    {"strides": 3, "output_padding": 2, "use_bias": False},
    {"dilation_rate": 2},
    {"dilation_rate": 2, "padding": "same"},
    {"data_format": "channels_first", "strides": 2},
    {"given": (3, 1), "strides": 2, "padding": "same"},
    given=(6, 3),
)
_TWO = _variants(
    "Conv2DTranspose",
    (4, 5, 3),
    {},
    {"padding": "same"},
    {"strides": 2},
    {"padding": "same", "strides": 2},
    {"padding": "same", "strides": (1, 3)},
    {"padding": "same", "strides": 2, "output_padding": 1},
    {"padding": "same", "strides": (2, 3), "output_padding": (0, 2)},
    {"strides": 4},
    {"strides": 4, "padding": "same"},
    {"strides": 2, "output_padding": 1},
    {"strides": 3, "output_padding": 0},
    {"dilation_rate": 2},
    {"dilation_rate": 2, "padding": "same"},
    {"data_format": "channels_first", "strides": 2, "padding": "same"},
    {"given": (4, 4), "strides": 2, "padding": "same", "activation": "relu"},
    {"given": (4, 2), "strides": 2, "use_bias": False},
    {"given": (4, (2, 5)), "strides": (2, 1), "padding": "same"},
    {"given": (2, 5), "strides": 2, "padding": "same"},
    {"given": (4, 1), "strides": 2},
    given=(2, 3),
)
_THREE = _variants(
    "Conv3DTranspose",
    (3, 2, 4, 2),
    {},
    {"padding": "same", "strides": 2},
    {"strides": (1, 2, 3)},
    {"padding": "same", "strides": 2, "output_padding": 1},
    {"data_format": "channels_first", "strides": 2, "use_bias": False},
    {"dilation_rate": (1, 2, 1)},
    given=(3, 3),
)
_DYNAMIC = [
    _dynamic("Conv1DTranspose", lambda: layers.Conv1DTranspose(3, 4, 2, padding="same"), (None, 3), (5, 3)),
    _dynamic("Conv2DTranspose", lambda: layers.Conv2DTranspose(3, 3, 2, padding="same"), (None, None, 3), (5, 4, 3)),
    _dynamic("Conv2DTranspose/valid", lambda: layers.Conv2DTranspose(3, 2, 3), (None, None, 3), (5, 4, 3)),
    _dynamic("Conv3DTranspose", lambda: layers.Conv3DTranspose(2, 3, 2, padding="same"), (None, 2, 3, 2), (2, 2, 3, 2)),
]


def _there_and_back() -> Any:
    x = Input((None, None, 2))
    small = layers.Conv2D(4, 3, 2, padding="same", activation="relu")(x)
    return Model(x, layers.Add()([layers.Conv2DTranspose(4, 3, 2, padding="same")(small), layers.Conv2D(4, 1)(x)]))


ROWS = [
    *_ONE,
    *_TWO,
    *_THREE,
    *_DYNAMIC,
    row("Conv2DTranspose/one place", lambda: layers.Conv2DTranspose(3, 3, 2, padding="same"), (1, 1, 2)),
    model("Conv2DTranspose/there and back", _there_and_back, (8, 6, 2)),
]
