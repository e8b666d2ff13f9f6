"""Where things are: the largest elements, those that hold, places in sorted rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.integers import number
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import nothing, slice_axes
from totfjs.recipes.sorting import largest, smallest
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _top_k_v2(use: Use) -> Sequence[Operand]:
    known = use.known(1)
    return _largest(use, use.tensor(1) if known is None else int(known.reshape(())))


def _largest(use: Use, count: int | Tensor) -> Sequence[Operand]:
    """NaN counts as the largest number; TensorFlow puts it anywhere."""
    if use.attr("T") in ("uint32", "uint64"):
        raise OpError(f"TensorFlow.js does not order {use.attr('T')}")
    x = use.tensor(0)
    if count == 0 or 0 in x.shape:
        size = count if isinstance(count, int) else use.builder.ops("TopKV2", x, count)[0].shape[-1]
        shape = (*x.shape[:-1], size)
        return nothing(x, shape), nothing(use.const(0, "int32"), shape)
    return list(largest(x, count, x.rank - 1))


def _nth_element(use: Use) -> Operand:
    x, n = use.tensor(0), use.integer(1, "its n")
    size = x.shape[-1]
    if not isinstance(size, int) or not 0 <= n < size:
        raise OpError(f"it wants element {n} of {size}")
    found, _ = (largest if use.attr("reverse", False) else smallest)(x, n + 1, x.rank - 1)
    last = slice_axes(found, [*(0 for _ in x.shape[:-1]), n], [*x.shape[:-1], n + 1])
    return reshape(last, x.shape[:-1])


def _in_top_k(use: Use) -> Operand:
    count = use.tensor(2) if len(use) > 2 else use.const(use.attr("k"), "int32")
    return in_top(use.tensor(0), use.tensor(1), count)


def in_top(predictions: Tensor, targets: Tensor, count: Tensor) -> Tensor:
    """Whether fewer than `count` classes are above the target. A row with NaN or infinities says no."""
    builder, classes = predictions.builder, predictions.shape[1]
    aimed = elementwise("Equal", iota(builder, classes), reshape(targets, (targets.shape[0], 1)))
    value = builder.op("Sum", select(aimed, predictions, builder.like(predictions, 0)), [1], keep_dims=True)
    above = builder.op("Sum", number(elementwise("Greater", predictions, value)), [1])
    known = builder.op("All", elementwise("IsFinite", predictions), [1])
    valid = elementwise("LogicalAnd", builder.op("Any", aimed, [1]), known)
    return elementwise("LogicalAnd", valid, elementwise("Less", above, count))


def _where(use: Use) -> Operand:
    condition = use.operands[0]
    if isinstance(condition, np.ndarray) and condition.dtype != object:
        return np.argwhere(condition)
    x = use.tensor(0)
    if x.dtype is not DType.BOOL:
        x = elementwise("NotEqual", x, use.builder.like(x, 0))
    if not x.rank:
        raise OpError("it is asked where a scalar holds")
    return use.op("Where", x)


OPS: dict[str, Row] = {
    "TopKV2": Op(_top_k_v2, outputs=("values", "indices"), integers=True),
    "NthElement": Op(_nth_element),
    "InTopK": _in_top_k,
    "InTopKV2": _in_top_k,
    "Where": Op(_where, integers=True),
}
