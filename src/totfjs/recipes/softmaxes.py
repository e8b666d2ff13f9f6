"""Distributions from logits along any axes: softmax, its logarithm, and the sparse one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, select
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.sorting import smallest
from totfjs.recipes.special.approximation import filled

# More dims than this are merged into rows.
_RANK = 4


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x), normalised along an axis."""
    return _over_last("Softmax", x, axis % x.rank)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of the softmax."""
    return _over_last("LogSoftmax", x, axis % x.rank)


def softmax_over(x: Tensor, axes: Sequence[int]) -> Tensor:
    """exp(x), normalised over several axes, as the exponential of x less its logsumexp."""
    axes = sorted(axis % x.rank for axis in axes)
    if len(axes) == 1:
        return softmax(x, axes[0])
    highest = x.builder.op("Max", x, axes, keep_dims=True)
    peak = select(elementwise("IsFinite", highest), highest, filled(highest, 0.0))
    total = x.builder.op("Sum", elementwise("Exp", x - peak), axes, keep_dims=True)
    return elementwise("Exp", x - (elementwise("Log", total) + peak))


def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """The sparse softmax as Keras computes it: from the sum of the running totals, where the paper takes the last."""
    axis %= x.rank
    size = x.shape[axis]
    if not isinstance(size, int):
        raise OpError("the length of the axis that sparsemax sorts has to be known")
    falling = elementwise("Neg", smallest(elementwise("Neg", x), size, axis)[0])
    totals = x.builder.op("Cumsum", falling, axis)
    ranks = np.arange(1, size + 1, dtype=np.float32).reshape([-1 if index == axis else 1 for index in range(x.rank)])
    support = elementwise("Greater", falling - (totals - 1.0) / x.builder.const(ranks), x.builder.like(x, 0.0))
    count = x.builder.op("Sum", elementwise("Cast", support, DstT=DType.FLOAT32), [axis], keep_dims=True)
    held = x.builder.op("Sum", select(support, totals, filled(totals, 0.0)), [axis], keep_dims=True)
    return maximum(x - (held - 1.0) / count, x.builder.like(x, 0.0))


def _over_last(op: str, x: Tensor, axis: int) -> Tensor:
    order = [*(index for index in range(x.rank) if index != axis), axis]
    moved = transpose(x, order)
    rows = moved if x.rank <= _RANK else reshape(moved, (dims.product(moved.shape[:-1]), moved.shape[-1]))
    y = reshape(x.builder.op(op, rows), moved.shape)
    return transpose(y, [order.index(index) for index in range(x.rank)])
