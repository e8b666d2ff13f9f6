"""Images cut and resized; what changes them at random does nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import clamp, elementwise, not_a_number, select
from totfjs.recipes.resampling import areas, bilinear, interpolated, matrix_of, mixed, nearest
from totfjs.recipes.slicing import pad, slice_axes
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.space import as_given, channels_last
from totfjs.sources.keras.use import Use

_INTERPOLATIONS = {2: ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"),
                   3: ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")}  # fmt: skip
# Interpolation that goes beyond the values it is made of, which integers of few bits would cut off.
_OVERSHOOTING = ("bicubic", "lanczos3", "lanczos5")
# The steps in which TensorFlow's cubic interpolation knows its kernel.
_STEPS = 1024


def _images(use: Use) -> Tensor:
    """Images (batch, height, width, channels) as floats."""
    if isinstance(use.args[0], dict):
        raise use.refuse("it is called with labels or boxes beside the images")
    if use.x.rank != 4:
        raise use.refuse(f"its input has {use.x.rank} dims, where images in a batch have 4")
    return channels_last(use, 2)


# --- sizes ---


def _resizing(use: Use) -> Tensor:
    method, config = str(use.config.get("interpolation", "bilinear")).lower(), use.config
    if method not in _INTERPOLATIONS[min(max(use.layer.generation, 2), 3)]:
        raise use.refuse(f"its interpolation {method!r} is not known")
    if config.get("fill_mode", "constant") != "constant":
        raise use.refuse(f"its fill_mode {config['fill_mode']!r} is not known")
    x, size = _images(use), (config["height"], config["width"])
    if config.get("crop_to_aspect_ratio", False):
        x = _cropped(x, size)
    elif config.get("pad_to_aspect_ratio", False):
        x = _padded(x, size, config.get("fill_value", 0.0))
    return as_given(use, _as_fed(use, _resized(use, x, size, method), method))


def _as_fed(use: Use, x: Tensor, method: str) -> Tensor:
    """Keras 3 gives integers for integers."""
    if use.x.dtype is DType.FLOAT32 or use.layer.generation < 3:
        return x
    if method in _OVERSHOOTING:
        raise use.refuse(f"{method} interpolation of integers depends on how many bits they have")
    return use.builder.op("Cast", elementwise("Round", x), DstT=use.x.dtype)


def _resized(use: Use, x: Tensor, size: Sequence[int], method: str) -> Tensor:
    smooth = bool(use.config.get("antialias", False))
    if x.shape[1:3] == tuple(size):
        return x
    if method == "nearest":
        return nearest(nearest(x, 1, size[0]), 2, size[1])
    if method == "bilinear" and not smooth:
        return bilinear(x, *size)
    if use.layer.generation < 3 and method in ("area", "bicubic") and not smooth:
        return _as_tensorflow(use, x, size, method)
    return interpolated(x, (1, 2), size, method, smooth)


def _as_tensorflow(use: Use, x: Tensor, size: Sequence[int], method: str) -> Tensor:
    for axis, after in zip((1, 2), size, strict=True):
        before = x.shape[axis]
        if not isinstance(before, int):
            raise use.refuse(f"{method} interpolation needs to know the size {before}")
        x = mixed(x, axis, areas(before, after) if method == "area" else _stepped_cubic(before, after))
    return x


def _stepped_cubic(before: int, after: int) -> np.ndarray:
    """The weights of cubic interpolation with distances rounded to steps, as TensorFlow's tables have them."""
    middles = (np.arange(after) + 0.5) * (before / after) - 0.5
    rounded = np.floor(middles) + np.rint((middles - np.floor(middles)) * _STEPS) / _STEPS
    return matrix_of(before, after, "bicubic", middles=rounded)


def _center_crop(use: Use) -> Tensor:
    x, size = _images(use), (use.config["height"], use.config["width"])
    inside = [_at_least(use, have, want) for have, want in zip(x.shape[1:3], size, strict=True)]
    if all(inside):
        starts = [dims.floordiv(have - want, 2) for have, want in zip(x.shape[1:3], size, strict=True)]
        return as_given(use, _window(x, starts, size))
    return as_given(use, _smart(x, size))


def _at_least(use: Use, have: Size, want: int) -> bool:
    if not isinstance(have, int):
        raise use.refuse(
            f"whether images of size {have} are cut or resized depends on their size",
            "Fix the size of the model's input.",
        )
    return have >= want


def _random_crop(use: Use) -> Any:
    """Keras 3 crops in training alone; before, images were brought to size."""
    if use.layer.generation >= 3:
        return _same(use)
    return as_given(use, _smart(_images(use), (use.config["height"], use.config["width"])))


def _smart(x: Tensor, size: Sequence[int]) -> Tensor:
    """The middle of the images in the proportions of the size, in that size."""
    cut = _cropped(x, size)
    return cut if cut.shape[1:3] == tuple(size) else bilinear(cut, *size)


def _cropped(x: Tensor, size: Sequence[int]) -> Tensor:
    """The largest middle part of images in the proportions of a size."""
    kept = [
        dims.maximum(dims.minimum(have, other), 1) for have, other in zip(x.shape[1:3], _fitting(x, size), strict=True)
    ]
    starts = [dims.floordiv(have - want, 2) for have, want in zip(x.shape[1:3], kept, strict=True)]
    return _window(x, starts, kept)


def _padded(x: Tensor, size: Sequence[int], value: float) -> Tensor:
    """Images in the middle of the smallest frame in the proportions of a size."""
    whole = [dims.maximum(have, other) for have, other in zip(x.shape[1:3], _fitting(x, size), strict=True)]
    border = [0, *(dims.floordiv(want - have, 2) for have, want in zip(x.shape[1:3], whole, strict=True)), 0]
    return pad(x, x.builder.const(value, DType.FLOAT32), border, border, [0] * 4)


def _fitting(x: Tensor, size: Sequence[int]) -> tuple[Size, Size]:
    """The height that goes with the width in the proportions of a size, and the width that goes with the height."""
    height, width = x.shape[1:3]
    return dims.floordiv(width * size[0], size[1]), dims.floordiv(height * size[1], size[0])


def _window(x: Tensor, starts: Sequence[Size], sizes: Sequence[Size]) -> Tensor:
    stops = [start + size for start, size in zip(starts, sizes, strict=True)]
    return slice_axes(x, [0, *starts, 0], [x.shape[0], *stops, x.shape[3]])


# --- colours ---


def _auto_contrast(use: Use) -> Tensor:
    """Each channel stretched over the whole range; those of one value stay as they are."""
    if isinstance(use.args[0], dict) or use.x.rank != 4:
        raise use.refuse("it takes images in a batch")
    x, (low, high) = use.float(use.x), sorted(use.config.get("value_range", (0, 255)))
    bright = _in_range(x, (low, high), (0, 255))
    least, most = (use.builder.op(op, bright, [1, 2], keep_dims=True) for op in ("Min", "Max"))
    scale = elementwise("RealDiv", use.builder.const(255.0, DType.FLOAT32), elementwise("Sub", most, least))
    offset = elementwise("Mul", elementwise("Neg", least), scale)
    stretched = elementwise("AddV2", elementwise("Mul", bright, scale), offset)
    bounds = (use.builder.const(value, DType.FLOAT32) for value in (0.0, 255.0))
    result = _in_range(clamp(stretched, *bounds), (0, 255), (low, high))
    return select(not_a_number(stretched), x, result)


def _in_range(x: Tensor, old: tuple[float, float], new: tuple[float, float]) -> Tensor:
    if old == new:
        return x
    scale = (new[1] - new[0]) / (old[1] - old[0])
    moved = elementwise("Sub", x, x.builder.const(old[0], DType.FLOAT32))
    scaled = elementwise("Mul", moved, x.builder.const(scale, DType.FLOAT32))
    return elementwise("AddV2", scaled, x.builder.const(new[0], DType.FLOAT32))


# --- nothing ---


def _checked(use: Use) -> None:
    """Functional models of Keras 3 forget `training=True` when they predict; those before did not."""
    if use.kwargs.get("training") and use.layer.generation < 3:
        raise use.refuse("it is called with training=True, which makes it random at inference")
    if isinstance(use.args[0], dict):
        raise use.refuse("it is called with labels or boxes beside the images")


def _same(use: Use) -> Tensor:
    _checked(use)
    return use.x if use.layer.generation >= 3 else use.float(use.x)


def _as_floats(use: Use) -> Tensor:
    _checked(use)
    return use.float(use.x)


def _refused(use: Use) -> Any:
    raise use.refuse("it counts the pixels of each brightness in tiles, which is not lowered")


_SAME = (
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomGrayscale",
    "RandomHue", "RandomInvert", "RandomPosterization", "RandomSaturation", "MixUp", "Equalization",
)  # fmt: skip
_FLOATS = (
    "AugMix", "CutMix", "RandAugment", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomHeight", "RandomPerspective", "RandomRotation", "RandomSharpness", "RandomShear", "RandomTranslation",
    "RandomWidth", "RandomZoom", "Solarization",
)  # fmt: skip

LAYERS = {
    "Resizing": Kind(_resizing),
    "CenterCrop": Kind(_center_crop),
    "RandomCrop": Kind(_random_crop),
    "AutoContrast": Kind(_auto_contrast),
    "ContrastLimitedAdaptiveHistogramEqualization": Kind(_refused),
    **dict.fromkeys(_SAME, Kind(_same)),
    **dict.fromkeys(_FLOATS, Kind(_as_floats)),
}
