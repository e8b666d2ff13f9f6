"""Sparse tensors: matrices of places and vectors of values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.listed import ascending, columns, matrix, number_of, raveled, unraveled
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.segments import totals
from totfjs.recipes.shapes import reshape, shape_vector, transpose
from totfjs.recipes.slicing import slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def sizes_of(use: Use, index: int) -> list[Size | Tensor]:
    """The sizes that a vector holds; scalars where only the data decides."""
    sizes = use.sizes(index)
    if sizes is not None:
        return list(sizes)
    (count,), x = use.shape(index), use.tensor(index)
    if not isinstance(count, int):
        raise OpError("how many dims it has is computed by the model")
    return [reshape(slice_axes(x, [at], [at + 1]), ()) for at in range(count)]


def packed(use: Use, sizes: Sequence[Size | Tensor]) -> Operand:
    """Sizes as a vector."""
    known = [size for size in sizes if not isinstance(size, Tensor)]
    if len(known) == len(sizes):
        return use.size_vector(known, "int64")
    like = use.const(0, "int32")
    return use.op("Pack", *(number_of(size, like) for size in sizes), axis=0)


def _reorder(use: Use) -> Sequence[Operand]:
    places, values = use.tensor(0), use.tensor(1)
    order = ascending(raveled(columns(places), sizes_of(use, 2)))
    return take(places, order, 0), take(values, order, 0)


def _reshape(use: Use) -> Sequence[Operand]:
    before, after = sizes_of(use, 1), sizes_of(use, 2)
    if use.sizes(2) is None:
        raise OpError("the shape that it is given is computed by the model")
    if -1 in after:
        rest = [size for size in after if isinstance(size, int) and size >= 0]
        after[after.index(-1)] = _quotient(use, before, int(np.prod(rest)))
    index = raveled(columns(use.tensor(0)), before)
    return matrix(unraveled(index, after)), packed(use, after)


def _quotient(use: Use, sizes: Sequence[Size | Tensor], divisor: int) -> Size | Tensor:
    known = [size for size in sizes if not isinstance(size, Tensor)]
    if len(known) == len(sizes):
        return dims.product(known) // max(divisor, 1)
    total = use.const(divisor, "int32")
    product = number_of(sizes[0], total)
    for size in sizes[1:]:
        product = elementwise("Mul", product, number_of(size, total))
    return elementwise("FloorDiv", product, total)


def _matmul(use: Use) -> Operand:
    rows, inner = columns(use.tensor(0))
    count, other = use.tensor(3), sizes_of(use, 2)
    total = other[0]
    if use.attr("adjoint_a", False):
        rows, inner, total = inner, rows, other[1]
    if use.attr("adjoint_b", False):
        count = transpose(count, [1, 0])
    values = use.tensor(1)
    parts = elementwise("Mul", reshape(values, (*values.shape, 1)), take(count, inner, 0))
    return totals(parts, rows, total, Monoid("sum"))


def _dense_add(use: Use) -> Operand:
    dense, places, values = use.tensor(3), use.tensor(0), use.tensor(1)
    if 0 in values.shape:
        return dense
    added = use.op("ScatterNd", places, values, shape_vector(use.builder, dense.shape))
    return elementwise("AddV2", dense, added)


def _reduce_sum(use: Use) -> Operand:
    sizes, rank = use.sizes(2), use.shape(2)[0]
    if sizes is None or not isinstance(rank, int):
        raise OpError("its shape is computed by the model")
    gone = {axis % rank for axis in use.integers(3, "its axes")}
    kept = [axis for axis in range(rank) if axis not in gone]
    values = use.tensor(1)
    shape = tuple(sizes[axis] for axis in kept)
    found: Tensor
    if kept:
        parts = columns(use.tensor(0))
        index = raveled([parts[axis] for axis in kept], shape)
        found = reshape(totals(values, index, dims.product(shape), Monoid("sum")), shape)
    else:
        found = use.op("Sum", values, [0])
    if not use.attr("keep_dims", False):
        return found
    return reshape(found, tuple(1 if axis in gone else sizes[axis] for axis in range(rank)))


def _concat(use: Use) -> Sequence[Operand]:
    count = len(use) // 3
    shapes = [sizes_of(use, 2 * count + at) for at in range(count)]
    axis = use.attr("concat_dim") % len(shapes[0])
    moved, start = [], use.const(0, "int32")
    for at in range(count):
        parts = columns(use.tensor(at))
        parts[axis] = elementwise("AddV2", parts[axis], start)
        moved.append(matrix(parts))
        start = elementwise("AddV2", start, number_of(shapes[at][axis], start))
    total = _sum(use, [shape[axis] for shape in shapes])
    sizes = [*shapes[0][:axis], total, *shapes[0][axis + 1 :]]
    places = use.op("ConcatV2", *moved, 0)
    values = use.op("ConcatV2", *(use.tensor(count + at) for at in range(count)), 0)
    if axis:
        order = ascending(raveled(columns(places), sizes))
        places, values = take(places, order, 0), take(values, order, 0)
    return places, values, packed(use, sizes)


def _sum(use: Use, sizes: Sequence[Size | Tensor]) -> Size | Tensor:
    total: Size | Tensor = sizes[0]
    for size in sizes[1:]:
        if isinstance(total, Tensor) or isinstance(size, Tensor):
            like = use.const(0, "int32")
            total = elementwise("AddV2", number_of(total, like), number_of(size, like))
        else:
            total = total + size
    return total


def _slice(use: Use) -> Sequence[Operand]:
    starts, lengths = use.integers(3, "where it starts"), use.integers(4, "its size")
    sizes, parts = use.integers(2, "its shape"), columns(use.tensor(0))
    inside: Tensor | None = None
    for part, start, length in zip(parts, starts, lengths, strict=True):
        here = elementwise(
            "LogicalAnd",
            elementwise("GreaterEqual", part, use.const(start, "int32")),
            elementwise("Less", part, use.const(start + length, "int32")),
        )
        inside = here if inside is None else elementwise("LogicalAnd", inside, here)
    if inside is None:
        raise OpError("it has no dims")
    kept = use.op("Where", inside)
    kept = reshape(kept, (kept.shape[0],))
    places = elementwise("Sub", take(use.tensor(0), kept, 0), use.const(np.array([starts], np.int32)))
    shape = [max(0, min(length, size - start)) for size, start, length in zip(sizes, starts, lengths, strict=True)]
    return places, take(use.tensor(1), kept, 0), np.array(shape, np.int64)


def _fill_empty_rows(use: Use) -> Sequence[Operand]:
    """Rows without values get the default in their first column; values are put in the order of rows."""
    places, values, default = use.tensor(0), use.tensor(1), use.tensor(3)
    if values.dtype not in (DType.FLOAT32, DType.INT32):
        raise OpError(f"its values are {use.attr('T')}")
    count = sizes_of(use, 2)[0]
    rows, *rest = columns(places)
    lengths = totals(use.const(1, "int32"), rows, count, Monoid("sum"))
    empty = elementwise("Equal", lengths, use.const(0, "int32"))
    added = use.op("Where", empty)
    added = reshape(added, (added.shape[0],))
    nothing = elementwise("Mul", added, use.const(0, "int32"))  # the runtime repeats nothing zero times
    everything = use.op("ConcatV2", places, matrix([added, *(nothing for _ in rest)]), 0)
    filled = use.op("ConcatV2", values, elementwise("AddV2", use.cast(nothing, values.dtype), default), 0)
    order = ascending(columns(everything)[0])
    back = ascending(order)
    first = slice_axes(back, [0], [places.shape[0]])
    return take(everything, order, 0), take(filled, order, 0), empty, first


_PLACED = ("output_indices", "output_values", "output_shape")
OPS: dict[str, Row] = {
    "SparseReorder": Op(_reorder, outputs=_PLACED[:2], integers=True),
    "SparseReshape": Op(_reshape, outputs=("output_indices", "output_shape"), integers=True),
    "SparseTensorDenseMatMul": _matmul,
    "SparseTensorDenseAdd": _dense_add,
    "SparseReduceSum": _reduce_sum,
    "SparseConcat": Op(_concat, outputs=_PLACED, integers=True),
    "SparseSlice": Op(_slice, outputs=_PLACED, integers=True),
    "SparseFillEmptyRows": Op(
        _fill_empty_rows,
        outputs=("output_indices", "output_values", "empty_row_indicator", "reverse_index_map"),
        integers=True,
    ),
}
__all__ = ["OPS", "packed", "sizes_of"]
