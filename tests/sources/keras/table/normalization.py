"""Normalisations, in every layout, with and without what is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import Input, Model, Sequential, layers

from tests.sources.keras.row import awkward, floats, integers, model, row


def _folded(bias: bool) -> Any:
    image = Input((5, 6, 2))
    x = layers.Conv2D(3, 3, use_bias=bias)(image)
    return Model(image, layers.ReLU()(layers.BatchNormalization()(x)))


def _float_image(layer: Any, *shape: int | None) -> Any:
    image = Input(shape)
    return Model(image, layer(image))


ROWS = [
    row("BatchNormalization", lambda: layers.BatchNormalization(), (5,)),
    row("BatchNormalization/epsilon", lambda: layers.BatchNormalization(epsilon=0.3), (5,)),
    row("BatchNormalization/no center", lambda: layers.BatchNormalization(center=False), (4, 5)),
    row("BatchNormalization/no scale", lambda: layers.BatchNormalization(scale=False), (4, 5)),
    row("BatchNormalization/neither", lambda: layers.BatchNormalization(scale=False, center=False), (3, 4, 5)),
    row("BatchNormalization/axis 1", lambda: layers.BatchNormalization(axis=1), (2, 3, 5)),
    row("BatchNormalization/axis 2", lambda: layers.BatchNormalization(axis=2), (2, 3, 5)),
    row("BatchNormalization/axis -2", lambda: layers.BatchNormalization(axis=-2), (2, 3, 5)),
    row("BatchNormalization/rank 5", lambda: layers.BatchNormalization(), (2, 3, 2, 3)),
    row("BatchNormalization/rank 5, axis 1", lambda: layers.BatchNormalization(axis=1), (2, 3, 2, 3)),
    row("BatchNormalization/renorm", lambda: layers.BatchNormalization(renorm=True), (4, 5)),
    row("BatchNormalization/frozen", lambda: layers.BatchNormalization(trainable=False), (4, 5)),
    row("BatchNormalization/one channel", lambda: layers.BatchNormalization(), (4, 1)),
    row("BatchNormalization/awkward", lambda: layers.BatchNormalization(), awkward(3, 5)),
    row("BatchNormalization/integers", lambda: layers.BatchNormalization(), integers(-5, 5, 3, 4)),
    model(
        "BatchNormalization/any size",
        lambda: _float_image(layers.BatchNormalization(), None, None, 3),
        floats(2, 4, 3, 3),
    ),
    row("LayerNormalization", lambda: layers.LayerNormalization(), (5,)),
    row("LayerNormalization/epsilon", lambda: layers.LayerNormalization(epsilon=1e-6), (4, 5)),
    row("LayerNormalization/no center", lambda: layers.LayerNormalization(center=False), (4, 5)),
    row("LayerNormalization/no scale", lambda: layers.LayerNormalization(scale=False), (4, 5)),
    row("LayerNormalization/neither", lambda: layers.LayerNormalization(scale=False, center=False), (4, 5)),
    row("LayerNormalization/axis 1", lambda: layers.LayerNormalization(axis=1), (4, 5)),
    row("LayerNormalization/axes 2 3", lambda: layers.LayerNormalization(axis=[2, 3]), (2, 4, 5)),
    row("LayerNormalization/axes 1 3", lambda: layers.LayerNormalization(axis=(1, 3)), (2, 4, 5)),
    row("LayerNormalization/axes 3 1", lambda: layers.LayerNormalization(axis=(3, 1)), (2, 4, 5)),
    row("LayerNormalization/axes -1 -2", lambda: layers.LayerNormalization(axis=[-1, -2]), (2, 4, 5)),
    row("LayerNormalization/axes -1 1", lambda: layers.LayerNormalization(axis=[-1, 1]), (2, 4, 5)),
    row("LayerNormalization/rank 5", lambda: layers.LayerNormalization(axis=[1, -1]), (2, 3, 2, 4)),
    row("LayerNormalization/one element", lambda: layers.LayerNormalization(), (4, 1)),
    row("LayerNormalization/awkward", lambda: layers.LayerNormalization(), awkward(4, 6)),
    row("LayerNormalization/far from 0", lambda: layers.LayerNormalization(), 5 + floats(3, 4, 6)),
    model("LayerNormalization/any length", lambda: _float_image(layers.LayerNormalization(), None, 4), floats(2, 3, 4)),
    row("GroupNormalization/one group each", lambda: layers.GroupNormalization(groups=-1), (4, 6)),
    row("GroupNormalization/2", lambda: layers.GroupNormalization(groups=2), (4, 6)),
    row("GroupNormalization/1, images", lambda: layers.GroupNormalization(groups=1), (3, 4, 6)),
    row("GroupNormalization/3, images", lambda: layers.GroupNormalization(groups=3, epsilon=0.1), (3, 4, 6)),
    row("GroupNormalization/axis 1", lambda: layers.GroupNormalization(groups=2, axis=1), (4, 3, 5)),
    row("GroupNormalization/axis 2", lambda: layers.GroupNormalization(groups=2, axis=2), (3, 4, 5)),
    row("GroupNormalization/axis -2", lambda: layers.GroupNormalization(groups=2, axis=-2), (3, 4, 5)),
    row("GroupNormalization/rank 2", lambda: layers.GroupNormalization(groups=3), (6,)),
    row("GroupNormalization/rank 5", lambda: layers.GroupNormalization(groups=2), (2, 3, 2, 4)),
    row("GroupNormalization/no center", lambda: layers.GroupNormalization(groups=2, center=False), (3, 4)),
    row("GroupNormalization/no scale", lambda: layers.GroupNormalization(groups=2, scale=False), (3, 4)),
    model(
        "GroupNormalization/any size",
        lambda: _float_image(layers.GroupNormalization(groups=2), None, None, 4),
        floats(2, 3, 5, 4),
    ),
    row("RMSNormalization", lambda: layers.RMSNormalization(), (5,)),
    row("RMSNormalization/epsilon", lambda: layers.RMSNormalization(epsilon=0.1), (4, 5)),
    row("RMSNormalization/axes", lambda: layers.RMSNormalization(axis=[-2, -1]), (4, 5)),
    row("RMSNormalization/awkward", lambda: layers.RMSNormalization(), awkward(4, 6)),
    row("UnitNormalization", lambda: layers.UnitNormalization(), (5,)),
    row("UnitNormalization/axis 1", lambda: layers.UnitNormalization(axis=1), (4, 5)),
    row("UnitNormalization/axes", lambda: layers.UnitNormalization(axis=[1, 2]), (4, 5)),
    row("UnitNormalization/nothing", lambda: layers.UnitNormalization(), np.zeros((2, 3), np.float32)),
    row("UnitNormalization/awkward", lambda: layers.UnitNormalization(), awkward(3, 5)),
    row("SpectralNormalization/Dense", lambda: layers.SpectralNormalization(layers.Dense(4)), (5,)),
    row(
        "SpectralNormalization/no bias, twice",
        lambda: layers.SpectralNormalization(layers.Dense(4, use_bias=False), power_iterations=2),
        (5,),
    ),
    model(
        "BatchNormalization/after Dense",
        lambda: Sequential([Input((4,)), layers.Dense(3), layers.BatchNormalization()]),
        (4,),
    ),
    model("BatchNormalization/after Conv2D", lambda: _folded(True), (5, 6, 2)),
    model("BatchNormalization/after Conv2D without bias", lambda: _folded(False), (5, 6, 2)),
]
