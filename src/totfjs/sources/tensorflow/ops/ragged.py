"""Rows of different lengths: a vector of values, and where each row ends. Those within rows are not lowered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.recipes.bounds import bound
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import iota
from totfjs.recipes.listed import matrix, number_of, offsets
from totfjs.recipes.scatter import dense
from totfjs.recipes.shapes import dim_value, reshape
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _range(use: Use) -> Sequence[Operand]:
    starts, limits, deltas = (use.array(index, "its bounds") for index in range(3))
    if starts.dtype.kind not in "iu":
        raise OpError("it counts in floats")
    shape = np.broadcast_shapes(starts.shape, limits.shape, deltas.shape) or (1,)
    rows = zip(*(np.broadcast_to(each, shape).tolist() for each in (starts, limits, deltas)), strict=True)
    found = [np.arange(*row, dtype=starts.dtype) for row in rows]
    splits = np.cumsum([0, *map(len, found)])
    return splits.astype(np.int64), np.concatenate([*found, np.zeros(0, starts.dtype)]).astype(starts.dtype)


def row_ids(use: Use, splits: Tensor, values: Tensor) -> Tensor:
    """The row of each value."""
    index = reshape(iota(use.builder, values.shape[0]), (1, values.shape[0]))
    found = bound(reshape(splits, (1, splits.shape[0])), index, right=True)
    return elementwise("Sub", reshape(found, (values.shape[0],)), use.const(1, "int32"))


def _to_tensor(use: Use) -> Operand:
    kinds = [kind.decode() for kind in use.attr("row_partition_types")]
    values, default = use.tensor(1), use.tensor(2)
    if values.rank != 1 or default.rank:
        raise OpError("its values are tensors themselves")
    if kinds == ["ROW_SPLITS"]:
        splits = use.tensor(3)
        rows = row_ids(use, splits, values)
        count: Size | Tensor = splits.shape[0] - 1
    elif kinds == ["FIRST_DIM_SIZE", "VALUE_ROWIDS"]:
        sizes = use.sizes(3)
        rows = use.tensor(4)
        count = use.tensor(3) if sizes is None else sizes[0]
    else:
        raise OpError("it has rows within rows")
    return _padded(use, values, rows, count, default)


def _padded(use: Use, values: Tensor, rows: Tensor, count: Size | Tensor, default: Tensor) -> Operand:
    wanted = use.integers(0, "the shape that it is to have")
    height, width = wanted if len(wanted) == 2 else (-1, -1)
    if height >= 0 and height != count:
        raise OpError(f"it is to have {height} rows whatever it has")
    place, lengths = offsets(rows, count)
    longest = use.op("Max", lengths, [0])
    size = longest if width < 0 else elementwise("Maximum", longest, use.const(width, "int32"))
    shape = use.op("Pack", number_of(count, size), size, axis=0)
    filled = dense(matrix([rows, place]), shape, values, default)
    if width < 0:
        return filled
    kept = use.op("Slice", filled, [0, 0], [-1, width])
    return kept if isinstance(count, Tensor) else reshape(kept, (count, width))


def _to_sparse(use: Use) -> Sequence[Operand]:
    if use.attr("RAGGED_RANK") != 1:
        raise OpError("it has rows within rows")
    splits, values = use.tensor(0), use.tensor(1)
    if values.rank != 1:
        raise OpError("its values are tensors themselves")
    rows, count = row_ids(use, splits, values), splits.shape[0] - 1
    place, lengths = offsets(rows, count)
    shape = use.op("Pack", dim_value(use.builder, count), use.op("Max", lengths, [0]), axis=0)
    return matrix([rows, place]), values, shape


OPS: dict[str, Row] = {
    "RaggedRange": Op(_range, outputs=("rt_nested_splits", "rt_dense_values")),
    "RaggedTensorToTensor": Op(_to_tensor, integers=True),
    "RaggedTensorToSparse": Op(_to_sparse, outputs=("sparse_indices", "sparse_values", "sparse_dense_shape")),
}
REFUSED = dict.fromkeys(
    ("RaggedGather", "RaggedTensorToVariant", "RaggedTensorFromVariant"), "TensorFlow.js has no ragged tensors"
)
