"""Writing at computed places, in all forms: rows of a flattened operand are replaced by, or combined with, updates.

Where the places are constants, every element of the result is known to come from the operand or from an update, and
one GatherV2 brings it. Else the rows go to the runtime's ScatterNd, which adds, and throws where a place is out of
bounds: so a row is added for what is dropped, and updates of equal places are first combined. TensorScatterUpdate is of
no use: webgl adds up what meets there, and may round what it replaces. A -0 that is written becomes 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.indexing import Place, flat_index, outside
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.shapes import broadcast_to, expand, reshape, transpose
from totfjs.recipes.slicing import pad, slice_axes, take

# Constant places are arranged in a matrix (place, update); one with this many gaps for each update is too sparse.
_SPARSE = 4


def scatter(
    x: Tensor,
    places: Sequence[Place],
    batch: Shape,
    updates: Tensor,
    monoid: Monoid | None,
    *,
    drop: bool,
    unique: bool,
) -> Tensor:
    """`x` with slices replaced by updates, or combined with them by a monoid.

    `updates` has the dims of the batch, then one for each axis of `x`. Places out of bounds are dropped, or moved into
    bounds. Later updates of the same element replace earlier ones.
    """
    if 0 in updates.shape or 0 in x.shape:
        return x
    unique = unique or dims.product(batch) == 1
    places = places or [Place(0, x.builder.const(np.zeros((1,) * len(batch), np.int32)), x.shape[0])]
    axes = [place.axis for place in places]
    rest = [axis for axis in range(x.rank) if axis not in axes]
    rows = reshape(transpose(x, [*axes, *rest]), _flat(x, axes, rest, ()))
    moved = transpose(updates, [*range(len(batch)), *(len(batch) + axis for axis in (*axes, *rest))])
    values = reshape(
        moved, _flat(updates, [len(batch) + axis for axis in axes], [len(batch) + axis for axis in rest], batch)
    )
    known = _known_index(x, places, batch, drop)
    result = (
        _at_known(rows, known, values, monoid)
        if known is not None
        else _at_computed(rows, _computed_index(x, places, batch, drop), values, monoid, unique)
    )
    shaped = reshape(result, (*(x.shape[axis] for axis in axes), *(x.shape[axis] for axis in rest)))
    return transpose(shaped, [[*axes, *rest].index(axis) for axis in range(x.rank)])


def dense(places: Tensor, shape: Tensor, values: Tensor, default: Tensor) -> Tensor:
    """Values at computed places of a tensor of a computed shape, elsewhere the default. WebGPU takes no bools there."""
    if values.dtype is DType.BOOL:
        whole = [values.builder.op("Cast", part, DstT=DType.INT32) for part in (values, default)]
        return values.builder.op("NotEqual", dense(places, shape, *whole), 0)
    return values.builder.op("SparseToDense", places, shape, values, default)


def _flat(x: Tensor, axes: Sequence[int], rest: Sequence[int], batch: Shape) -> Shape:
    count = dims.product((*batch, *(x.shape[axis] for axis in axes)))
    return (count, dims.product(x.shape[axis] for axis in rest))


def _known_index(x: Tensor, places: Sequence[Place], batch: Shape, drop: bool) -> np.ndarray | None:
    """The row of each update where all places are constants; -1 where it is dropped."""
    starts = [constant(place.start) for place in places]
    sizes = [x.shape[place.axis] for place in places]
    lengths = [place.length for place in places]
    if any(start is None for start in starts) or not all(isinstance(n, int) for n in (*sizes, *lengths, *batch)):
        return None
    index: Any = np.zeros(1, np.int64)
    dropped: Any = np.zeros(1, bool)
    for number, (start, size, length) in enumerate(zip(starts, sizes, lengths, strict=True)):
        assert start is not None and isinstance(size, int) and isinstance(length, int)
        first = start.astype(np.int64).reshape(*start.shape, *((1,) * len(places)))
        inside = np.clip(first, 0, size - length)
        dropped = dropped | (inside != first)
        offsets = np.arange(length).reshape(*((1,) * (len(batch) + number)), -1, *((1,) * (len(places) - number - 1)))
        index = index * size + inside + offsets
    index = np.where(dropped, -1, index) if drop else index
    return np.broadcast_to(index, (*batch, *lengths)).reshape(-1)  # type: ignore[arg-type]


def _at_known(rows: Tensor, index: np.ndarray, values: Tensor, monoid: Monoid | None) -> Tensor:
    kept = np.flatnonzero(index >= 0)
    targets, group = np.unique(index[kept], return_inverse=True)
    if not len(kept):
        return rows
    if monoid is None:
        last = np.zeros(len(targets), np.int64)
        np.maximum.at(last, group, kept)
        return _replaced(rows, targets, _rows_at(values, last))
    depth = int(np.bincount(group).max())
    if depth * len(targets) > _SPARSE * len(kept) + 16:
        count = rows.shape[0]
        assert isinstance(count, int)
        places = np.where(index < 0, count, index).astype(np.int32)
        return _at_computed(rows, rows.builder.const(places), values, monoid, False)
    current = rows if len(targets) == rows.shape[0] else _rows_at(rows, targets)
    return _replaced(rows, targets, monoid.combine(current, _combined(values, kept, group, depth, monoid)))


def _combined(values: Tensor, kept: np.ndarray, group: np.ndarray, depth: int, monoid: Monoid) -> Tensor:
    """One row for each group: the total of the updates that belong to it."""
    count = int(group.max()) + 1
    if depth == 1:
        order = np.empty(count, np.int64)
        order[group] = kept
        return _rows_at(values, order)
    matrix = np.full((count, depth), values.shape[0], np.int64)
    order = np.argsort(group, kind="stable")
    column = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    matrix[group[order], column] = kept[order]
    if (matrix == values.shape[0]).any():
        values = _with_row(values, monoid.neutral(values.dtype))
    apart = reshape(_rows_at(values, matrix.reshape(-1)), (count, depth, values.shape[1]))
    return reshape(monoid.reduce(apart, 1), (count, values.shape[1]))


def _replaced(rows: Tensor, targets: np.ndarray, values: Tensor) -> Tensor:
    """The rows with those at sorted, distinct targets replaced."""
    count = rows.shape[0]
    assert isinstance(count, int)
    if len(targets) == count:
        return values
    order = np.arange(count)
    order[targets] = count + np.arange(len(targets))
    return _rows_at(rows.builder.op("ConcatV2", rows, values, 0), order)


def _rows_at(rows: Tensor, places: np.ndarray) -> Tensor:
    if len(places) == rows.shape[0] and (places == np.arange(len(places))).all():
        return rows
    return take(rows, rows.builder.const(places.astype(np.int32)), 0)


def _computed_index(x: Tensor, places: Sequence[Place], batch: Shape, drop: bool) -> Tensor:
    """The row of each update; one past the last where it is dropped."""
    rank = len(batch) + len(places)
    shape = (*batch, *(place.length for place in places))
    index = flat_index(x, places, batch)
    if drop:
        beyond = _number(x.builder, dims.product(x.shape[place.axis] for place in places))
        index = select(expand(outside(x, places), range(len(batch)), rank), beyond, index)
    return reshape(broadcast_to(index, shape), (dims.product(shape),))


def _number(builder: Builder, size: Size) -> Tensor:
    """A size as a rank-0 tensor."""
    from totfjs.recipes.shapes import dim_value

    return builder.op("Reshape", dim_value(builder, size), ())


def _at_computed(rows: Tensor, index: Tensor, values: Tensor, monoid: Monoid | None, unique: bool) -> Tensor:
    builder, count = rows.builder, rows.shape[0]
    if rows.dtype is DType.BOOL:
        whole, values = (builder.op("Cast", part, DstT=DType.INT32) for part in (rows, values))
        return builder.op("NotEqual", _at_computed(whole, index, values, monoid, unique), 0)
    if monoid is not None and monoid.kind == "sum":
        return monoid.combine(rows, _added(rows, index, values))
    if not unique:
        index, values = _distinct(index, values, monoid, count)
    if monoid is not None:
        values = monoid.combine(take(_with_row(rows, 0), index, 0), values)
    ones = broadcast_to(builder.const(np.ones((1, 1), np.int32)), (values.shape[0], 1))
    hit = _added(slice_axes(rows, [0, 0], [count, 1]), index, ones)
    return select(elementwise("Greater", hit, builder.const(0, DType.INT32)), _added(rows, index, values), rows)


def _added(rows: Tensor, index: Tensor, values: Tensor) -> Tensor:
    """Zeros of the shape of `rows`, with values added at computed places; those beyond the end are dropped."""
    from totfjs.recipes.shapes import shape_vector

    shape = shape_vector(rows.builder, (rows.shape[0] + 1, rows.shape[1]))
    added = rows.builder.op("ScatterNd", reshape(index, (values.shape[0], 1)), values, shape)
    return slice_axes(added, [0, 0], rows.shape)


def _distinct(index: Tensor, values: Tensor, monoid: Monoid | None, beyond: Size) -> tuple[Tensor, Tensor]:
    """Updates in the order of their places; the last of each place is the total, the others go beyond the end.

    Without a monoid, the last of each place is the last that was given.
    """
    builder, count = index.builder, index.shape[0]
    if monoid is not None and not isinstance(count, int):
        raise OpError(f"the number {count} of updates has to be known where they are combined at computed places")
    if count == 1:
        return index, values
    descending, order = builder.ops(
        "TopKV2", _opposite(index), count if isinstance(count, int) else _number(builder, count)
    )
    index, values = _opposite(descending), take(values, order, 0)
    shift = 1
    while monoid is not None and isinstance(count, int) and shift < count:
        same = elementwise("Equal", index, _delayed(index, shift, -1))
        total = monoid.combine(values, _delayed(values, shift, monoid.neutral(values.dtype)))
        values = select(expand(same, [0], 2), total, values)
        shift *= 2
    following = pad(slice_axes(index, [1], [count]), builder.const(-1, DType.INT32), [0], [1], [0])
    return select(elementwise("Equal", index, following), _number(builder, beyond), index), values


def _delayed(x: Tensor, shift: int, filler: float) -> Tensor:
    zeros = [0] * x.rank
    kept = slice_axes(x, zeros, [x.shape[0] - shift, *x.shape[1:]])
    return pad(kept, x.builder.like(x, filler), [shift, *zeros[1:]], zeros, zeros)


def _opposite(x: Tensor) -> Tensor:
    return elementwise("Sub", x.builder.like(x, -1), x)


def _with_row(rows: Tensor, value: float) -> Tensor:
    """One more row, at the end."""
    return pad(rows, rows.builder.like(rows, value), [0, 0], [1, 0], [0, 0])


__all__ = ["dense", "scatter"]
