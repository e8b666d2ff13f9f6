"""Sums, products, extremes and means of segments of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.segments import totals
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import take
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _unsorted(use: Use, kind: str) -> Operand:
    data, segments, count = use.tensor(0), use.tensor(1), _count(use, 2)
    found = totals(data, segments, count, Monoid(kind))
    return found if kind in ("sum", "prod") else _bounded(use, found, kind)


def _bounded(use: Use, found: Tensor, kind: str) -> Tensor:
    """TensorFlow begins with the least number that is finite: an empty segment has it, and nothing is below it."""
    dtype = use.attr("T")
    if dtype == "int64":
        raise OpError("its segments may be empty, which int64 tells by a number that TensorFlow.js does not have")
    if found.dtype is not DType.FLOAT32:
        return found
    limits = np.finfo(numpy_dtype(dtype)) if dtype != "bfloat16" else np.finfo(np.float32)
    with np.errstate(over="ignore"):
        bound = np.float32(limits.min if kind == "max" else limits.max)
    return elementwise("Maximum" if kind == "max" else "Minimum", found, use.const(bound))


def _sorted(use: Use, kind: str) -> Operand:
    data, segments = use.tensor(0), use.tensor(1)
    count = _rows(use, 1)
    if kind == "mean":
        return _divided(totals(data, segments, count, Monoid("sum")), _each(use, segments, count))
    found = totals(data, segments, count, Monoid(kind))
    return found if kind in ("sum", "prod") else _zero_where_empty(use, found, segments, count)


def _zero_where_empty(use: Use, found: Tensor, segments: Tensor, count: Size | Tensor) -> Tensor:
    known = use.known(1)
    if known is not None and len(np.unique(known)) == count:
        return found
    empty = elementwise("Equal", _each(use, segments, count), use.const(0.0))
    return select(reshape(empty, (*empty.shape, *(1 for _ in found.shape[1:]))), use.builder.like(found, 0), found)


def _each(use: Use, segments: Tensor, count: Size | Tensor) -> Tensor:
    """How many rows each segment has."""
    return totals(use.const(1.0), segments, count, Monoid("sum"))


def _divided(total: Tensor, number: Tensor, root: bool = False) -> Tensor:
    if total.dtype is not DType.FLOAT32:
        raise OpError("it takes the mean of whole numbers, which TensorFlow rounds")
    least = elementwise("Maximum", number, number.builder.like(number, 1))
    below = elementwise("Sqrt", least) if root else least
    return elementwise("RealDiv", total, reshape(below, (*below.shape, *(1 for _ in total.shape[1:]))))


def _rows(use: Use, index: int) -> Size | Tensor:
    """One more than the last segment, which is the largest one."""
    known = use.known(index)
    if known is not None:
        if (np.diff(known) < 0).any():
            raise OpError("its segments do not rise")
        return int(known[-1]) + 1 if known.size else 0
    segments = use.tensor(index)
    return elementwise("AddV2", use.op("Max", segments, [0]), use.const(1, "int32"))


def _count(use: Use, index: int) -> Size | Tensor:
    sizes = use.sizes(index)
    return use.tensor(index) if sizes is None else sizes[0]


def _sparse(use: Use, kind: str, given: bool = False) -> Operand:
    rows, segments = take(use.tensor(0), use.tensor(1), 0), use.tensor(2)
    count = _count(use, 3) if given else _rows(use, 2)
    total = totals(rows, segments, count, Monoid("sum"))
    return total if kind == "sum" else _divided(total, _each(use, segments, count), kind == "sqrt")


def _row(rule: Callable[..., Operand], *arguments: object) -> Op:
    return Op(lambda use: rule(use, *arguments))


_SPARSE = {"Sum": "sum", "Mean": "mean", "SqrtN": "sqrt"}
OPS: dict[str, Row] = {
    **{f"Segment{name}": _row(_sorted, name.lower()) for name in ("Sum", "Prod", "Max", "Min", "Mean")},
    **{f"UnsortedSegment{name}": _row(_unsorted, name.lower()) for name in ("Sum", "Prod", "Max", "Min")},
    **{f"SparseSegment{name}": _row(_sparse, kind) for name, kind in _SPARSE.items()},
    **{f"SparseSegment{name}WithNumSegments": _row(_sparse, kind, True) for name, kind in _SPARSE.items()},
}
