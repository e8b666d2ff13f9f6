"""Images: resizing and cropping. Coordinates are computed in float32, as TensorFlow does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

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
)
from totfjs.graph.ops.windows import rank_is, same_size

FLOAT, INT = frozenset((F32,)), frozenset((I32,))
f32 = np.float32
Real: TypeAlias = np.float32 | np.float64


def half_away(x: np.ndarray) -> np.ndarray:
    """The nearest whole numbers, halves away from zero."""
    whole = np.trunc(x)
    return np.asarray(whole + np.where(np.abs(x - whole) >= 0.5, np.sign(x), 0), int)


# --- resizing -------------------------------------------------------------------------------------------------------


def _scale(size: int, out: int, align_corners: bool, real: type[Real] = f32) -> Real:
    return real(size - 1) / real(out - 1) if align_corners and out > 1 else real(size) / real(out)


def _nearest_places(size: int, out: int, attrs: Mapping[str, Any], real: type[Real] = f32) -> np.ndarray:
    steps: np.ndarray = np.arange(out).astype(real)
    offset = real(0.5 if attrs["half_pixel_centers"] else 0)
    exact = (steps + offset) * _scale(size, out, attrs["align_corners"], real)
    places = half_away(exact) if attrs["align_corners"] else np.floor(exact)
    return np.asarray(np.clip(places, 0, size - 1), np.int32)


def _nearest(images: np.ndarray, size: np.ndarray, **attrs: Any) -> np.ndarray:
    rows, columns = (_nearest_places(old, int(new), attrs) for old, new in zip(images.shape[1:3], size, strict=True))
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


def _bilinear(
    images: np.ndarray, size: np.ndarray, align_corners: bool, half_pixel_centers: bool, **_: Any
) -> np.ndarray:
    x = images.astype(f32)
    for axis in (2, 1):
        x = _linear(x, axis, int(size[axis - 1]), align_corners, half_pixel_centers)
    return x


def _resized(call: Call, dtype: Any) -> TensorType:
    rank_is(call, 0, 4)
    if call.attrs["align_corners"] and call.attrs["half_pixel_centers"]:
        raise ValueError("align_corners and half_pixel_centers exclude each other")
    batch, *_, channels = call.shape(0)
    return TensorType(dtype, (batch, *two_sizes(call, 1), channels))


def _differs_in_double(call: Call) -> bool:
    """Whether double precision picks other pixels. Sizes that are not known yet are not judged."""
    pairs = zip(call.shape(0)[1:3], call.sizes(1), strict=True)
    return any(
        isinstance(old, int)
        and isinstance(new, int)
        and not np.array_equal(_nearest_places(old, new, call.attrs), _nearest_places(old, new, call.attrs, np.float64))
        for old, new in pairs
    )


def two_sizes(call: Call, slot: int) -> tuple[Size, ...]:
    """The height and width that an operand holds; raises ValueError unless they are positive."""
    sizes = call.sizes(slot)
    if len(sizes) != 2 or any(isinstance(size, int) and size < 1 for size in sizes):
        raise ValueError(f"operand {slot} has to hold a height and a width, both positive")
    return sizes


# --- cropping -------------------------------------------------------------------------------------------------------


def _steps(boxes: np.ndarray, axis: int, size: int, out: int) -> np.ndarray:
    real = boxes.dtype.type
    return np.asarray((boxes[:, axis + 2] - boxes[:, axis]) * real(size - 1) / real(max(out - 1, 1)))


def _places_in_boxes(boxes: np.ndarray, axis: int, size: int, out: int) -> np.ndarray:
    """For each box, the coordinates along one axis at which it is sampled: `[boxes, out]`."""
    last, first = boxes.dtype.type(size - 1), boxes[:, axis]
    if out == 1:
        return np.asarray(boxes.dtype.type(0.5) * (first + boxes[:, axis + 2]) * last)[:, None]
    steps = _steps(boxes, axis, size, out)[:, None]
    return np.asarray((first * last)[:, None] + np.arange(out).astype(boxes.dtype) * steps)


def _box_places(boxes: np.ndarray, call: Call) -> Iterator[np.ndarray]:
    for axis, (size, out) in enumerate(zip(call.shape(0)[1:3], call.sizes(3), strict=True)):
        assert isinstance(size, int) and isinstance(out, int)
        yield _places_in_boxes(boxes, axis, size, out)


def _rounds_otherwise_in_double(call: Call) -> bool:
    boxes = call.value(1)
    if boxes is None or call.attrs["method"] != "nearest":
        return False
    pairs = zip(_box_places(boxes, call), _box_places(boxes.astype(np.float64), call), strict=True)
    return any((half_away(single) != half_away(double)).any() for single, double in pairs)


def _copied_from_the_left(call: Call) -> bool:
    """Whether a box takes one pixel after another, but not the first pixels of whole rows."""
    boxes, width, out = call.value(1), call.shape(0)[2], call.sizes(3)[1]
    assert boxes is not None and isinstance(width, int) and isinstance(out, int)
    one_by_one = boxes[np.abs(_steps(boxes, 1, width, out) - 1) < 1e-6]
    if out == 1 or not one_by_one.size:
        return False
    rows, columns = _box_places(one_by_one, call)
    if call.attrs["method"] == "nearest":
        return bool((rows % 1 >= 0.5).any() or (columns < 0).any() or (half_away(columns) != np.arange(out)).any())
    return bool(((rows % 1 == 0).any(1) & (columns[:, 0] != 0)).any())


def _crop(image: np.ndarray, boxes: np.ndarray, box_ind: np.ndarray, crop_size: np.ndarray, **attrs: Any) -> np.ndarray:
    height, width = image.shape[1:3]
    rows = _places_in_boxes(boxes, 0, height, int(crop_size[0]))
    columns = _places_in_boxes(boxes, 1, width, int(crop_size[1]))
    inside = ((rows >= 0) & (rows <= height - 1))[:, :, None] & ((columns >= 0) & (columns <= width - 1))[:, None]
    rows, columns = np.clip(rows, 0, height - 1)[:, :, None], np.clip(columns, 0, width - 1)[:, None]
    pick = image.astype(f32)
    which = box_ind[:, None, None]
    if attrs["method"] == "nearest":
        values = pick[which, half_away(rows), half_away(columns)]
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


def _cropped(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    rank_is(call, 1, 2)
    rank_is(call, 2, 1)
    same_size("a box has four sides", call.shape(1)[1], 4)
    same_size("the numbers of boxes differ", call.shape(1)[0], call.shape(2)[0])
    return TensorType(F32, (call.shape(1)[0], *two_sizes(call, 3), call.shape(0)[-1]))


# --- the table ------------------------------------------------------------------------------------------------------

_SIZE = Input("size", INT, host=True)
_RESIZE = (T, Attr("align_corners", "bool", False), Attr("half_pixel_centers", "bool", False))


def _cut_elsewhere(call: Call) -> bool:
    images = call.known(2)
    return bool((images != np.arange(len(images))).any())


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
        (
            dtype_limit(0, FLOAT, "wasm", effect="wrong"),
            Limit(("cpu",), "wrong", "the nearest pixel is chosen in double precision", _differs_in_double),
        ),
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
        differences=(
            Difference(("cpu",), "the nearest pixel is chosen in double precision", _rounds_otherwise_in_double),
            Difference(("webgl",), "box i is cut out of image i, whatever box_ind says", _cut_elsewhere),
            Difference(("wasm",), "pixels at a distance of one are copied from the left border", _copied_from_the_left),
        ),
        category="image",
        tolerance=1e-5,
        accumulates=True,
    ),
)
