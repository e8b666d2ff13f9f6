"""Elements told apart: the distinct ones, and those that are not in a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, negate
from totfjs.recipes.indexing import iota
from totfjs.recipes.integers import number
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import nothing, take
from totfjs.recipes.sorting import first_true
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# Every element is compared with every other one; more of them than this take too much memory.
_MOST = 1 << 12


def _unique(use: Use) -> Sequence[Operand]:
    axis = use.integers(1, "its axis") if len(use) > 1 else []
    rank = len(use.shape(0))
    if len(axis) > 1 or (not axis and rank != 1):
        raise OpError(f"its axes are {axis} in {rank} dims")
    along = axis[0] % rank if axis else 0
    known = use.operands[0]
    if isinstance(known, np.ndarray) and known.ndim == 1:
        return _known(known)
    x = use.tensor(0)
    if x.dtype is DType.STRING:
        raise OpError("text is not compared by TensorFlow.js")
    return _distinct(x, along)


def _known(x: np.ndarray) -> Sequence[np.ndarray]:
    """NaN equals nothing."""
    keys = [item if item == item else object() for item in x.tolist()]
    order = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    which = np.array([order[key] for key in keys], np.int32)
    first = np.array([keys.index(key) for key in order], np.int64)
    return x[first], which, np.bincount(which, minlength=len(order)).astype(np.int32)


def _distinct(x: Tensor, axis: int) -> Sequence[Tensor]:
    """The distinct slices in the order in which they come first, which of them each one is, and how many there are."""
    builder, size = x.builder, x.shape[axis]
    if size == 0:
        empty = builder.const(0, DType.INT32)
        return x, nothing(empty, (0,)), nothing(empty, (0,))
    same = _equal(x, axis)
    first = first_true(same, 1)
    places = elementwise("Equal", first, iota(builder, size))
    kept = builder.op("Where", places)
    kept = reshape(kept, (kept.shape[0],))
    rank = elementwise("Sub", builder.op("Cumsum", number(places), 0), builder.const(1, DType.INT32))
    counts = builder.op("Sum", number(same), [1])
    return take(x, kept, axis), take(rank, first, 0), take(counts, kept, 0)


def _equal(x: Tensor, axis: int) -> Tensor:
    """(n, n): whether two slices are equal, or one and the same (for NaN equals nothing)."""
    builder, size = x.builder, x.shape[axis]
    if isinstance(size, int) and size > _MOST:
        raise OpError(f"it tells {size} elements apart, which takes too much memory in TensorFlow.js")
    row, column = (reshape(iota(builder, size), shape) for shape in ((1, size), (size, 1)))
    itself = elementwise("Equal", row, column)
    rest = dims.product(dim for index, dim in enumerate(x.shape) if index != axis)
    if x.dtype is DType.BOOL:
        x = number(x)
    if x.rank == 1:
        same = elementwise("Equal", reshape(x, (1, size)), reshape(x, (size, 1)))
    else:
        rows = transpose(x, [axis, *(index for index in range(x.rank) if index != axis)])
        each = elementwise("Equal", reshape(rows, (1, size, rest)), reshape(rows, (size, 1, rest)))
        same = builder.op("All", each, [2])
    return elementwise("LogicalOr", same, itself) if x.dtype is DType.FLOAT32 else same


def _list_difference(use: Use) -> Sequence[Operand]:
    a, b = use.operands
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        gone = {item for item in b.tolist() if item == item}
        kept = np.array([place for place, item in enumerate(a.tolist()) if item not in gone], np.int32)
        return a[kept], kept
    x, y = use.tensor(0), use.tensor(1)
    if x.dtype is DType.STRING:
        raise OpError("text is not compared by TensorFlow.js")
    if x.shape == (0,):
        return x, nothing(use.const(0, "int32"), (0,))
    if y.shape == (0,):
        return x, iota(use.builder, x.shape[0])
    there = elementwise("Equal", reshape(x, (*x.shape, 1)), reshape(y, (1, *y.shape)))
    places = use.op("Where", negate(use.op("Any", there, [1])))
    places = reshape(places, (places.shape[0],))
    return take(x, places, 0), places


_UNIQUE = ("y", "idx", "count")
OPS: dict[str, Row] = {
    "Unique": Op(lambda use: _unique(use)[:2], outputs=_UNIQUE[:2], integers=True),
    "UniqueV2": Op(lambda use: _unique(use)[:2], outputs=_UNIQUE[:2], integers=True),
    "UniqueWithCounts": Op(_unique, outputs=_UNIQUE, integers=True),
    "UniqueWithCountsV2": Op(_unique, outputs=_UNIQUE, integers=True),
    "ListDiff": Op(_list_difference, outputs=("out", "idx"), integers=True),
}
