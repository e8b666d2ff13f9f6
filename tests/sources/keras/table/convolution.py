"""Convolutions: full, in groups, of each channel alone, and the two in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import Input, Model, layers

from tests.sources.keras.row import Row, awkward, floats, integers, model, row

_SHAPES = {1: (9, 4), 2: (7, 6, 4), 3: (5, 4, 6, 2)}


def _first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[-1], *shape[:-1])


def _variants(name: str, shape: tuple[int, ...], *variants: dict[str, Any], given: tuple[Any, ...] = (3,)) -> list[Row]:
    kind = getattr(layers, name)

    def built(options: dict[str, Any]) -> Callable[[], Any]:
        options = dict(options)
        arguments = options.pop("given", given)
        return lambda: kind(*arguments, **options)

    return [
        row(
            f"{name}/{', '.join(f'{key} {value}' for key, value in options.items()) or 'plain'}",
            built(options),
            _first(shape) if options.get("data_format") == "channels_first" else shape,
        )
        for options in variants
    ]


def _dynamic(label: str, layer: Callable[[], Any], shape: tuple[int | None, ...], fed: Any) -> Row:
    def make() -> Any:
        x = Input(shape)
        return Model(x, layer()(x))

    return model(f"{label}/dynamic", make, fed)


_ONE = _variants(
    "Conv1D",
    _SHAPES[1],
    {},
    {"padding": "same"},
    {"padding": "causal"},
    {"padding": "same", "strides": 2},
    {"padding": "causal", "strides": 2},
    {"padding": "causal", "dilation_rate": 2},
    {"padding": "same", "dilation_rate": 3},
    {"strides": 4},
    {"dilation_rate": 2, "use_bias": False},
    {"groups": 2, "padding": "same"},
    {"groups": 4, "given": (8, 3)},
    {"activation": "softmax", "data_format": "channels_first"},
    {"padding": "causal", "data_format": "channels_first"},
    {"given": (3, 1), "strides": 3},
    {"given": (1, 4), "padding": "same"},
    {"given": (2, 9)},
    given=(6, 3),
)
_TWO = _variants(
    "Conv2D",
    _SHAPES[2],
    {},
    {"padding": "same"},
    {"padding": "same", "strides": 2},
    {"padding": "same", "strides": (3, 2)},
    {"strides": (2, 3), "use_bias": False},
    {"dilation_rate": 2},
    {"dilation_rate": (1, 2), "padding": "same"},
    {"groups": 2, "padding": "same", "strides": 2},
    {"groups": 4, "given": (4, 3), "padding": "same"},
    {"groups": 4, "given": (12, (2, 3)), "strides": (1, 2)},
    {"groups": 2, "dilation_rate": 2},
    {"data_format": "channels_first", "padding": "same", "strides": 2},
    {"data_format": "channels_first", "groups": 2, "activation": "relu"},
    {"data_format": "channels_first", "activation": "softmax"},
    {"activation": "relu"},
    {"activation": "sigmoid", "padding": "same"},
    {"given": (5, 1), "strides": 2},
    {"given": (5, 1), "strides": 3, "padding": "same"},
    {"given": (2, (7, 6))},
    {"given": (2, (5, 4)), "padding": "same"},
    {"given": (4, (1, 3)), "padding": "same"},
    given=(6, 3),
)
_THREE = _variants(
    "Conv3D",
    _SHAPES[3],
    {},
    {"padding": "same"},
    {"padding": "same", "strides": 2},
    {"padding": "same", "strides": (1, 3, 2)},
    {"strides": (2, 1, 2), "use_bias": False},
    {"dilation_rate": (1, 2, 1), "padding": "same"},
    {"groups": 2, "padding": "same"},
    {"data_format": "channels_first", "padding": "same", "activation": "relu"},
    {"given": (3, 1), "strides": 3, "padding": "same"},
    given=(4, 2),
)
_DEPTHWISE = [
    *_variants(
        "DepthwiseConv1D",
        _SHAPES[1],
        {},
        {"depth_multiplier": 2},
        {"padding": "same", "strides": 2},
        {"dilation_rate": 2, "padding": "same"},
        {"dilation_rate": 2, "strides": 2, "padding": "same"},
        {"data_format": "channels_first", "use_bias": False},
        {"activation": "relu", "padding": "same"},
    ),
    *_variants(
        "DepthwiseConv2D",
        _SHAPES[2],
        {},
        {"depth_multiplier": 3},
        {"padding": "same", "strides": 2},
        {"padding": "same", "strides": 2, "depth_multiplier": 2, "use_bias": False},
        {"dilation_rate": 2},
        {"dilation_rate": (2, 1), "padding": "same", "depth_multiplier": 2},
        {"dilation_rate": 2, "strides": 2, "padding": "same"},
        {"data_format": "channels_first", "depth_multiplier": 2},
        {"given": ((1, 3),), "activation": "relu6"},
    ),
]
_SEPARABLE = [
    *_variants(
        "SeparableConv1D",
        _SHAPES[1],
        {},
        {"padding": "same", "strides": 2},
        {"depth_multiplier": 2, "dilation_rate": 2},
        {"data_format": "channels_first", "activation": "tanh"},
        {"use_bias": False, "padding": "same"},
        given=(5, 3),
    ),
    *_variants(
        "SeparableConv2D",
        _SHAPES[2],
        {},
        {"padding": "same", "strides": 2},
        {"depth_multiplier": 2, "padding": "same"},
        {"dilation_rate": 2},
        {"data_format": "channels_first", "strides": 2},
        {"use_bias": False, "activation": "relu"},
        given=(5, 3),
    ),
]
_DYNAMIC = [
    _dynamic("Conv1D/same, strides 2", lambda: layers.Conv1D(4, 3, strides=2, padding="same"), (None, 3), (8, 3)),
    _dynamic("Conv1D/causal", lambda: layers.Conv1D(4, 3, padding="causal", dilation_rate=2), (None, 3), (8, 3)),
    _dynamic("Conv1D/groups", lambda: layers.Conv1D(4, 3, groups=2, padding="same"), (None, 4), (7, 4)),
    _dynamic("Conv2D", lambda: layers.Conv2D(4, 3), (None, None, 3), (8, 5, 3)),
    _dynamic("Conv2D/same", lambda: layers.Conv2D(4, 4, padding="same"), (None, None, 3), (8, 5, 3)),
    _dynamic("Conv2D/same, strides", lambda: layers.Conv2D(4, 3, 2, padding="same"), (None, None, 3), (8, 5, 3)),
    _dynamic(
        "Conv2D/same, dilated", lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same"), (None, 6, 3), (8, 6, 3)
    ),
    _dynamic(
        "Conv2D/channels first", lambda: layers.Conv2D(4, 3, data_format="channels_first"), (3, None, None), (3, 8, 5)
    ),
    _dynamic("Conv3D/same, strides", lambda: layers.Conv3D(4, 3, 2, padding="same"), (None, None, 5, 2), (4, 5, 5, 2)),
    _dynamic("DepthwiseConv2D", lambda: layers.DepthwiseConv2D(3, 2, padding="same"), (None, None, 3), (8, 5, 3)),
    _dynamic(
        "DepthwiseConv2D/strides and dilation",
        lambda: layers.DepthwiseConv2D(3, 2, padding="same", dilation_rate=2),
        (None, None, 3),
        (8, 5, 3),
    ),
    _dynamic("SeparableConv2D", lambda: layers.SeparableConv2D(4, 3, 2, padding="same"), (None, None, 3), (8, 5, 3)),
]


_OTHERS = [
    row("Conv2D/awkward numbers", lambda: layers.Conv2D(3, 1), awkward(2, 5, 5, 4)),
    row("Conv2D/whole numbers", lambda: layers.Conv2D(3, 2), integers(-9, 9, 2, 5, 5, 4)),
    row("Conv2D/batch of 1", lambda: layers.Conv2D(3, 2, padding="same"), floats(1, 5, 5, 4)),
    row("Conv2D/empty batch", lambda: layers.Conv2D(3, 2, padding="same"), floats(0, 5, 5, 4)),
    row("Conv1D/one step", lambda: layers.Conv1D(3, 3, padding="same"), (1, 2)),
]

ROWS = [*_ONE, *_TWO, *_THREE, *_DEPTHWISE, *_SEPARABLE, *_DYNAMIC, *_OTHERS]
