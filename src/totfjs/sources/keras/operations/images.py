"""Images: colours, margins, patches, sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.recipes.elementwise import elementwise, maximum, minimum, select
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.keras.layers.kind import Rule
from totfjs.sources.keras.operations.arithmetic import modulo, subtract
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.elementwise import clip
from totfjs.sources.keras.operations.linear import tensordot
from totfjs.sources.keras.operations.numbers import floating, whole
from totfjs.sources.keras.operations.shapes import expanded, moved, padded, split, squeezed, stacked
from totfjs.sources.keras.operations.windows import as_layer, bound
from totfjs.sources.keras.use import Use

_EPSILON = float(np.finfo(np.float32).eps)


def _channels(data_format: Any) -> int:
    return -3 if data_format == "channels_first" else -1


def grayscale(images: Tensor, data_format: Any = None) -> Tensor:
    """The brightness of colours."""
    axis = _channels(data_format)
    if images.shape[axis] == 1:
        return images
    x = moved(floating(images), axis, -1)
    weights = x.builder.const(np.array([[0.2989], [0.587], [0.114]], np.float32))
    return moved(tensordot(x, weights, 1), -1, axis)


def _planes(images: Tensor, axis: int) -> list[Tensor]:
    return [squeezed(plane, axis) for plane in split(images, 3, axis)]


def _where(condition: Tensor, yes: Tensor, no: float) -> Tensor:
    return select(condition, yes, yes.builder.like(yes, no))


def to_hsv(images: Tensor, data_format: Any = None) -> Tensor:
    """Colours by hue, saturation and value."""
    axis, x = _channels(data_format), floating(images)
    x = _where(elementwise("GreaterEqual", elementwise("Abs", x), x.builder.like(x, _EPSILON)), x, 0.0)
    red, green, blue = _planes(x, axis)
    value = maximum(maximum(red, green), blue)
    spread = value - minimum(minimum(red, green), blue)
    some, wide = (elementwise("Greater", item, item.builder.like(item, 0)) for item in (value, spread))
    saturation = _where(some, spread / _where(some, value, 1.0), 0.0)
    scale = elementwise("Reciprocal", _where(wide, spread, 1.0) * 6.0)
    hue = select(elementwise("Equal", value, green), scale * (blue - red) + 2 / 6, scale * (red - green) + 4 / 6)
    hue = select(elementwise("Equal", value, red), scale * (green - blue), hue)
    below = elementwise("Less", hue, hue.builder.like(hue, 0))
    return stacked([_where(wide, hue, 0.0) + _where(below, hue.builder.op("OnesLike", hue), 0.0), saturation, value],
                   axis)  # fmt: skip


def to_rgb(images: Tensor, data_format: Any = None) -> Tensor:
    """Colours by red, green and blue."""
    axis = _channels(data_format)
    hue, saturation, value = _planes(floating(images), axis)
    turn = modulo(hue, 1.0) * 6.0
    parts = (
        clip(elementwise("Abs", turn - 3.0) - 1.0, 0.0, 1.0),
        clip(subtract(2.0, elementwise("Abs", turn - 2.0)), 0.0, 1.0),
        clip(subtract(2.0, elementwise("Abs", turn - 4.0)), 0.0, 1.0),
    )
    rest = subtract(1.0, saturation)
    return stacked([value * (rest + saturation * part) for part in parts], axis)


def _sides(first: Any, last: Any, size: Size, target: Any, sign: int) -> tuple[int, int]:
    """What is added or taken away on both sides; one of them may follow from the target."""
    if first is None or last is None:
        if target is None or not isinstance(size, int):
            raise OpError("how much there is on each side has to be known when the model is converted")
        total = sign * (target - size)
        first = total - whole(last) if first is None else first
        last = total - whole(first) if last is None else last
    if first < 0 or last < 0:
        raise OpError("a side is negative")
    return whole(first), whole(last)


def pad_images(images: Tensor, top_padding: Any = None, left_padding: Any = None, bottom_padding: Any = None,
               right_padding: Any = None, target_height: Any = None, target_width: Any = None,
               data_format: Any = None) -> Tensor:  # fmt: skip
    """Margins of zeros."""
    rows = images.rank - (2 if data_format == "channels_first" else 3)
    widths = [(0, 0)] * images.rank
    widths[rows] = _sides(top_padding, bottom_padding, images.shape[rows], target_height, 1)
    widths[rows + 1] = _sides(left_padding, right_padding, images.shape[rows + 1], target_width, 1)
    return padded(images, widths)


def crop_images(images: Tensor, top_cropping: Any = None, left_cropping: Any = None, bottom_cropping: Any = None,
                right_cropping: Any = None, target_height: Any = None, target_width: Any = None,
                data_format: Any = None) -> Tensor:  # fmt: skip
    """Without margins."""
    rows = images.rank - (2 if data_format == "channels_first" else 3)
    starts: list[Size] = [0] * images.rank
    stops = list(images.shape)
    for axis, first, last, target in ((rows, top_cropping, bottom_cropping, target_height),
                                      (rows + 1, left_cropping, right_cropping, target_width)):  # fmt: skip
        if first is not None and target is not None:
            starts[axis], stops[axis] = whole(first), whole(first) + whole(target)
            continue
        before, after = _sides(first, last, images.shape[axis], target, -1)
        starts[axis], stops[axis] = before, images.shape[axis] - after
    return slice_axes(images, starts, stops)


def _batched(use: Use, kind: str, x: Tensor, config: dict[str, Any], weights: dict[str, Tensor]) -> Any:
    """A layer of images in a batch, for one image too."""
    alone = x.rank == 3
    result = as_layer(use, kind, expanded(x, 0) if alone else x, config, weights)
    return squeezed(result, 0) if alone else result


def _resize(use: Use) -> Any:
    height, width = use.config["size"]
    config = {**use.config, "height": height, "width": width}
    return _batched(use, "Resizing", bound(use, "images")["images"], config, {})


def _patches(use: Use) -> Any:
    x, size = floating(bound(use, "images")["images"]), use.config["size"]
    if len(size) != 2:
        raise OpError("patches of volumes are not supported")
    axis = _channels(use.config.get("data_format"))
    channels = whole(x.shape[axis])
    count = size[0] * size[1] * channels
    kernel = reshape(x.builder.const(np.eye(count, dtype=np.float32)), (*size, channels, count))
    given = {"strides": use.config.get("strides") or size, "kernel_size": size, "use_bias": False, "activation": None}
    return _batched(use, "Conv2D", x, {**use.config, **given}, {"kernel": kernel})


FUNCTIONS: dict[str, Function] = {
    "RGBToGrayscale": grayscale, "RGBToHSV": to_hsv, "HSVToRGB": to_rgb, "PadImages": pad_images,
    "CropImages": crop_images,
}  # fmt: skip
OPERATIONS: dict[str, Rule] = {
    **operations(FUNCTIONS),
    "ops.Resize": _resize,
    "ops.ExtractPatches": _patches,
}
