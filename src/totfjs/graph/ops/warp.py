"""Images: projective transforms. Coordinates are computed in float32, as TensorFlow does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.ops.image import FLOAT, INT, Real, f32, half_away, two_sizes
from totfjs.graph.ops.spec import F32, Attr, Call, Difference, Input, Limit, OpSpec, TensorType, element_type
from totfjs.graph.ops.windows import rank_is, same_size


def _reflected(x: np.ndarray, size: int) -> np.ndarray:
    period = 2 * size
    below = x + period * np.trunc(-x / period)
    below = np.where(below < -size, below + period, -below - 1)
    above = x - period * np.trunc(x / period)
    above = np.where(above >= size, period - above - 1, above)
    return np.where(x < 0, below, np.where(x > size - 1, above, x))


def _wrapped(x: np.ndarray, size: int) -> np.ndarray:
    span = max(size - 1, 1)
    below, above = x + size * (np.trunc(-x / span) + 1), x - size * np.trunc(x / span)
    return np.where(x < 0, below, np.where(x > size - 1, above, x))


def _mapped(x: np.ndarray, size: int, mode: str) -> np.ndarray:
    """Coordinates outside of an image, brought back the way that the fill mode says."""
    if mode == "CONSTANT":
        return x
    bring_back = {"REFLECT": _reflected, "WRAP": _wrapped}.get(mode)
    return np.asarray(np.clip(bring_back(x, size) if bring_back else x, 0, size - 1), x.dtype)


def _coordinates(transforms: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each place of the output comes from: rows, columns and whether there is such a place."""
    real = transforms.dtype
    y, x = np.meshgrid(np.arange(height).astype(real), np.arange(width).astype(real), indexing="ij")
    a = transforms[:, :, None, None]
    projection = a[:, 6] * x + a[:, 7] * y + real.type(1)
    rows = (a[:, 3] * x + a[:, 4] * y + a[:, 5]) / projection
    columns = (a[:, 0] * x + a[:, 1] * y + a[:, 2]) / projection
    return rows, columns, projection != 0


def _read(images: np.ndarray, rows: np.ndarray, columns: np.ndarray, fill: np.float32) -> np.ndarray:
    height, width = images.shape[1:3]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    which = np.arange(len(images))[:, None, None]
    values = images[which, np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return np.where(inside[..., None], values, fill)


def _warp(
    images: np.ndarray, transforms: np.ndarray, output_shape: np.ndarray, fill_value: np.ndarray, **attrs: Any
) -> np.ndarray:
    height, width = images.shape[1:3]
    fill = f32(fill_value)
    rows, columns, there = _coordinates(transforms, *map(int, output_shape))
    rows = np.where(there, _mapped(rows, height, attrs["fill_mode"]), 0)
    columns = np.where(there, _mapped(columns, width, attrs["fill_mode"]), 0)
    if attrs["interpolation"] == "NEAREST":
        values = _read(images, half_away(rows), half_away(columns), fill)
    else:
        values = _mixed(images, rows, columns, fill)
    return np.where(there[..., None], values, fill)


def _mixed(images: np.ndarray, rows: np.ndarray, columns: np.ndarray, fill: np.float32) -> np.ndarray:
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, across = (rows - top).astype(f32)[..., None], (columns - left).astype(f32)[..., None]
    upper = (1 - across) * _read(images, top, left, fill) + across * _read(images, top, left + 1, fill)
    lower = (1 - across) * _read(images, top + 1, left, fill) + across * _read(images, top + 1, left + 1, fill)
    return np.asarray((1 - down) * upper + down * lower)


def _warped(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    rank_is(call, 1, 2)
    same_size("a transform has eight numbers", call.shape(1)[1], 8)
    if call.shape(1)[0] != 1:
        same_size("the numbers of images and transforms differ", call.shape(0)[0], call.shape(1)[0])
    return TensorType(F32, (call.shape(0)[0], *two_sizes(call, 2), call.shape(0)[-1]))


def _reached(call: Call, real: type[Real] = f32) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns that the output comes from; NaN where there are none."""
    transforms, shape = call.value(1), call.value(2)
    assert transforms is not None and shape is not None
    with np.errstate(all="ignore"):
        rows, columns, there = _coordinates(transforms.astype(real), *map(int, shape))
    return np.where(there, rows, np.nan), np.where(there, columns, np.nan)


def _picked(call: Call, real: type[Real], rounded: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    """The rows and columns of the pixels that the output takes; one step outside of the image where it takes none."""
    sizes, mode = [int(size) for size in call.shape(0)[1:3]], call.attrs["fill_mode"]  # type: ignore[arg-type]
    places = zip(_reached(call, real), sizes, strict=True)
    return [np.clip(rounded(np.nan_to_num(_mapped(place, size, mode), nan=-1)), -1, size) for place, size in places]


def _rounds_otherwise_on_cpu(call: Call) -> bool:
    if call.attrs["interpolation"] != "NEAREST":
        return False
    meant, found = _picked(call, f32, half_away), _picked(call, np.float64, lambda x: np.floor(x + 0.5))
    return any(bool((a != b).any()) for a, b in zip(meant, found, strict=True))


def _meets_halves(call: Call) -> bool:
    return call.attrs["interpolation"] == "NEAREST" and any(bool((at % 1 == 0.5).any()) for at in _reached(call))


def _reflects_at_the_start(call: Call) -> bool:
    if call.attrs["fill_mode"] != "REFLECT":
        return False
    return any(
        size != 1 and bool((place < 0).any()) for place, size in zip(_reached(call), call.shape(0)[1:3], strict=True)
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "ImageProjectiveTransformV3",
        (
            Input("images", FLOAT),
            Input("transforms", FLOAT),
            Input("output_shape", INT, host=True),
            Input("fill_value", FLOAT, host=True),
        ),
        _warped,
        _warp,
        (
            Attr("dtype", "type", element_type()),
            Attr("interpolation", "string", choices=("NEAREST", "BILINEAR")),
            Attr("fill_mode", "string", "CONSTANT", choices=("CONSTANT", "REFLECT", "WRAP", "NEAREST")),
        ),
        (
            Limit(
                ("cpu",),
                "wrong",
                "only the first image of a batch is transformed",
                lambda call: call.shape(0)[0] != 1,
            ),
            Limit(
                ("webgl", "webgpu"),
                "undefined",
                "one transform is not applied to a batch of images",
                lambda call: call.shape(1)[0] == 1 and call.shape(0)[0] != 1,
            ),
        ),
        (
            Difference(("cpu",), "halves are rounded up, in double precision", _rounds_otherwise_on_cpu),
            Difference(("webgl", "webgpu"), "halves are rounded as the GPU likes", _meets_halves, certain=False),
            Difference(("wasm",), "before the first row or column, REFLECT gives the last one", _reflects_at_the_start),
        ),
        category="image",
        tolerance=1e-5,
        accumulates=True,
    ),
)
