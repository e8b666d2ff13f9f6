"""Reshapes: chains become one, and they move behind what can be fused into a convolution or a product."""

from __future__ import annotations

from math import prod

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.graph import Value
from totfjs.passes.constants import READABLE
from totfjs.passes.elementwise import ACTIVATIONS
from totfjs.passes.rewriting import Rule, Site
from totfjs.weights.array import Array, Dense

RESHAPES = ("Reshape", "ExpandDims", "Squeeze")
LINEAR = ("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul")
FUSABLE = (*LINEAR, "AddV2", "BiasAdd", "Sub", "Mul", "RealDiv", "_FusedConv2D", "_FusedMatMul")


def written(shape: Shape) -> np.ndarray | None:
    """A shape as the constant operand of Reshape, with -1 for the one dim that may be symbolic."""
    known = [size for size in shape if isinstance(size, int)]
    if len(shape) - len(known) > 1 or (len(known) < len(shape) and prod(known) == 0):
        return None
    return np.array([size if isinstance(size, int) else -1 for size in shape], np.int32)


def reshape(site: Site, value: Value, shape: Shape) -> Tensor | None:
    """A value in a new shape, where one constant can say it; a reshape made in this sweep is not reshaped again."""
    while value.node not in site.graph.nodes and site.edit.nodes[value.node].op == "Reshape":
        value = site.edit.nodes[value.node].inputs[0]
    if site.type(value).shape == shape:
        return site.edit.tensor(value)
    target = written(shape)
    return None if target is None else site.op("Reshape", value, site.const(target, "shape"))


def _chain(site: Site) -> Tensor | None:
    inner = site.producer(site.inputs[0], *RESHAPES)
    return reshape(site, site.operands(inner)[0], site.node.types[0].shape) if inner else None


def _known(site: Site) -> Tensor | None:
    """The shape is made when the model runs although its type says it."""
    if site.array(site.inputs[1]) is not None:
        return None
    return reshape(site, site.inputs[0], site.node.types[0].shape)


def _channels_behind(site: Site) -> Tensor | None:
    """op(reshape(x), c) = reshape(op(x, c)) for one c per channel of x, be they split by the reshape or not."""
    value, other = site.inputs
    if site.array(other) is None and site.node.op in ("AddV2", "Mul"):
        value, other = other, value
    inner = site.inner(value, *RESHAPES)
    array = site.array(other)
    if inner is None or array is None:
        return None
    x, *how = site.operands(inner)
    if site.producer(x, *FUSABLE) is None:
        return None
    vector = _per_channel(array, site.type(value).shape, site.type(x).shape[-1])
    if vector is None:
        return None
    constant = other if vector is array else site.const(vector, other.node)
    return site.op(inner.op, site.op(site.node.op, x, constant, **site.node.attrs), *how, **inner.attrs)


def _per_channel(array: Array, shape: Shape, count: Size) -> Array | None:
    """A constant that spreads over just those last axes of `shape` which hold the `count` channels, as a vector."""
    if array.ndim > len(shape) or array.size > READABLE:
        return None
    if array.size == 1:
        return array if array.ndim < 2 else array.reshape(())
    padded = (1,) * (len(shape) - array.ndim) + array.shape
    for axis in reversed(range(len(shape))):
        if dims.product(shape[axis:]) == count:
            known = all(isinstance(size, int) for size in shape[axis:])
            within = all(have in (1, size) for have, size in zip(padded[axis:], shape[axis:], strict=True))
            spreads = known and within and all(size == 1 for size in padded[:axis])
            return _flat(array, padded[axis:], shape[axis:]) if spreads else None
    return None


def _flat(array: Array, shape: tuple[int, ...], spread: Shape) -> Array:
    if array.ndim == 1 and shape == spread:
        return array
    sizes = [size for size in spread if isinstance(size, int)]
    return Dense(np.broadcast_to(array.numpy().reshape(shape), sizes).reshape(-1))


def _activation_behind(site: Site) -> Tensor | None:
    inner = site.inner(site.inputs[0], *RESHAPES)
    if inner is None:
        return None
    x, *how = site.operands(inner)
    if site.producer(x, *FUSABLE) is None:
        return None
    return site.op(inner.op, site.op(site.node.op, x, **site.node.attrs), *how, **inner.attrs)


RULES = (
    Rule("reshape of reshape", RESHAPES, _chain),
    Rule("reshape to a known shape", ("Reshape",), _known),
    Rule("per-channel arithmetic before reshape", ("AddV2", "BiasAdd", "Sub", "Mul", "RealDiv"), _channels_behind),
    Rule("activation before reshape", tuple(sorted(ACTIVATIONS)), _activation_behind),
)
