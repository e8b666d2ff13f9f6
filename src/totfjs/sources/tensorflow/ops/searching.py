"""Where things are: the largest elements, those that hold, places in sorted rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.sorting import along, largest, smallest
from totfjs.recipes.taking import nothing
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _top_k(use: Use) -> Sequence[Operand]:
    return _largest(use, use.attr("k"))


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
    return along(found, use.const(np.full((*(1,) * (x.rank - 1), 1), n), "int32"), x.rank - 1)


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
    "TopK": Op(_top_k, outputs=("values", "indices"), integers=True),
    "TopKV2": Op(_top_k_v2, outputs=("values", "indices"), integers=True),
    "NthElement": Op(_nth_element),
    "Where": Op(_where, integers=True),
}
