"""Normalisations: by stored moments, by the moments of the input, by its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, minimum
from totfjs.recipes.shapes import reshape
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.use import Flow, Use
from totfjs.weights.narrow import narrow


def axes_of(use: Use, rank: int, key: str = "axis", default: Any = -1) -> list[int]:
    """The axes that an argument names, counted from the front, in order."""
    given = use.config.get(key, default)
    axes = [given] if isinstance(given, int) else list(given)
    if any(not -rank <= axis < rank for axis in axes):
        raise use.refuse(f"{key} {given} is out of bounds for {rank} dims")
    return sorted(axis % rank for axis in axes)


def along(x: Tensor, axes: Sequence[int], values: Tensor) -> Tensor:
    """Values for each place along some axes of `x`, in a shape that broadcasts with it."""
    return reshape(values, tuple(size if axis in axes else 1 for axis, size in enumerate(x.shape)))


def _values(use: Use, name: str) -> np.ndarray:
    return narrow(name, use.layer.weights[name], lambda note: use.note(str(note))).numpy().astype(np.float64)


# --- moments that were stored ---


def _batch_variables(layer: Layer) -> list[Variable]:
    config = layer.config
    trained = [name for name, key in (("gamma", "scale"), ("beta", "center")) if config.get(key, True)]
    stored = ["moving_mean", "moving_variance"]
    if config.get("renorm", False):
        stored += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    return [Variable(name) for name in trained] + [Variable(name, trained=False) for name in stored]


def _batch(use: Use) -> Tensor:
    """A factor and an offset for each channel, which the passes put into the layer before.

    Functional models of Keras 3 forget `training=True` when they predict; those before did not.
    """
    if use.kwargs.get("training") and use.layer.generation < 3 and use.layer.trainable:
        raise use.refuse("it is called with training=True, which takes the moments of the batch")
    x, weights = use.float(use.x), use.layer.weights
    with np.errstate(all="ignore"):
        factor = 1 / np.sqrt(_values(use, "moving_variance") + use.config.get("epsilon", 1e-3))
        factor = factor * _values(use, "gamma") if "gamma" in weights else factor
        offset = -_values(use, "moving_mean") * factor
        offset = offset + _values(use, "beta") if "beta" in weights else offset
    axes = axes_of(use, x.rank)
    if len(axes) != 1:
        raise use.refuse(f"it normalises {len(axes)} axes at once")
    shape = tuple(factor.size if axis in axes else 1 for axis in range(x.rank) if axis >= axes[0])

    def constant(values: np.ndarray, name: str) -> Tensor:
        return use.builder.const(values.reshape(shape).astype(np.float32), name=name)

    scaled = elementwise("Mul", x, constant(factor, "scale"))
    return elementwise("AddV2", scaled, constant(offset, "offset"))


# --- moments of the input ---


def _scale_and_center(layer: Layer) -> list[Variable]:
    config = layer.config
    scaled = config.get("scale", True) or config.get("rms_scaling", False)
    centered = config.get("center", True) and not config.get("rms_scaling", False)
    return [Variable(name) for name, there in (("gamma", scaled), ("beta", centered)) if there]


def mean(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The mean along axes, which stay with size 1."""
    return x.builder.op("Mean", x, list(axes), keep_dims=True)


def _inverse_root(x: Tensor, epsilon: float) -> Tensor:
    return elementwise("Rsqrt", elementwise("AddV2", x, x.builder.like(x, epsilon)))


def _normalised(x: Tensor, axes: Sequence[int], epsilon: float) -> Tensor:
    """`x` moved and scaled to a mean of 0 and a variance of 1 along axes."""
    centered = elementwise("Sub", x, mean(x, axes))
    variance = mean(elementwise("Square", centered), axes)
    return elementwise("Mul", centered, _inverse_root(variance, epsilon))


def _trained(use: Use, x: Tensor, axes: Sequence[int]) -> Tensor:
    """`x` times gamma plus beta, as far as the layer has them."""
    weights = use.layer.weights
    if "gamma" in weights:
        x = elementwise("Mul", x, along(x, axes, use.weight("gamma")))
    return elementwise("AddV2", x, along(x, axes, use.weight("beta"))) if "beta" in weights else x


def _layer(use: Use) -> Tensor:
    x = use.float(use.x)
    axes, epsilon = axes_of(use, x.rank), use.config.get("epsilon", 1e-3)
    if not use.config.get("rms_scaling", False):
        return _trained(use, _normalised(x, axes, epsilon), axes)
    variance = mean(elementwise("Square", elementwise("Sub", x, mean(x, axes))), axes)
    return _trained(use, elementwise("Mul", x, _inverse_root(variance, epsilon)), axes)


def _group(use: Use) -> Tensor:
    x = use.float(use.x)
    if use.layer.generation < 3 and use.mask is not None:
        raise use.refuse("it takes its moments under a mask, as older Keras did")
    (axis,) = axes_of(use, x.rank)
    channels = x.shape[axis]
    if axis == 0 or not isinstance(channels, int):
        raise use.refuse(f"its axis {axis} has no fixed number of channels")
    groups = use.config.get("groups", 32)
    groups = channels if groups == -1 else groups
    before, after = dims.product(x.shape[1:axis]), dims.product(x.shape[axis + 1 :])
    if before == 1:
        apart = reshape(x, (x.shape[0], groups, after * (channels // groups)))
    elif after == 1:
        apart = reshape(x, (x.shape[0], before, groups, channels // groups))
    else:
        apart = reshape(x, (x.shape[0], before, groups, after * (channels // groups)))
    over = [index for index in range(1, apart.rank) if apart.shape[index] is not None]
    over.remove(1 if before == 1 else 2)
    return _trained(use, reshape(_normalised(apart, over, use.config.get("epsilon", 1e-3)), x.shape), [axis])


def _root_mean_square(use: Use) -> Tensor:
    x = use.float(use.x)
    squares = mean(elementwise("Square", x), axes_of(use, x.rank))
    found = elementwise("Mul", x, _inverse_root(squares, use.config.get("epsilon", 1e-6)))
    return elementwise("Mul", found, use.weight("scale"))


# --- lengths ---


def _unit(use: Use) -> Tensor:
    x = use.float(use.x)
    squares = use.builder.op("Sum", elementwise("Square", x), axes_of(use, x.rank), keep_dims=True)
    if use.layer.generation < 3:
        least = use.builder.const(1e-12, DType.FLOAT32)
        return elementwise("Mul", x, elementwise("Rsqrt", maximum(squares, least)))
    most = use.builder.const(1e12, DType.FLOAT32)
    return elementwise("Mul", x, minimum(elementwise("Rsqrt", squares), most))


def _wrapped(use: Use) -> Tensor:
    """Training leaves the kernel normalised; at inference the layer is what it wraps, in the dtype of its input."""
    result = use.child("layer", *use.args, **use.kwargs)
    if not isinstance(result, Flow):
        raise use.refuse("the layer that it wraps gives several tensors")
    dtype = use.x.dtype
    if use.layer.generation < 3 or dtype is result.tensor.dtype:
        return result.tensor
    return use.builder.op("Cast", result.tensor, DstT=dtype)


def _wrapped_variables(_: Layer) -> list[Variable]:
    """Archives hold the kernel of the wrapped layer twice."""
    return [Variable("kernel", optional=True), Variable("vector_u", trained=False, also=("sn_u",))]


LAYERS = {
    "BatchNormalization": Kind(_batch, _batch_variables, masks=True),
    "SyncBatchNormalization": Kind(_batch, _batch_variables, masks=True),
    "LayerNormalization": Kind(_layer, _scale_and_center, masks=True),
    "GroupNormalization": Kind(_group, _scale_and_center, masks=True),
    "RMSNormalization": Kind(_root_mean_square, lambda _: (Variable("scale"),)),
    "UnitNormalization": Kind(_unit, masks=True),
    "SpectralNormalization": Kind(_wrapped, _wrapped_variables, lambda layer: {"layer": layer.config["layer"]}),
}
