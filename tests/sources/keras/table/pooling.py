"""Pools: of windows, of all places, and to a given size."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import Row, awkward, floats, model, row
from tests.sources.keras.table.convolution import _dynamic, _variants

_WINDOWS = {
    1: ((9, 3), ({}, {"pool_size": 3, "strides": 2}, {"pool_size": 2, "strides": 4}, {"pool_size": 9})),
    2: (
        (7, 6, 3),
        (
            {},
            {"pool_size": 3, "strides": 2},
            {"pool_size": (2, 3), "strides": (3, 1)},
            {"pool_size": (7, 1)},
            {"pool_size": 1, "strides": 2},
        ),
    ),
    3: ((5, 6, 4, 2), ({}, {"pool_size": 3, "strides": 2}, {"pool_size": (1, 2, 3), "strides": (3, 2, 1)})),
}


def _pools(name: str, rank: int) -> list[Row]:
    shape, variants = _WINDOWS[rank]
    variants = [{"pool_size": 2, **options} for options in variants]
    both = [{**options, "padding": padding} for options in variants for padding in ("valid", "same")]
    return _variants(name, shape, *both, {"pool_size": 2, "data_format": "channels_first", "padding": "same"}, given=())


_POOLS = [pool for rank in (1, 2, 3) for kind in ("Max", "Average") for pool in _pools(f"{kind}Pooling{rank}D", rank)]
_ALL = [
    item
    for rank in (1, 2, 3)
    for kind in ("Max", "Average")
    for item in _variants(
        f"Global{kind}Pooling{rank}D",
        _WINDOWS[rank][0],
        {},
        {"keepdims": True},
        {"data_format": "channels_first"},
        {"data_format": "channels_first", "keepdims": True},
        given=(),
    )
]
_ADAPTIVE = [
    item
    for rank, shape, sizes in (
        (1, (7, 3), (1, 3, 5, 9)),
        (2, (6, 7, 3), (2, (3, 4), (5, 1))),
        (3, (4, 5, 3, 2), (2, (4, 3, 1))),
    )
    for kind in ("Max", "Average")
    for item in _variants(
        f"Adaptive{kind}Pooling{rank}D",
        shape,
        *({"output_size": size} for size in sizes),
        {"output_size": 2, "data_format": "channels_first"},
        given=(),
    )
]
_DYNAMIC = [
    _dynamic(f"{kind}Pooling{rank}D/{padding}", lambda layer=layer, options=options: layer(**options), shape, fed)
    for kind in ("Max", "Average")
    for padding in ("valid", "same")
    for rank, shape, fed, options in (
        (1, (None, 3), (8, 3), {"pool_size": 3, "strides": 2, "padding": padding}),
        (2, (None, None, 3), (8, 5, 3), {"pool_size": 3, "strides": 2, "padding": padding}),
        (2, (None, None, 4), (8, 5, 4), {"pool_size": (2, 1), "padding": padding}),
        (3, (None, 4, None, 2), (5, 4, 3, 2), {"pool_size": 2, "padding": padding}),
    )
    for layer in [getattr(layers, f"{kind}Pooling{rank}D")]
]
_DYNAMIC = [item.with_(label=f"{item.label} {index}") for index, item in enumerate(_DYNAMIC)]


def _masked(keepdims: bool, data_format: str = "channels_last") -> Any:
    words = Input((6,), dtype="int32")
    vectors = layers.Embedding(9, 4, mask_zero=True)(words)
    return Model(words, layers.GlobalAveragePooling1D(keepdims=keepdims, data_format=data_format)(vectors))


def _masked_by_value() -> Any:
    x = Input((5, 3))
    return Model(x, layers.GlobalAveragePooling1D()(layers.Masking(0.0)(x)))


_WORDS = np.int32([[1, 2, 0, 0, 5, 0], [0, 0, 0, 0, 0, 3], [8, 7, 6, 5, 4, 3]])
_STEPS = floats(3, 5, 3) * (np.arange(15).reshape(3, 5, 1) % 4 != 0)
_MASKS = [
    model("GlobalAveragePooling1D/mask", lambda: _masked(False), _WORDS),
    model("GlobalAveragePooling1D/mask, keepdims", lambda: _masked(True), _WORDS),
    model("GlobalAveragePooling1D/masking layer", _masked_by_value, _STEPS.astype(np.float32)),
]


def _given_mask() -> Any:
    x, mask = Input((4, 5)), Input((5,), dtype="bool")
    return Model([x, mask], layers.GlobalAveragePooling1D(data_format="channels_first")(x, mask=mask))


_NAN = [
    *(
        row(f"{kind.__name__}/awkward numbers", lambda kind=kind: kind(2, 1, padding="same"), awkward(2, 5, 4, 3))
        for kind in (layers.MaxPooling2D, layers.AveragePooling2D)
    ),
    *(
        row(f"{name}/awkward numbers", lambda name=name: getattr(layers, name)(), awkward(2, 5, 4, 3))
        for name in ("GlobalMaxPooling2D", "GlobalAveragePooling2D")
    ),
    row("AdaptiveMaxPooling1D/awkward numbers", lambda: layers.AdaptiveMaxPooling1D(4), awkward(2, 7, 3)),
    row("AdaptiveAveragePooling1D/awkward numbers", lambda: layers.AdaptiveAveragePooling1D(4), awkward(2, 7, 3)),
    row(
        "MaxPooling2D/all negative", lambda: layers.MaxPooling2D(3, 2, padding="same"), -np.abs(floats(2, 5, 5, 3)) - 1
    ),
    row("MaxPooling2D/many channels", lambda: layers.MaxPooling2D(3, 2), (5, 5, 2000)),
]
_OTHERS = [
    model(
        "GlobalAveragePooling1D/mask given, channels first",
        _given_mask,
        floats(3, 4, 5),
        np.random.default_rng(0).random((3, 5)) > 0.4,
    ),
    _dynamic(
        "GlobalAveragePooling2D", lambda: layers.GlobalAveragePooling2D(keepdims=True), (None, None, 3), (4, 5, 3)
    ),
    _dynamic("GlobalMaxPooling1D", layers.GlobalMaxPooling1D, (None, 3), (4, 3)),
    _dynamic("AdaptiveMaxPooling1D", lambda: layers.AdaptiveMaxPooling1D(2), (None, 3), (4, 3)).with_(
        refused="sizes of its input have to be known"
    ),
    row("AveragePooling2D/empty batch", lambda: layers.AveragePooling2D(2), floats(0, 4, 4, 2)),
]

ROWS = [*_POOLS, *_ALL, *_ADAPTIVE, *_DYNAMIC, *_MASKS, *_NAN, *_OTHERS]
