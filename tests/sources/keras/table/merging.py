"""Layers of several inputs, with and without masks."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from tests.sources.keras.row import awkward, floats, integers, model, row

WORDS = np.array([[1, 2, 3, 0, 0, 0], [4, 0, 2, 1, 0, 3]], np.int32)
OTHERS = np.array([[1, 0, 3, 0, 2, 0], [0, 0, 2, 1, 4, 3]], np.int32)
KINDS = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


def _merged(layer, *masked, sizes=(4, 4)):
    """Words embedded with and without masks, merged; a product with what has no mask shows what became of them.

    Layers that are told of masks by an argument would have Keras write them into the file as operations.
    """

    def make():
        given = [keras.Input((6,), dtype="int32", name=name) for name in "ab"]
        parts = [
            layers.Embedding(5, size, mask_zero=zero)(x) for x, zero, size in zip(given, masked, sizes, strict=True)
        ]
        merged = layer()(parts)
        return keras.Model(given, [merged, layers.Multiply()([merged, _unmasked(given[0], merged)])])

    return make


def _unmasked(words, like):
    return layers.Embedding(5, like.shape[-1])(layers.Concatenate(axis=1)([words] * (like.shape[1] // 6)))


def _written(layer):
    """The mean is told of the mask by an argument, so that the file has operations which compute it."""

    def make():
        given = [keras.Input((6,), dtype="int32", name=name) for name in "ab"]
        parts = [layers.Embedding(5, 4, mask_zero=True)(x) for x in given]
        return keras.Model(given, layers.GlobalAveragePooling1D()(layer()(parts)))

    return make


def _wide(layer):
    """A masked sequence, and a vector for all of its steps."""

    def make():
        a, b = keras.Input((6,), dtype="int32"), keras.Input((4,))
        merged = layer()([layers.Embedding(5, 4, mask_zero=True)(a), b])
        return keras.Model([a, b], [merged, layers.Multiply()([merged, _unmasked(a, merged)])])

    return make


def _lengths(layer):
    def make():
        given = [keras.Input((None, 4)), keras.Input((None, 4))]
        return keras.Model(given, layer()(given))

    return make


def _once(layer):
    def make():
        given = keras.Input((4,))
        return keras.Model(given, layer()([given]))

    return make


def _self():
    given = keras.Input((4,))
    return keras.Model(given, layers.Add()([given, given]))


ROWS = [
    *(row(name, getattr(layers, name), (4, 3), (4, 3)) for name in KINDS),
    *(
        row(f"{name}/broadcast", getattr(layers, name), (4, 1), (1, 3))
        for name in KINDS
    ),
    *(row(f"{name}/ranks", getattr(layers, name), (4, 5, 3), (3,)) for name in KINDS),
    *(row(f"{name}/awkward", getattr(layers, name), awkward(3, 8), np.flip(awkward(3, 8), 1).copy())
      for name in KINDS),
    *(row(f"{name}/integers", getattr(layers, name), integers(-9, 9, 3, 4), integers(-9, 9, 3, 4, seed=1))
      for name in KINDS),
    *(row(f"{name}/three", getattr(layers, name), (4, 3), (1, 3), (3,)) for name in KINDS if name != "Subtract"),
    *(model(f"{name}/any length", _lengths(getattr(layers, name)), floats(2, 7, 4), floats(2, 7, 4, seed=1))
      for name in ("Add", "Maximum", "Concatenate")),
    row("Add/integers and floats", layers.Add, integers(-9, 9, 3, 4), (4,)),
    row("Add/rank 6", layers.Add, (2, 1, 3, 1, 2), (1, 2, 3, 4, 2)),
    row("Add/ranks 5 and 2", layers.Add, (2, 2, 3, 4), (4,)),
    model("Add/itself", _self, (4,)),
    model("Add/of one", _once(layers.Add), (4,)),
    *(
        model(f"{name}/masks {both}", _merged(getattr(layers, name), *both), WORDS, OTHERS)
        for name in (*KINDS, "Concatenate")
        for both in ((True, True), (True, False), (False, True))
    ),
    *(model(f"{name}/mask and vector", _wide(getattr(layers, name)), WORDS, floats(2, 4)) for name in KINDS),
    *(model(f"{name}/masks in the file", _written(getattr(layers, name)), WORDS, OTHERS)
      for name in ("Add", "Maximum", "Concatenate")),
    model("Concatenate/masks, axis 1", _merged(lambda: layers.Concatenate(axis=1), True, True), WORDS, OTHERS),
    model("Concatenate/one mask, axis 1", _merged(lambda: layers.Concatenate(axis=1), False, True), WORDS, OTHERS),
    model("Concatenate/masks, other sizes", _merged(layers.Concatenate, True, True, sizes=(4, 3)), WORDS, OTHERS),
    row("Concatenate", layers.Concatenate, (4, 3), (4, 2)),
    row("Concatenate/axis 1", lambda: layers.Concatenate(axis=1), (4, 3), (2, 3)),
    row("Concatenate/axis -2", lambda: layers.Concatenate(axis=-2), (4, 3), (1, 3), (2, 3)),
    row("Concatenate/axis 3", lambda: layers.Concatenate(axis=3), (2, 4, 3), (2, 4, 1)),
    row("Concatenate/integers", layers.Concatenate, integers(-9, 9, 3, 4), integers(-9, 9, 3, 2)),
    row("Concatenate/integers and floats", layers.Concatenate, integers(-9, 9, 3, 4), (2,)),
    row("Concatenate/bools", layers.Concatenate, integers(0, 2, 3, 4, dtype="bool"),
        integers(0, 2, 3, 2, dtype="bool")),
    row("Dot", lambda: layers.Dot(axes=1), (4,), (4,)),
    row("Dot/-1", lambda: layers.Dot(axes=-1), (4, 3), (5, 3)),
    row("Dot/2, 1", lambda: layers.Dot(axes=(2, 1)), (4, 3), (3, 5)),
    row("Dot/1, 1", lambda: layers.Dot(axes=(1, 1)), (4, 3), (4, 5)),
    row("Dot/1, 2", lambda: layers.Dot(axes=(1, 2)), (4, 3), (5, 4)),
    row("Dot/vector and matrix", lambda: layers.Dot(axes=1), (4,), (4, 3)),
    row("Dot/matrix and vector", lambda: layers.Dot(axes=(2, 1)), (4, 3), (3,)),
    row("Dot/rank 4", lambda: layers.Dot(axes=(2, 3)), (2, 4, 3), (2, 5, 4)),
    row("Dot/rank 4 and 3", lambda: layers.Dot(axes=(-1, -1)), (2, 4, 3), (5, 3)),
    row("Dot/rank 3 and 4", lambda: layers.Dot(axes=(1, 2)), (4, 3), (2, 4, 5)),
    row("Dot/normalised", lambda: layers.Dot(axes=-1, normalize=True), (4, 3), (5, 3)),
    row("Dot/normalised, one axis", lambda: layers.Dot(axes=1, normalize=True), (4,), (4,)),
    row("Dot/normalised zeros", lambda: layers.Dot(axes=1, normalize=True), np.float32([[0, 0], [1e-8, 0], [3, 4]]),
        np.float32([[1, 2], [1, 2], [0, 0]])),
    row("Dot/negative axes", lambda: layers.Dot(axes=(-2, -2)), (4, 3), (4, 5)),
]  # fmt: skip
