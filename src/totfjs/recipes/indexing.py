"""Reading at computed places: every form of gather is one GatherV2 along one axis of a flattened operand.

The runtime throws or reads garbage where an index is out of bounds, and wasm reads the wrong places in a batch; so
places are always brought into bounds first, and batches are part of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.shapes import dim_value, expand, reshape, transpose
from totfjs.recipes.slicing import slice_axes, take


@dataclass(frozen=True)
class Place:
    """Where slices start along one axis of the operand, and how long they are. `start` has the shape of the batch."""

    axis: int
    start: Tensor
    length: Size


def gather(x: Tensor, places: Sequence[Place], batch: Shape, fill: Tensor | None = None) -> Tensor:
    """Slices of `x` at the places. The result has the dims of the batch, then those of the slices in the order of `x`.

    Starts are brought into bounds. With `fill`, slices that do not lie inside of `x` are filled with it instead.
    """
    lengths = [place.length for place in places]
    result = _take_flat(x, [place.axis for place in places], flat_index(x, places, batch))
    result = _in_order(result, x, [place.axis for place in places], lengths, batch)
    if fill is None:
        return result
    return select(expand(outside(x, places), range(len(batch)), result.rank), fill, result)


def flat_index(x: Tensor, places: Sequence[Place], batch: Shape) -> Tensor:
    """Where elements of slices are in the flattened axes of the places: the dims of the batch, then one for each place.

    Starts are brought into bounds.
    """
    builder, rank = x.builder, len(batch) + len(places)
    index: Tensor | None = None
    for number, place in enumerate(places):
        start = expand(_inside(x, place), range(len(batch)), rank)
        if place.length != 1:
            start = start + expand(iota(builder, place.length), [len(batch) + number], rank)
        index = start if index is None else index * size_like(builder, x.shape[place.axis]) + start
    assert index is not None
    return index


def outside(x: Tensor, places: Sequence[Place]) -> Tensor:
    """For each slice, whether it does not lie inside of `x`."""
    found: Tensor | None = None
    for place in places:
        last = size_like(x.builder, x.shape[place.axis] - place.length)
        here = elementwise("LogicalNot", _between(place.start, x.builder.const(0, DType.INT32), last))
        found = here if found is None else elementwise("LogicalOr", found, here)
    assert found is not None
    return found


def iota(builder: Builder, size: Size) -> Tensor:
    """0, 1, 2, … as int32."""
    if isinstance(size, int):
        return builder.const(np.arange(size, dtype=np.int32))
    return builder.op("Range", 0, dim_value(builder, size), 1)


def size_like(builder: Builder, size: Size) -> Tensor:
    """A dim as a number to compute with."""
    return dim_value(builder, size)


def dynamic_slice(x: Tensor, starts: Sequence[Tensor], lengths: Sequence[Size]) -> Tensor:
    """The slice of these lengths that starts at scalars, moved so that it lies inside of `x`."""
    for axis, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        if length == x.shape[axis]:
            continue
        known, size = constant(start), x.shape[axis]
        if known is not None and isinstance(size, int) and isinstance(length, int):
            first = int(np.clip(known, 0, size - length))
            before = [first if index == axis else 0 for index in range(x.rank)]
            after = [first + length if index == axis else dim for index, dim in enumerate(x.shape)]
            x = slice_axes(x, before, after)
        else:
            first_place = reshape(_inside(x, Place(axis, start, length)), (1,))
            x = take(x, first_place + iota(x.builder, length), axis)
    return x


def dynamic_update(x: Tensor, update: Tensor, starts: Sequence[Tensor]) -> Tensor:
    """`x` with `update` written over it from scalars on, moved so that it lies inside of `x`."""
    inside: Tensor | None = None
    for axis, (start, length) in enumerate(zip(starts, update.shape, strict=True)):
        if length == x.shape[axis]:
            continue
        builder = x.builder
        offset = iota(builder, x.shape[axis]) - reshape(_inside(x, Place(axis, start, length)), (1,))
        last = size_like(builder, length - 1)
        within = _between(offset, builder.const(0, DType.INT32), last)
        update = take(update, _clipped(offset, last), axis)
        here = expand(within, [axis], x.rank)
        inside = here if inside is None else elementwise("LogicalAnd", inside, here)
    return update if inside is None else select(inside, update, x)


def _take_flat(x: Tensor, axes: list[int], index: Tensor) -> Tensor:
    """Indexes the flattened `axes` of `x`; the other axes stay where they are if there is one axis only."""
    if len(axes) == 1:
        return take(x, index, axes[0])
    rest = [axis for axis in range(x.rank) if axis not in axes]
    moved = transpose(x, [*axes, *rest])
    flat = reshape(moved, (dims.product(x.shape[axis] for axis in axes), *(x.shape[axis] for axis in rest)))
    return take(flat, index, 0)


def _in_order(result: Tensor, x: Tensor, axes: list[int], lengths: list[Size], batch: Shape) -> Tensor:
    """Brings (rest before, batch…, places…, rest after) to the order batch…, axes of `x`."""
    first = axes[0] if len(axes) == 1 else 0
    rest = [axis for axis in range(x.rank) if axis not in axes]
    count = len(batch) + len(axes)
    held = {axis: first + len(batch) + number for number, axis in enumerate(axes)}
    held.update({axis: axis if len(axes) == 1 and axis < first else count + number for number, axis in enumerate(rest)})
    return transpose(result, [*range(first, first + len(batch)), *(held[axis] for axis in range(x.rank))])


def _inside(x: Tensor, place: Place) -> Tensor:
    last = x.shape[place.axis] - place.length
    return _clipped(place.start, size_like(x.builder, last))


def _clipped(start: Tensor, last: Tensor) -> Tensor:
    """Between 0 and `last`; computed now where both are known."""
    known, most = constant(start), constant(last)
    if known is not None and most is not None:
        return start.builder.const(np.clip(known, 0, int(most)).astype(np.int32))
    return elementwise("Minimum", elementwise("Maximum", start, start.builder.like(start, 0)), last)


def _between(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return elementwise("LogicalAnd", elementwise("GreaterEqual", x, low), elementwise("LessEqual", x, high))
