"""Totals over moving windows of images, right for NaN.

The runtime's pools pass NaN over on most backends, and its convolutions do not: a depthwise convolution with a filter
of ones sums windows, and finds those that hold NaN. It costs no more than the pool itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.convolution import Pads, is_same
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.slicing import pad

# What a filter may hold; larger windows are summed along one axis after the other.
MOST_WEIGHTS = 1 << 14


@dataclass(frozen=True)
class Pool:
    """Windows over the height and the width of images (batch, height, width, channels)."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads

    @property
    def attrs(self) -> dict[str, Any]:
        """How the runtime's ops move, with what they pad themselves."""
        return {"strides": (1, *self.strides, 1), "padding": "VALID" if self.pads == _NO_PADS else "SAME"}


def sums(image: Tensor, pool: Pool) -> Tensor:
    """The sum of each window; the number of channels has to be known."""
    return _summed(*_padded(image, pool, 0.0))


def maxima(image: Tensor, pool: Pool) -> Tensor:
    """The largest value of each window, or NaN if it holds one; the number of channels has to be known."""
    # No backend pads with -inf right, and zeros win nothing among numbers that are not negative.
    zeros = _covered(pool) and _made_by(image, _NEVER_NEGATIVE)
    safe = _made_by(image, _NEVER_NAN)
    image, pool = _padded(image, pool, 0.0 if zeros else -np.inf)
    found = image.builder.op("MaxPool", image, ksize=(1, *pool.sizes, 1), **pool.attrs)
    if safe:
        return found
    if _made_by(image, _NEVER_NEGATIVE):  # no more than the sum of the window, which is NaN if it holds one
        return elementwise("Minimum", _summed(image, pool), found)
    return elementwise("AddV2", found, _lost(image, pool))


def _lost(image: Tensor, pool: Pool) -> Tensor:
    """-0 for each window, or NaN if it holds one: squares are not negative, so that infinities do not cancel out."""
    squares = _summed(elementwise("Square", image), pool)
    above = elementwise("AddV2", squares, image.builder.const(1.0, DType.FLOAT32))
    return elementwise("RealDiv", image.builder.const(-0.0, DType.FLOAT32), above)


def _summed(image: Tensor, pool: Pool) -> Tensor:
    channels = image.shape[-1]
    assert isinstance(channels, int)
    ones = np.ones((*pool.sizes, channels, 1), np.float32)
    return image.builder.op("DepthwiseConv2dNative", image, ones, **pool.attrs)


def _padded(image: Tensor, pool: Pool, filler: float) -> tuple[Tensor, Pool]:
    """The padding carried out, unless it is what the runtime calls SAME."""
    if pool.pads == _NO_PADS or is_same(image.shape[1:3], pool.sizes, pool.strides, pool.pads):
        return image, pool
    low, high = zip((0, 0), *pool.pads, (0, 0), strict=True)
    neutral = image.builder.const(filler, DType.FLOAT32)
    return pad(image, neutral, low, high, [0, 0, 0, 0]), replace(pool, pads=_NO_PADS)


def fits(sizes: Sequence[int], channels: Size) -> bool:
    """Whether the filter that sums windows is known and small."""
    return isinstance(channels, int) and int(np.prod(sizes)) * channels <= MOST_WEIGHTS


def _covered(pool: Pool) -> bool:
    """Whether every window holds something that is not padding."""
    counts = zip(pool.sizes, pool.pads, strict=True)
    return all(isinstance(count, int) and count < size for size, pair in counts for count in pair)


def _made_by(x: Tensor, ops: frozenset[str]) -> bool:
    node = x.builder.nodes[x.value.node]
    while node.op in ("Reshape", "Transpose", "Pad", "PadV2"):
        if node.op == "PadV2" and not _pads_with_zero(x, node):
            return False
        node = x.builder.nodes[node.inputs[0].node]
    if node.op == "Cast":
        return "Cast" in ops and x.builder.tensor(node.inputs[0]).dtype is not DType.FLOAT32
    return node.op in ops


def _pads_with_zero(x: Tensor, node: Any) -> bool:
    value = x.builder.operand(x.builder.tensor(node.inputs[2])).value
    return value is not None and not np.any(value)


_NO_PADS: Pads = ((0, 0), (0, 0))
_NEVER_NEGATIVE = frozenset(("Relu", "Relu6", "Sigmoid", "Softmax", "Abs", "Square", "Exp"))
_NEVER_NAN = frozenset(("Cast",))
__all__ = ["MOST_WEIGHTS", "Pool", "fits", "maxima", "sums"]
