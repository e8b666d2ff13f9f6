"""Layers that apply an activation."""

from __future__ import annotations

from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes import activations
from totfjs.recipes.elementwise import elementwise, negate, select
from totfjs.recipes.softmaxes import softmax_over
from totfjs.recipes.special.approximation import filled
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.activations import activate, held
from totfjs.sources.keras.layers.kind import Kind, weights
from totfjs.sources.keras.use import Use

# What Keras puts in the place of logits that are masked, or adds to them before version 3.
_LOW = -1e9


def _activation(use: Use) -> Tensor:
    return activate(use, use.x)


def _relu(use: Use) -> Tensor:
    most = use.config.get("max_value")
    slope, threshold = _number(use, "negative_slope", 0.0), _number(use, "threshold", 0.0)
    whole = not slope and not threshold and (most is None or float(most).is_integer())
    x = use.x if whole else use.float(use.x)
    return activations.relu(x, slope, None if most is None else _number(use, "max_value", 0.0), threshold)


def _leaky_relu(use: Use) -> Tensor:
    return activations.leaky_relu(use.float(use.x), _number(use, "negative_slope", 0.3))


def _elu(use: Use) -> Tensor:
    return activations.elu(use.float(use.x), _number(use, "alpha", 1.0))


def _thresholded_relu(use: Use) -> Tensor:
    return activations.thresholded_relu(use.float(use.x), _number(use, "theta", 1.0))


def _prelu(use: Use) -> Tensor:
    x = use.float(use.x)
    below = activations.rectified(elementwise("Neg", x))
    return elementwise("Sub", activations.rectified(x), elementwise("Mul", below, use.weight("alpha")))


def _softmax(use: Use) -> Tensor:
    x, axis = use.float(use.x), use.config.get("axis", -1)
    axes = [axis] if isinstance(axis, int) else [int(item) for item in axis]
    given = use.args[1].tensor if len(use.args) > 1 and use.args[1] is not None else use.mask
    if given is None:
        return softmax_over(x, axes)
    mask = _as_bool(given)
    if use.layer.generation < 3:
        left_out = x.builder.op("Cast", negate(mask), DstT=DType.FLOAT32)
        return softmax_over(x + left_out * _LOW, axes)
    y = softmax_over(select(mask, x, filled(x, _LOW)), axes)
    return select(mask, y, filled(y, 0.0))


def _as_bool(mask: Tensor) -> Tensor:
    """A mask that is given as numbers counts where it is above one half."""
    if mask.dtype is DType.BOOL:
        return mask
    bound = 0.5 if mask.dtype is DType.FLOAT32 else 0
    return elementwise("Greater", mask, mask.builder.like(mask, bound))


def _number(use: Use, key: str, default: float) -> float:
    return float(use.config.get(key, default))


def _alpha(_: Layer) -> Any:
    return weights("alpha")


LAYERS = {
    "Activation": Kind(_activation, children=held, masks=True),
    "ReLU": Kind(_relu, masks=True),
    "LeakyReLU": Kind(_leaky_relu, masks=True),
    "ELU": Kind(_elu, masks=True),
    "PReLU": Kind(_prelu, _alpha, masks=True),
    "ThresholdedReLU": Kind(_thresholded_relu, masks=True),
    "Softmax": Kind(_softmax, masks=True),
}
