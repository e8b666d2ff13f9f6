"""Totals along axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.shapes import behind, reshape, transpose

_OPS = {"sum": "Sum", "prod": "Prod", "max": "Max", "min": "Min"}


def reduced(op: str, x: Tensor, axes: Sequence[int], keep_dims: bool = False) -> Tensor:
    """`Sum`, `Prod`, `Max`, `Min`, `All` or `Any` along axes.

    WebGPU moves no axes of integers and bools behind the others, as a reduction has to.
    """
    axes = sorted(axis % x.rank for axis in axes)
    if x.dtype is DType.FLOAT32 or x.rank < 3 or axes == list(range(x.rank - len(axes), x.rank)):
        return x.builder.op(op, x, axes, keep_dims=keep_dims)
    if x.dtype is DType.BOOL:
        number = x.builder.op("Cast", x, DstT=DType.FLOAT32)
        found = x.builder.op({"All": "Min", "Any": "Max"}[op], number, axes, keep_dims=keep_dims)
        return elementwise("NotEqual", found, x.builder.const(0.0, DType.FLOAT32))
    found = x
    for start, stop in _runs(axes):
        found = behind(found, start, stop, lambda rows: rows.builder.op(op, rows, [1], keep_dims=True))
    return found if keep_dims else reshape(found, tuple(s for axis, s in enumerate(found.shape) if axis not in axes))


def _runs(axes: Sequence[int]) -> list[tuple[int, int]]:
    """Where axes that follow each other begin and end."""
    starts = [axis for axis in axes if axis - 1 not in axes]
    stops = [axis + 1 for axis in axes if axis + 1 not in axes]
    return list(zip(starts, stops, strict=True))


def reduce_axes(x: Tensor, axes: Sequence[int], monoid: Monoid) -> Tensor:
    """The total along axes, which go away; of nothing it is neutral, in dims of size 1."""
    if not axes:
        return x
    kept = [axis for axis in range(x.rank) if axis not in axes]
    if any(x.shape[axis] == 0 for axis in axes):
        return x.builder.const(np.full((1,) * len(kept), monoid.neutral(x.dtype)), x.dtype)
    if monoid.kind != "prod" or x.dtype is DType.FLOAT32:
        return monoid.settle(reduced(_OPS[monoid.kind], x, axes))
    # The runtime's product of integers is rounded where it passes 2^53.
    shape = tuple(x.shape[axis] for axis in kept)
    flat = reshape(transpose(x, [*kept, *axes]), (*shape, dims.product(x.shape[axis] for axis in axes)))
    return reshape(monoid.reduce(flat, len(kept)), shape)


__all__ = ["reduce_axes", "reduced"]
