"""Numbers brought to scale, and categories as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import awkward, floats, integers, model, row

TOKENS = integers(0, 5, 3, 4)


def _weighted() -> Any:
    tokens, weights = Input((4,), dtype="int32"), Input((4,))
    return Model([tokens, weights], layers.CategoryEncoding(5, "count")(tokens, count_weights=weights))


def _adapted() -> Any:
    layer = layers.Discretization(num_bins=4)
    layer.bin_boundaries = [-1.0, 0.25, 0.5]
    return layer


def _pipeline() -> Any:
    return layers.Pipeline([layers.Rescaling(0.5), layers.Normalization(), layers.Rescaling(2.0, 1.0)])


BOUNDS = [-1.0, 0.0, 0.5, 2.0]
ROWS = [
    row("Normalization/as made", lambda: layers.Normalization(), (4, 5)),
    row("Normalization/learned, axis 1", lambda: layers.Normalization(axis=1), (4, 5)),
    row("Normalization/learned, axes", lambda: layers.Normalization(axis=(1, -1)), (4, 3, 5)),
    row("Normalization/learned, no axis", lambda: layers.Normalization(axis=None), (4, 5)),
    row("Normalization/learned, invert", lambda: layers.Normalization(invert=True), (4, 5)),
    row("Normalization/given", lambda: layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[2.0, 0.5, 0.1]), (4, 3)),
    row("Normalization/given, scalars", lambda: layers.Normalization(mean=1.5, variance=2.0), (4, 3)),
    row("Normalization/given, no axis", lambda: layers.Normalization(axis=None, mean=1.5, variance=2.0), (4, 3)),
    row("Normalization/given, axis 1", lambda: layers.Normalization(1, mean=[1.0, 2.0], variance=[3.0, 4.0]), (2, 3)),
    row(
        "Normalization/given, fewer dims",
        lambda: layers.Normalization((1, 2), mean=[1.0, 2.0, 0.0], variance=[3.0, 4.0, 0.5]),
        (2, 3),
    ),
    row("Normalization/given, invert", lambda: layers.Normalization(mean=1.0, variance=4.0, invert=True), (4, 3)),
    row("Normalization/no variance", lambda: layers.Normalization(mean=1.0, variance=0.0), (3,)),
    row("Normalization/integers", lambda: layers.Normalization(mean=1.0, variance=4.0), integers(-9, 9, 3, 4)),
    row("Normalization/awkward", lambda: layers.Normalization(mean=1.0, variance=4.0), awkward(3, 4)),
    row("Rescaling", lambda: layers.Rescaling(1 / 255), (4, 4, 3)),
    row("Rescaling/offset", lambda: layers.Rescaling(1 / 127.5, offset=-1), (4, 4, 3)),
    row("Rescaling/lists", lambda: layers.Rescaling([1.0, 2.0, 3.0], [0.0, 1.0, -2.0]), (4, 3)),
    row("Rescaling/arrays", lambda: layers.Rescaling(np.float32([1, 2, 3]), np.float32([0.5, 1, 2])), (4, 3)),
    row("Rescaling/integers", lambda: layers.Rescaling(0.5, 3), integers(0, 255, 2, 3)),
    row("CategoryEncoding", lambda: layers.CategoryEncoding(5), TOKENS),
    row("CategoryEncoding/count", lambda: layers.CategoryEncoding(5, "count"), TOKENS),
    row("CategoryEncoding/one_hot", lambda: layers.CategoryEncoding(5, "one_hot"), TOKENS),
    row("CategoryEncoding/one_hot, one", lambda: layers.CategoryEncoding(5, "one_hot"), TOKENS[:, :1]),
    row("CategoryEncoding/one_hot, no dims", lambda: layers.CategoryEncoding(5, "one_hot"), TOKENS[:, 0]),
    row("CategoryEncoding/outside", lambda: layers.CategoryEncoding(3), TOKENS - 1),
    row("CategoryEncoding/rank 3", lambda: layers.CategoryEncoding(5, "count"), integers(0, 5, 2, 3, 4)),
    row("CategoryEncoding/floats", lambda: layers.CategoryEncoding(5), (TOKENS + 0.4).astype(np.float32)),
    row("CategoryEncoding/as integers", lambda: layers.CategoryEncoding(5, "count", dtype="int32"), TOKENS),
    model("CategoryEncoding/weights", _weighted, TOKENS, floats(3, 4)),
    row("Discretization", lambda: layers.Discretization(BOUNDS), (4, 5)),
    row("Discretization/on the bounds", lambda: layers.Discretization(BOUNDS), np.float32([BOUNDS])),
    row("Discretization/one_hot", lambda: layers.Discretization(BOUNDS, output_mode="one_hot"), (4,)),
    row("Discretization/multi_hot", lambda: layers.Discretization(BOUNDS, output_mode="multi_hot"), (4,)),
    row("Discretization/count", lambda: layers.Discretization(BOUNDS, output_mode="count"), (4,)),
    row("Discretization/integers", lambda: layers.Discretization(BOUNDS), integers(-3, 4, 3, 4)),
    row("Discretization/awkward", lambda: layers.Discretization(BOUNDS), awkward(3, 4)),
    row("Discretization/learned", _adapted, (4, 5)),
    row("Pipeline", _pipeline, (4, 5)),
]
