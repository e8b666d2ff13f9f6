"""Images: resizing, cropping, warping. Coordinates are computed in float32, as TensorFlow does."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    F32,
    I32,
    REAL,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    element_type,
)
from totfjs.graph.ops.windows import rank_is, same_size

FLOAT, INT = frozenset((F32,)), frozenset((I32,))
f32 = np.float32


# --- resizing -------------------------------------------------------------------------------------------------------


def _scale(size: int, out: int, align_corners: bool) -> np.float32:
    return f32(size - 1) / f32(out - 1) if align_corners and out > 1 else f32(size) / f32(out)


def _nearest_places(size: int, out: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    offset = f32(0.5) if half_pixel_centers else f32(0)
    exact = (np.arange(out, dtype=f32) + offset) * _scale(size, out, align_corners)
    places = np.floor(exact + f32(0.5)) if align_corners else np.floor(exact)
    return np.clip(places, 0, size - 1).astype(np.int32)


def _nearest(images: np.ndarray, size: np.ndarray, align_corners: bool, half_pixel_centers: bool, **_: Any) -> Any:
    rows, columns = (
        _nearest_places(old, int(new), align_corners, half_pixel_centers)
        for old, new in zip(images.shape[1:3], size, strict=True)
    )
    return images[:, rows][:, :, columns]


def _linear(x: np.ndarray, axis: int, out: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """Linear interpolation along one axis."""
    size, scale, steps = x.shape[axis], _scale(x.shape[axis], out, align_corners), np.arange(out, dtype=f32)
    exact = (steps + f32(0.5)) * scale - f32(0.5) if half_pixel_centers else steps * scale
    lower = np.maximum(np.floor(exact), 0).astype(np.int32)
    upper = np.minimum(np.ceil(exact), size - 1).astype(np.int32)
    share = (exact - np.floor(exact)).astype(f32).reshape([-1 if index == axis else 1 for index in range(x.ndim)])
    low, high = np.take(x, lower, axis), np.take(x, np.maximum(upper, 0), axis)
    return np.asarray(low + (high - low) * share)


def _bilinear(images: np.ndarray, size: np.ndarray, align_corners: bool, half_pixel_centers: bool, **_: Any) -> Any:
    x = images.astype(f32)
    for axis in (2, 1):
        x = _linear(x, axis, int(size[axis - 1]), align_corners, half_pixel_centers)
    return x


def _resized(call: Call, dtype: Any) -> TensorType:
    rank_is(call, 0, 4)
    if call.attrs["align_corners"] and call.attrs["half_pixel_centers"]:
        raise ValueError("align_corners and half_pixel_centers exclude each other")
    batch, *_, channels = call.shape(0)
    return TensorType(dtype, (batch, *_two_sizes(call, 1), channels))


def _two_sizes(call: Call, slot: int) -> tuple[Size, ...]:
    sizes = call.sizes(slot)
    if len(sizes) != 2 or any(isinstance(size, int) and size < 1 for size in sizes):
        raise ValueError(f"operand {slot} has to hold a height and a width, both positive")
    return sizes


# --- cropping -------------------------------------------------------------------------------------------------------


def _places_in_box(first: np.ndarray, last: np.ndarray, size: int, out: int) -> np.ndarray:
    """For each box, the coordinates along one axis at which it is sampled: `[boxes, out]`."""
    if out == 1:
        return (f32(0.5) * (first + last) * f32(size - 1))[:, None]
    step = (last - first) * f32(size - 1) / f32(out - 1)
    return (first * f32(size - 1))[:, None] + np.arange(out, dtype=f32) * step[:, None]


def _crop(image: np.ndarray, boxes: np.ndarray, box_ind: np.ndarray, crop_size: np.ndarray, **attrs: Any) -> np.ndarray:
    height, width = image.shape[1:3]
    rows = _places_in_box(boxes[:, 0], boxes[:, 2], height, int(crop_size[0]))
    columns = _places_in_box(boxes[:, 1], boxes[:, 3], width, int(crop_size[1]))
    inside = ((rows >= 0) & (rows <= height - 1))[:, :, None] & ((columns >= 0) & (columns <= width - 1))[:, None]
    rows, columns = np.clip(rows, 0, height - 1)[:, :, None], np.clip(columns, 0, width - 1)[:, None]
    pick = image.astype(f32)
    which = box_ind[:, None, None]
    if attrs["method"] == "nearest":
        values = pick[which, _round(rows), _round(columns)]
    else:
        values = _between(pick, which, rows, columns)
    return np.where(inside[..., None], values, f32(attrs["extrapolation_value"]))


def _between(image: np.ndarray, which: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    top, bottom = np.floor(rows).astype(int), np.ceil(rows).astype(int)
    left, right = np.floor(columns).astype(int), np.ceil(columns).astype(int)
    across, down = (columns - left).astype(f32)[..., None], (rows - top).astype(f32)[..., None]
    upper = image[which, top, left] + (image[which, top, right] - image[which, top, left]) * across
    lower = image[which, bottom, left] + (image[which, bottom, right] - image[which, bottom, left]) * across
    return np.asarray(upper + (lower - upper) * down)


def _round(x: np.ndarray) -> np.ndarray:
    """Halves away from zero."""
    return np.where(x < 0, np.ceil(x - f32(0.5)), np.floor(x + f32(0.5))).astype(int)


def _cropped(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    rank_is(call, 1, 2)
    rank_is(call, 2, 1)
    same_size("a box has four sides", call.shape(1)[1], 4)
    same_size("the numbers of boxes differ", call.shape(1)[0], call.shape(2)[0])
    return TensorType(F32, (call.shape(1)[0], *_two_sizes(call, 3), call.shape(0)[-1]))


# --- warping --------------------------------------------------------------------------------------------------------


def _reflected(x: np.ndarray, size: int) -> np.ndarray:
    period = f32(2 * size)
    below = x + period * np.trunc(-x / period)
    below = np.where(below < -size, below + period, -below - 1)
    above = x - period * np.trunc(x / period)
    above = np.where(above >= size, period - above - 1, above)
    return np.where(x < 0, below, np.where(x > size - 1, above, x))


def _wrapped(x: np.ndarray, size: int) -> np.ndarray:
    span = f32(max(size - 1, 1))
    below, above = x + size * (np.trunc(-x / span) + 1), x - size * np.trunc(x / span)
    return np.where(x < 0, below, np.where(x > size - 1, above, x))


def _mapped(x: np.ndarray, size: int, mode: str) -> np.ndarray:
    """Coordinates outside of an image, brought back the way that the fill mode says."""
    if mode == "CONSTANT":
        return x
    inner = {"REFLECT": _reflected, "WRAP": _wrapped, "NEAREST": lambda x, size: x}[mode](x, size)
    return np.clip(inner, 0, size - 1).astype(f32)


def _coordinates(transforms: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each place of the output comes from: rows, columns and whether there is such a place."""
    y, x = np.meshgrid(np.arange(height, dtype=f32), np.arange(width, dtype=f32), indexing="ij")
    a = transforms[:, :, None, None]
    projection = a[:, 6] * x + a[:, 7] * y + f32(1)
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
        values = _read(images, _round(rows), _round(columns), fill)
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
    return TensorType(F32, (call.shape(0)[0], *_two_sizes(call, 2), call.shape(0)[-1]))


def _half_below_zero(call: Call) -> bool:
    transforms, shape = call.value(1), call.value(2)
    if call.attrs["interpolation"] != "NEAREST" or call.attrs["fill_mode"] != "CONSTANT":
        return False
    if transforms is None or shape is None:
        return False
    rows, columns, _ = _coordinates(transforms, *map(int, shape))
    return bool(((rows == -0.5) | (columns == -0.5)).any())


# --- the table ------------------------------------------------------------------------------------------------------

_SIZE = Input("size", INT, host=True)
_RESIZE = (T, Attr("align_corners", "bool", False), Attr("half_pixel_centers", "bool", False))

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "ResizeBilinear",
        (Input("images", REAL), _SIZE),
        lambda call: _resized(call, F32),
        _bilinear,
        _RESIZE,
        category="image",
        tolerance=1e-5,
        accumulates=True,
    ),
    OpSpec(
        "ResizeNearestNeighbor",
        (Input("images", REAL), _SIZE),
        lambda call: _resized(call, call.dtype(0)),
        _nearest,
        _RESIZE,
        (dtype_limit(0, FLOAT, "wasm", effect="wrong"),),
        category="image",
    ),
    OpSpec(
        "CropAndResize",
        (Input("image", REAL), Input("boxes", FLOAT), Input("box_ind", INT), Input("crop_size", INT, host=True)),
        _cropped,
        _crop,
        (
            T,
            Attr("method", "string", "bilinear", choices=("bilinear", "nearest")),
            Attr("extrapolation_value", "float", 0.0),
        ),
        category="image",
        tolerance=1e-5,
        accumulates=True,
    ),
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
        ),
        (
            Difference(
                ("cpu",),
                "a coordinate of -0.5 is rounded up into the image",
                _half_below_zero,
            ),
        ),
        category="image",
        tolerance=1e-5,
        accumulates=True,
    ),
)
