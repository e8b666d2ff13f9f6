"""Slices, steps, reversals and padding along any axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant
from totfjs.recipes.shapes import broadcast_to, dim_value, reshape, shape_vector


def slice_axes(x: Tensor, starts: Sequence[Size], stops: Sequence[Size], steps: Sequence[int] | None = None) -> Tensor:
    """`x[start:stop:step, ...]`."""
    steps = steps or [1] * x.rank
    kept = [
        x.shape[axis] if _touches_end(x, axis, stops[axis]) else stops[axis] - starts[axis] for axis in range(x.rank)
    ]
    if any(start != 0 for start in starts) or any(not _touches_end(x, axis, stops[axis]) for axis in range(x.rank)):
        sizes: list[Size] = [-1 if _touches_end(x, axis, stops[axis]) else kept[axis] for axis in range(x.rank)]
        builder = x.builder
        x = builder.op("Slice", x, shape_vector(builder, starts), shape_vector(builder, sizes))
    for axis, step in enumerate(steps):
        if step != 1:
            x = every(x, axis, step)
    return x


def every(x: Tensor, axis: int, step: int) -> Tensor:
    """Each `step`-th element along an axis, from the first on."""
    builder, size = x.builder, x.shape[axis]
    mask = (1 << x.rank) - 1
    operands = [builder.const(values, DType.INT32) for values in ([0] * x.rank, [0] * x.rank, [1] * x.rank)]
    operands[2] = builder.const([step if index == axis else 1 for index in range(x.rank)], DType.INT32)
    attrs: dict[str, Any] = {"begin_mask": mask, "end_mask": mask}
    if builder.refusal("StridedSlice", x, *operands, **attrs) is None:
        return builder.op("StridedSlice", x, *operands, **attrs)
    if isinstance(size, int):
        return take(x, builder.const(np.arange(0, size, step, dtype=np.int32)), axis)
    places = builder.op("Range", 0, dim_value(builder, size), step)
    return take(x, places, axis)


def take(x: Tensor, places: Tensor, axis: int) -> Tensor:
    """The elements at the given places along an axis."""
    before, after = x.shape[:axis], x.shape[axis % x.rank + 1 :]
    shape = (*before, *places.shape, *after)
    return nothing(x, shape) if 0 in x.shape and 0 in shape else x.builder.op("GatherV2", x, places, axis)


def nothing(x: Tensor, shape: Shape) -> Tensor:
    """A tensor of the dtype of `x` that has a dim of size 0."""
    sizes = [size for size in shape if isinstance(size, int)]
    filler = np.full(sizes, b"", object) if x.dtype is DType.STRING else np.zeros(sizes, x.dtype.numpy)
    if len(sizes) == len(shape):
        return x.builder.const(filler)
    return x.builder.op("Reshape", x.builder.const(filler.reshape(-1)[:0]), shape_vector(x.builder, shape))


def reverse(x: Tensor, axes: Sequence[int]) -> Tensor:
    """`x` backwards along the axes."""
    axes = [axis for axis in axes if x.shape[axis] != 1]
    if not axes:
        return x
    if x.builder.refusal("ReverseV2", x, x.builder.const(axes, DType.INT32)) is None:
        return x.builder.op("ReverseV2", x, axes)
    for axis in axes:
        x = take(x, backwards(x, axis), axis)
    return x


def backwards(x: Tensor, axis: int) -> Tensor:
    """The places along an axis, the last one first."""
    builder, size = x.builder, x.shape[axis]
    if isinstance(size, int):
        return builder.const(np.arange(size - 1, -1, -1, dtype=np.int32))
    return builder.op("Range", dim_value(builder, size - 1), -1, -1)


def pad(x: Tensor, value: Tensor, low: Sequence[Size], high: Sequence[Size], interior: Sequence[int]) -> Tensor:
    """`x` with `value` before, after and between its elements; negative counts cut elements off."""
    for axis, gap in enumerate(interior):
        if gap:
            x = spread(x, value, axis, gap)
    cut_low = [-count if isinstance(count, int) and count < 0 else 0 for count in low]
    cut_high = [-count if isinstance(count, int) and count < 0 else 0 for count in high]
    if any(cut_low) or any(cut_high):
        x = slice_axes(x, cut_low, [size - cut for size, cut in zip(x.shape, cut_high, strict=True)])
    before = [count if isinstance(count, Dim) else max(count, 0) for count in low]
    after = [count if isinstance(count, Dim) else max(count, 0) for count in high]
    return _padded(x, value, before, after)


def spread(x: Tensor, value: Tensor, axis: int, gap: int) -> Tensor:
    """`gap` times `value` between each two neighbours along an axis."""
    size = x.shape[axis]
    if size in (0, 1):
        return x
    apart = reshape(x, (*x.shape[: axis + 1], 1, *x.shape[axis + 1 :]))
    filled = _padded(apart, value, [0] * apart.rank, [gap if index == axis + 1 else 0 for index in range(apart.rank)])
    joined = reshape(filled, (*x.shape[:axis], size * (gap + 1), *x.shape[axis + 1 :]))
    stops = [size * (gap + 1) - gap if index == axis else dim for index, dim in enumerate(joined.shape)]
    return slice_axes(joined, [0] * x.rank, stops)


def _padded(x: Tensor, value: Tensor, low: Sequence[Size], high: Sequence[Size]) -> Tensor:
    if all(count == 0 for count in (*low, *high)):
        return x
    builder = x.builder
    if x.dtype is DType.BOOL:
        number, filler = (builder.op("Cast", item, DstT=DType.INT32) for item in (x, value))
        return builder.op("NotEqual", _padded(number, filler, low, high), 0)
    counts = _amounts(builder, [size for pair in zip(low, high, strict=True) for size in pair])
    known = constant(value)
    filler = builder.const(known.reshape(()), value.dtype) if known is not None else reshape(value, ())
    if builder.refusal("PadV2", x, counts, filler) is None:
        return builder.op("PadV2", x, counts, filler)
    return _joined(x, filler, low, high)


def _amounts(builder: Builder, pairs: Sequence[Size]) -> Tensor:
    known = [size for size in pairs if isinstance(size, int)]
    if len(known) == len(pairs):
        return builder.const(np.array(known, np.int32).reshape(-1, 2), name="paddings")
    return reshape(shape_vector(builder, pairs), (len(pairs) // 2, 2))


def _joined(x: Tensor, value: Tensor, low: Sequence[Size], high: Sequence[Size]) -> Tensor:
    """Padding as a concatenation, for more dims than backends pad."""
    for axis, (before, after) in enumerate(zip(low, high, strict=True)):
        parts = [_block(x, value, axis, before), x, _block(x, value, axis, after)]
        filled = [part for part in parts if part is not None]
        x = x if len(filled) == 1 else x.builder.op("ConcatV2", *filled, axis)
    return x


def _block(x: Tensor, value: Tensor, axis: int, count: Size) -> Tensor | None:
    if count == 0:
        return None
    return broadcast_to(value, (*x.shape[:axis], count, *x.shape[axis + 1 :]))


def _touches_end(x: Tensor, axis: int, stop: Size) -> bool:
    return stop == x.shape[axis]
