"""Numbers sorted into bins, and how many fall into each."""

from __future__ import annotations

from functools import partial

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.bounds import bound
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.segments import totals
from totfjs.recipes.shapes import dim_value, expand, reshape, shape_vector
from totfjs.sources.tensorflow.dtypes import graph_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _bound(use: Use, right: bool) -> Operand:
    if use.attr("T") in ("uint32", "uint64", "string"):
        raise OpError(f"TensorFlow.js does not order {use.attr('T')}")
    return bound(use.tensor(0), use.tensor(1), right=right)


def _bucketize(use: Use) -> Operand:
    return _bins(use.tensor(0), np.array(use.attr("boundaries"), np.float32))


def _bins(x: Tensor, boundaries: np.ndarray) -> Tensor:
    """How many boundaries are not above each number; all of them for NaN."""
    flat = reshape(_float(x), (1, dims.product(x.shape)))
    return reshape(bound(x.builder.const(boundaries.reshape(1, -1)), flat, right=True), x.shape)


def _float(x: Tensor) -> Tensor:
    return x if x.dtype is DType.FLOAT32 else x.builder.op("Cast", x, DstT=DType.FLOAT32)


def _histogram(use: Use) -> Operand:
    """Each bin begins at the first number of float32 that TensorFlow's own arithmetic puts there."""
    values, count = use.tensor(0), use.integer(2, "the number of bins")
    low, high = use.array(1, "the range of its values").astype(np.float32).tolist()
    if not low < high or count < 1:
        raise OpError(f"there are {count} bins between {low} and {high}")
    if values.dtype is DType.INT32:
        raise OpError("its values are whole numbers, for which TensorFlow rounds the bins")
    place = _bins(reshape(values, (dims.product(values.shape),)), first_of_bins(low, high, count))
    return totals(use.const(1, "int32"), place, count, Monoid("sum"))


def first_of_bins(low: float, high: float, count: int) -> np.ndarray:
    """For all bins but the first, the least float32 that is in it."""
    lowest, highest = np.float32(low), np.float32(high)
    step = float(highest - lowest) / count
    wanted = np.arange(1, count)
    found: np.ndarray = (low + wanted * step).astype(np.float32)
    for _ in range(4):
        found = np.where(_place(found, lowest, step) >= wanted, np.nextafter(found, lowest), found).astype(np.float32)
    for _ in range(8):
        found = np.where(_place(found, lowest, step) < wanted, np.nextafter(found, highest), found).astype(np.float32)
    return found


def _place(x: np.ndarray, low: np.float32, step: float) -> np.ndarray:
    places: np.ndarray = ((np.maximum(x, low) - low).astype(np.float64) / step).astype(np.int64)
    return places


def _bincount(use: Use) -> Operand:
    places, weights = use.tensor(0), _weights(use)
    flat = reshape(places, (dims.product(places.shape),))
    return _counted(use, flat, weights, _count(use))


def _dense_bincount(use: Use) -> Operand:
    places, weights = use.tensor(0), _weights(use)
    if use.attr("binary_output", False):
        weights = None
    if places.rank < 2:
        return _counted(use, reshape(places, (dims.product(places.shape),)), weights, _count(use))
    return _counted_rows(use, places, weights, _count(use))


def _counted_rows(use: Use, places: Tensor, weights: Tensor | None, count: Size | Tensor) -> Tensor:
    """Every row has bins of its own, one after the other."""
    builder, rows = use.builder, places.shape[0]
    size = count if isinstance(count, Tensor) else dim_value(builder, count)
    starts = elementwise("Mul", expand(iota(builder, rows), [0], 2), size)
    place = select(
        elementwise("Less", places, size), elementwise("AddV2", places, starts), builder.const(-1, DType.INT32)
    )
    flat = reshape(place, (dims.product(places.shape),))
    if not isinstance(count, Tensor):
        return reshape(_counted(use, flat, weights, dims.product((rows, count))), (rows, count))
    found = _counted(use, flat, weights, elementwise("Mul", size, dim_value(builder, rows)))
    return builder.op("Reshape", found, shape_vector(builder, (rows, -1)))


def _count(use: Use) -> Size | Tensor:
    sizes = use.sizes(1)
    return use.tensor(1) if sizes is None else sizes[0]


def _weights(use: Use) -> Tensor | None:
    weights = use.tensor(2)
    return None if 0 in weights.shape else weights


def _counted(use: Use, places: Tensor, weights: Tensor | None, count: Size | Tensor) -> Tensor:
    dtype = graph_dtype(use.attr("T"))
    one = use.builder.const(1, dtype)
    each = one if weights is None else reshape(weights, places.shape)
    found = totals(each, places, count, Monoid("sum"))
    return elementwise("Minimum", found, one) if use.attr("binary_output", False) else found


OPS: dict[str, Row] = {
    "LowerBound": Op(partial(_bound, right=False), integers=True),
    "UpperBound": Op(partial(_bound, right=True), integers=True),
    "Bucketize": _bucketize,
    "HistogramFixedWidth": _histogram,
    "Bincount": _bincount,
    "DenseBincount": _dense_bincount,
}
__all__ = ["OPS", "first_of_bins"]
