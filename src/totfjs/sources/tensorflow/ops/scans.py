"""Running totals along an axis."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, maximum, select
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.scans import cumulated
from totfjs.recipes.slicing import pad, slice_axes
from totfjs.recipes.sorting import running
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, whole
from totfjs.sources.tensorflow.ops.reductions import monoid
from totfjs.sources.tensorflow.ops.shapes import normal
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _cumulative(kind: str) -> Op:
    def rule(use: Use) -> Operand:
        x, operation = whole(use, 0), monoid(use, kind)
        if kind == "prod" and isinstance(x, Complex):
            raise OpError("totfjs has no lowering for running products of complex numbers")
        return each(x, lambda part: _scanned(use, part, operation))

    return Op(rule, integers=True, complex=True)


def _scanned(use: Use, x: Tensor, operation: Monoid) -> Tensor:
    axis, exclusive, reverse = _how(use, x)
    if 0 in x.shape:
        return x
    if operation.kind == "sum" or x.dtype is DType.FLOAT32:
        op = {"sum": "Cumsum", "prod": "Cumprod"}[operation.kind]
        return operation.settle(cumulated(op, x, axis, exclusive, reverse))
    neutral = operation.neutral(x.dtype)
    found = running(x, axis, reverse, operation.combine, neutral)
    return _moved(found, axis, reverse, neutral) if exclusive else found


def _how(use: Use, x: Tensor) -> tuple[int, bool, bool]:
    axis = normal(use.integer(1, "the axis"), x.rank)
    return axis, bool(use.attr("exclusive", False)), bool(use.attr("reverse", False))


def _moved(x: Tensor, axis: int, reverse: bool, neutral: float) -> Tensor:
    """One place further on, with what is neutral first."""
    low = [int(index == axis and not reverse) for index in range(x.rank)]
    high = [int(index == axis and reverse) for index in range(x.rank)]
    longer = pad(x, x.builder.const(neutral, x.dtype), low, high, [0] * x.rank)
    return slice_axes(longer, high, [start + size for start, size in zip(high, x.shape, strict=True)])


def _log_sum(use: Use) -> Operand:
    """The logarithms of running sums of exponentials."""
    x = use.tensor(0)
    axis, exclusive, reverse = _how(use, x)
    if 0 in x.shape:
        return x
    found = running(x, axis, reverse, _log_add, -np.inf)
    return _moved(found, axis, reverse, -np.inf) if exclusive else found


def _log_add(a: Tensor, b: Tensor) -> Tensor:
    """`log(exp(a) + exp(b))`, of infinities too."""
    distance = elementwise("Abs", elementwise("Sub", a, b))
    apart = elementwise("Log1p", elementwise("Exp", elementwise("Neg", distance)))
    # equal operands, infinite ones among them, have a distance that is 0 or NaN
    more = select(elementwise("Equal", a, b), a.builder.like(a, np.log(2)), apart)
    return elementwise("AddV2", maximum(a, b), more)


OPS: dict[str, Row] = {
    "Cumsum": _cumulative("sum"),
    "Cumprod": _cumulative("prod"),
    "CumulativeLogsumexp": _log_sum,
}
