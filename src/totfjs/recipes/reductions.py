"""Totals along axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.shapes import reshape, transpose

_OPS = {"sum": "Sum", "prod": "Prod", "max": "Max", "min": "Min"}


def reduce_axes(x: Tensor, axes: Sequence[int], monoid: Monoid) -> Tensor:
    """The total along axes, which go away; of nothing it is neutral, in dims of size 1."""
    if not axes:
        return x
    kept = [axis for axis in range(x.rank) if axis not in axes]
    if any(x.shape[axis] == 0 for axis in axes):
        return x.builder.const(np.full((1,) * len(kept), monoid.neutral(x.dtype)), x.dtype)
    if monoid.kind != "prod" or x.dtype is DType.FLOAT32:
        return monoid.settle(x.builder.op(_OPS[monoid.kind], x, list(axes)))
    # The runtime's product of integers is rounded where it passes 2^53.
    shape = tuple(x.shape[axis] for axis in kept)
    flat = reshape(transpose(x, [*kept, *axes]), (*shape, dims.product(x.shape[axis] for axis in axes)))
    return reshape(monoid.reduce(flat, len(kept)), shape)


__all__ = ["reduce_axes"]
