"""Where numbers belong in sorted rows."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, negate, not_a_number, select
from totfjs.recipes.integers import number
from totfjs.recipes.shapes import broadcast_to, dim_value, reshape

# Rows up to this length are compared whole.
_SHORT = 64


def bound(rows: Tensor, values: Tensor, *, right: bool) -> Tensor:
    """How many of a sorted row are below each number, or with `right` not above it. (batch, n) and (batch, m).

    NaN has nothing below it, and everything not above it.
    """
    builder, (batch, length) = rows.builder, rows.shape
    if 0 in (length, *values.shape):
        return broadcast_to(builder.const(0, DType.INT32), values.shape)
    if isinstance(length, int) and length <= _SHORT:
        row, each = reshape(rows, (batch, 1, length)), reshape(values, (*values.shape, 1))
        counted = negate(elementwise("Less", each, row)) if right else elementwise("Less", row, each)
        return builder.op("Sum", number(counted), [2])
    found = builder.op("UpperBound" if right else "LowerBound", rows, broadcast_to(values, (batch, values.shape[1])))
    if values.dtype is not DType.FLOAT32:
        return found
    return select(not_a_number(values), dim_value(builder, length if right else 0), found)


__all__ = ["bound"]
