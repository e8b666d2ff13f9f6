"""Preprocessing that is arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.sources.keras.browser.activations import rescaled
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.rules.core import identity
from totfjs.sources.keras.browser.spatial import channels_last
from totfjs.sources.keras.browser.use import Use
from totfjs.weights.array import Dense

# Layers that change images in training alone.
_RANDOM = (
    "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness",
    "RandomShear", "RandomHue", "RandomSaturation", "RandomColorJitter", "RandomColorDegeneration", "RandomGrayscale",
    "RandomInvert", "RandomPosterization", "RandomSharpness", "RandomGaussianBlur", "RandomPerspective",
    "RandomElasticTransform", "RandomErasing",
)  # fmt: skip
# Layers that Keras 3 calls with `training=True`, which it forgets when it predicts.
IMAGES = frozenset((*_RANDOM, "CenterCrop"))


def _rescaling(use: Use) -> Flow:
    scale, offset = use.get("scale", 1.0), use.get("offset", 0.0)
    if not isinstance(scale, int | float) or not isinstance(offset, int | float):
        return _by_channel(use, use.float(use.x), [(np.asarray(scale, np.float32), np.asarray(offset, np.float32))])
    return rescaled(use, use.x, "", float(scale), float(offset))


def _normalization(use: Use) -> Flow:
    x = use.float(use.x)
    mean, variance = (_moment(use, name) for name in ("mean", "variance"))
    axis = use.layer.config.get("axis", -1)
    axes = [] if axis is None else [each % x.rank for each in (axis if isinstance(axis, list | tuple) else [axis])]
    if axes not in ([], [x.rank - 1]):
        raise Obstacle("tfjs-layers has nothing for moments along an axis that is not the last")
    spread = np.maximum(np.sqrt(variance), np.float32(1e-7))
    steps = [(spread, np.float32(0) * mean), (np.float32(1) + 0 * mean, mean)] if use.get("invert", False) else [
        (np.float32(1) + 0 * mean, -mean), (1 / spread, np.float32(0) * mean)]  # fmt: skip
    if mean.size == 1:
        first = rescaled(use, x, "moved", *(float(np.ravel(number)[0]) for number in steps[0]))
        return rescaled(use, first, "", *(float(np.ravel(number)[0]) for number in steps[1]))
    return _by_channel(use, x, steps)


def _moment(use: Use, name: str) -> np.ndarray:
    """A stored moment, of those that were given or of those that were found in data."""
    value: Any = use.layer.weights[name] if name in use.layer.weights else use.get(name)
    if value is None:
        raise Obstacle(f"it has no {name}: it was not adapted")
    return np.asarray(value, np.float32).reshape(-1)


def _by_channel(use: Use, x: Flow, steps: list[tuple[Any, Any]]) -> Flow:
    """Each channel times a number plus another: depthwise convolutions of one pixel, which are not trained."""
    channels = x.channels
    shape = x.shape
    inner = [None if size is None else size for size in shape[1:-1]]
    dynamic = inner.count(None)
    if dynamic > 2 or (dynamic == 2 and len(inner) > 2):
        raise Obstacle("it has dims that are dynamic")
    from totfjs.sources.keras.browser.spatial import product, reshaped

    images = inner if len(inner) == 2 else [product(*inner) if inner else 1, 1]
    flow = reshaped(use, x, (*images, channels), "image")
    frozen = _frozen(use)
    for index, (scale, offset) in enumerate(steps):
        kernel = np.broadcast_to(np.asarray(scale, np.float32), (channels,)).reshape(1, 1, channels, 1)
        bias = np.broadcast_to(np.asarray(offset, np.float32), (channels,))
        weights = [("depthwise_kernel", Dense(kernel.copy())), ("bias", Dense(bias.copy()))]
        flow = frozen.emit(
            "DepthwiseConv2D", flow, flow.shape, "" if index == len(steps) - 1 else f"step_{index}", weights,
            kernel_size=[1, 1], strides=[1, 1], padding="valid", depth_multiplier=1, use_bias=True,
            activation="linear", data_format="channels_last",
        )  # fmt: skip
    return reshaped(use, flow, shape[1:], "shaped")


def _frozen(use: Use) -> Use:
    from dataclasses import replace

    return replace(use, layer=replace(use.layer, config={**use.layer.config, "trainable": False}))


def _center_crop(use: Use) -> Flow:
    def drawn(x: Flow) -> Flow:
        if x.rank != 4 or None in x.shape[1:3]:
            raise Obstacle("the size of its images has to be known")
        cropping, target = [], (use.get("height"), use.get("width"))
        for size, wanted in zip(x.shape[1:3], target, strict=True):
            if (size or 0) < wanted:
                raise Obstacle("its images are smaller than what it crops, and tfjs-layers lacks the resizing")
            start = ((size or 0) - wanted) // 2
            cropping.append([start, (size or 0) - wanted - start])
        shape = (x.shape[0], *target, x.shape[3])
        return use.emit("Cropping2D", x, shape, cropping=cropping, data_format="channels_last")

    return channels_last(use, use.float(use.x), drawn)


def _random(use: Use) -> Flow:
    use.untrained("TensorFlow.js lacks random changes of images")
    return identity(use)


LAYERS = {
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "CenterCrop": _center_crop,
    **dict.fromkeys(_RANDOM, _random),
}
