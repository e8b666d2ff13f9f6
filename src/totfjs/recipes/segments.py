"""Totals of rows by the segment that each row belongs to."""

from __future__ import annotations

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.indexing import Place, iota
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.reductions import reduce_axes
from totfjs.recipes.scatter import scatter
from totfjs.recipes.shapes import broadcast_to, dim_value, reshape, shape_vector
from totfjs.recipes.slicing import nothing, slice_axes


def totals(data: Tensor, segments: Tensor, count: Size | Tensor, monoid: Monoid) -> Tensor:
    """(count, rest): the total of each segment, neutral where it is empty. Segments out of bounds are left out.

    The first dims of the data are those of `segments`; a scalar is the same for all of them.
    """
    if not data.rank:
        data = nothing(data, segments.shape) if 0 in segments.shape else broadcast_to(data, segments.shape)
    rest = data.shape[segments.rank :]
    if isinstance(count, Tensor):
        return _computed(data, segments, count, monoid)
    if 0 in (count, *rest):
        return nothing(data, (count, *rest))
    if 0 in data.shape:
        return broadcast_to(data.builder.const(monoid.neutral(data.dtype), data.dtype), (count, *rest))
    number, width = dims.product(segments.shape), dims.product(rest)
    rows, column = reshape(data, (number, width)), reshape(segments, (number,))
    return reshape(_by_rows(rows, column, count, monoid), (count, *rest))


def _by_rows(rows: Tensor, column: Tensor, count: Size, monoid: Monoid) -> Tensor:
    number, width = rows.shape
    if constant(column) is None and monoid.kind == "sum":
        inside = _inside(column, dim_value(rows.builder, count))
        shape = shape_vector(rows.builder, (count + 1, width))
        return slice_axes(_added(rows, inside, shape, (count + 1, width)), [0, 0], (count, width))
    if not isinstance(number, int):
        return _by_masks(rows, column, count, monoid)
    empty = broadcast_to(rows.builder.const(monoid.neutral(rows.dtype), rows.dtype), (count, width))
    updates = reshape(rows, (number, 1, width))
    return scatter(empty, [Place(0, column, 1)], (number,), updates, monoid, drop=True, unique=False)


def _by_masks(rows: Tensor, column: Tensor, count: Size, monoid: Monoid) -> Tensor:
    """Every row is looked at for every segment."""
    (number, width), builder = rows.shape, rows.builder
    mine = elementwise("Equal", reshape(iota(builder, count), (count, 1, 1)), reshape(column, (1, number, 1)))
    neutral = builder.const(monoid.neutral(rows.dtype), rows.dtype)
    return reduce_axes(select(mine, reshape(rows, (1, number, width)), neutral), [1], monoid)


def _computed(data: Tensor, segments: Tensor, count: Tensor, monoid: Monoid) -> Tensor:
    if monoid.kind != "sum":
        raise OpError("the number of segments is computed by the model, which only sums allow")
    builder, rest = data.builder, data.shape[segments.rank :]
    number, width = dims.product(segments.shape), dims.product(rest)
    rows, column = reshape(data, (number, width)), reshape(segments, (number,))
    size = reshape(count, (1,))
    more = elementwise("AddV2", size, builder.const([1], DType.INT32))
    shape = builder.op("ConcatV2", more, shape_vector(builder, (width,)), 0)
    added = _added(rows, _inside(column, count), shape, (-1, width))
    begin, wanted = builder.const([0, 0], DType.INT32), builder.op("ConcatV2", size, shape_vector(builder, (width,)), 0)
    kept = builder.op("Slice", added, begin, wanted)
    return builder.op("Reshape", kept, shape_vector(builder, (-1, *rest)))


def _added(rows: Tensor, column: Tensor, shape: Tensor, sizes: Shape) -> Tensor:
    added = rows.builder.op("ScatterNd", reshape(column, (*column.shape, 1)), rows, shape)
    return added if -1 in sizes else reshape(added, sizes)


def _inside(column: Tensor, count: Tensor) -> Tensor:
    """What is out of bounds belongs to a segment beyond the last one."""
    builder = column.builder
    known = constant(column)
    if known is not None and known.size and known.min() >= 0:
        return elementwise("Minimum", column, reshape(count, ()))
    low = elementwise("GreaterEqual", column, builder.const(0, DType.INT32))
    return elementwise("Minimum", select(low, column, reshape(count, ())), reshape(count, ()))


__all__ = ["totals"]
