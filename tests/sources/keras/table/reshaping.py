"""Layers that move, repeat, cut and pad elements."""

from __future__ import annotations

import keras
from keras import layers

from tests.sources.keras.row import awkward, floats, integers, model, row

FIRST = {"data_format": "channels_first"}
METHODS = ("bilinear", "bicubic", "lanczos3", "lanczos5")


def _dynamic(layer, *shape):
    def make():
        given = keras.Input(shape)
        return keras.Model(given, layer()(given))

    return make


ROWS = [
    row("Flatten", lambda: layers.Flatten(), (4, 3, 2)),
    row("Flatten/channels first", lambda: layers.Flatten(**FIRST), (4, 3, 2)),
    row("Flatten/channels first, rank 2", lambda: layers.Flatten(**FIRST), (4,)),
    row("Flatten/rank 2", lambda: layers.Flatten(), (4,)),
    row("Flatten/rank 1", lambda: layers.Flatten(), ()),
    row("Flatten/rank 6", lambda: layers.Flatten(**FIRST), (2, 1, 2, 3, 2)),
    row("Flatten/integers", lambda: layers.Flatten(), integers(-9, 9, 3, 4, 2)),
    model("Flatten/any size", _dynamic(layers.Flatten, None, 3), floats(2, 5, 3)),
    model("Flatten/any sizes", _dynamic(layers.Flatten, None, None, 3), floats(2, 5, 4, 3)),
    row("Permute", lambda: layers.Permute((2, 1)), (4, 3)),
    row("Permute/three", lambda: layers.Permute((3, 1, 2)), (4, 3, 2)),
    row("Permute/five", lambda: layers.Permute((5, 3, 1, 2, 4)), (2, 3, 1, 2, 3)),
    row("Permute/nothing", lambda: layers.Permute((1, 2)), (4, 3)),
    row("Permute/bools", lambda: layers.Permute((2, 1)), integers(0, 2, 3, 4, 2, dtype="bool")),
    model("Permute/any size", _dynamic(lambda: layers.Permute((2, 1)), None, 3), floats(2, 5, 3)),
    row("Reshape", lambda: layers.Reshape((6, 2)), (4, 3)),
    row("Reshape/rest", lambda: layers.Reshape((-1, 2)), (4, 3)),
    row("Reshape/rest alone", lambda: layers.Reshape((-1,)), (4, 3)),
    row("Reshape/rest is 1", lambda: layers.Reshape((4, -1, 3)), (4, 3)),
    row("Reshape/to one", lambda: layers.Reshape((1, 1, 1)), (1,)),
    row("Reshape/scalars", lambda: layers.Reshape(()), (1,)),
    row("Reshape/awkward", lambda: layers.Reshape((2, 4)), awkward(3, 8)),
    model("Reshape/any size", _dynamic(lambda: layers.Reshape((-1, 2)), None, 4), floats(2, 5, 4)),
    model("Reshape/any sizes", _dynamic(lambda: layers.Reshape((-1, 6)), None, None, 3), floats(2, 5, 4, 3)),
    row("RepeatVector", lambda: layers.RepeatVector(3), (4,)),
    row("RepeatVector/once", lambda: layers.RepeatVector(1), (4,)),
    row("Cropping1D", lambda: layers.Cropping1D(), (7, 3)),
    row("Cropping1D/one side", lambda: layers.Cropping1D((2, 0)), (7, 3)),
    row("Cropping1D/number", lambda: layers.Cropping1D(2), (7, 3)),
    row("Cropping2D", lambda: layers.Cropping2D(((1, 2), (0, 1))), (6, 5, 2)),
    row("Cropping2D/defaults", lambda: layers.Cropping2D(), (6, 5, 2)),
    row("Cropping2D/number", lambda: layers.Cropping2D(2), (6, 5, 2)),
    row("Cropping2D/numbers", lambda: layers.Cropping2D((2, 1)), (6, 5, 2)),
    row("Cropping2D/channels first", lambda: layers.Cropping2D(((1, 2), (0, 1)), **FIRST), (2, 6, 5)),
    row("Cropping3D", lambda: layers.Cropping3D(), (4, 3, 5, 2)),
    row("Cropping3D/pairs", lambda: layers.Cropping3D(((1, 2), (0, 1), (1, 0))), (6, 5, 4, 2)),
    row("Cropping3D/channels first", lambda: layers.Cropping3D(((1, 2), (0, 1), (1, 0)), **FIRST), (2, 6, 5, 4)),
    model("Cropping1D/any length", _dynamic(lambda: layers.Cropping1D((1, 2)), None, 3), floats(2, 5, 3)),
    model("Cropping2D/any size", _dynamic(lambda: layers.Cropping2D(((1, 2), (0, 1))), None, None, 2),
          floats(2, 5, 4, 2)),
    row("ZeroPadding1D", lambda: layers.ZeroPadding1D(), (4, 3)),
    row("ZeroPadding1D/pair", lambda: layers.ZeroPadding1D((0, 2)), (4, 3)),
    row("ZeroPadding1D/channels first", lambda: layers.ZeroPadding1D((1, 2), **FIRST), (4, 3)),
    row("ZeroPadding1D/integers", lambda: layers.ZeroPadding1D(2), integers(-9, 9, 3, 4, 2)),
    row("ZeroPadding1D/awkward", lambda: layers.ZeroPadding1D(2), awkward(3, 8, 1)),
    row("ZeroPadding2D", lambda: layers.ZeroPadding2D(), (4, 3, 2)),
    row("ZeroPadding2D/pairs", lambda: layers.ZeroPadding2D(((1, 2), (0, 1))), (4, 3, 2)),
    row("ZeroPadding2D/number", lambda: layers.ZeroPadding2D(2), (4, 3, 2)),
    row("ZeroPadding2D/nothing", lambda: layers.ZeroPadding2D(0), (4, 3, 2)),
    row("ZeroPadding2D/channels first", lambda: layers.ZeroPadding2D(((1, 2), (0, 1)), **FIRST), (2, 4, 3)),
    row("ZeroPadding3D", lambda: layers.ZeroPadding3D(), (3, 2, 3, 2)),
    row("ZeroPadding3D/pairs", lambda: layers.ZeroPadding3D(((1, 2), (0, 1), (1, 0))), (3, 2, 3, 2)),
    row("ZeroPadding3D/channels first", lambda: layers.ZeroPadding3D(((1, 2), (0, 1), (1, 0)), **FIRST), (2, 3, 2, 3)),
    model("ZeroPadding2D/any size", _dynamic(lambda: layers.ZeroPadding2D((1, 2)), None, None, 2), floats(2, 5, 4, 2)),
    row("UpSampling1D", lambda: layers.UpSampling1D(3), (4, 3)),
    row("UpSampling1D/once", lambda: layers.UpSampling1D(1), (4, 3)),
    row("UpSampling1D/integers", lambda: layers.UpSampling1D(2), integers(-9, 9, 3, 4, 2)),
    row("UpSampling1D/awkward", lambda: layers.UpSampling1D(2), awkward(3, 8, 1)),
    model("UpSampling1D/any length", _dynamic(lambda: layers.UpSampling1D(3), None, 3), floats(2, 5, 3)),
    row("UpSampling2D", lambda: layers.UpSampling2D(), (4, 3, 2)),
    row("UpSampling2D/uneven", lambda: layers.UpSampling2D((7, 3)), (5, 3, 2)),
    row("UpSampling2D/one dim", lambda: layers.UpSampling2D((1, 11)), (2, 13, 1)),
    row("UpSampling2D/channels first", lambda: layers.UpSampling2D((2, 3), **FIRST), (2, 4, 3)),
    model("UpSampling2D/any size", _dynamic(lambda: layers.UpSampling2D((2, 3)), None, None, 2), floats(2, 5, 4, 2)),
    *(row(f"UpSampling2D/{name}", lambda n=name: layers.UpSampling2D((2, 3), interpolation=n), (4, 3, 2))
      for name in METHODS),
    *(row(f"UpSampling2D/{name}, small", lambda n=name: layers.UpSampling2D((5, 1), interpolation=n), (2, 1, 2))
      for name in METHODS),
    *(row(f"UpSampling2D/{name}, first", lambda n=name: layers.UpSampling2D(2, interpolation=n, **FIRST), (2, 4, 3))
      for name in METHODS),
    model("UpSampling2D/bilinear, any size",
          _dynamic(lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"), None, None, 2), floats(2, 5, 4, 2)),
    model("UpSampling2D/bicubic, any size",
          _dynamic(lambda: layers.UpSampling2D((2, 3), interpolation="bicubic"), None, None, 2), floats(2, 5, 4, 2),
          refused="needs to know the size"),
    row("UpSampling2D/bilinear of integers", lambda: layers.UpSampling2D(2, interpolation="bilinear"),
        integers(-9, 9, 3, 4, 3, 2).astype("float32")),
    row("UpSampling3D", lambda: layers.UpSampling3D(), (2, 3, 2, 2)),
    row("UpSampling3D/uneven", lambda: layers.UpSampling3D((3, 1, 2)), (2, 3, 2, 2)),
    row("UpSampling3D/channels first", lambda: layers.UpSampling3D((3, 1, 2), **FIRST), (2, 2, 3, 2)),
]  # fmt: skip
