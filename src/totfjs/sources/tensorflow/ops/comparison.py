"""Comparisons, logic, and choices between values."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.graph.types import DType
from totfjs.recipes import complex as pairs
from totfjs.recipes import unsigned
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.sources.tensorflow.dtypes import COMPLEX
from totfjs.sources.tensorflow.ops.kinds import by_kind, same, tell
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# GPUs choose among no more dims than these; dims of one whole shape are merged.
_DIMS = 4


def _equality(op: str) -> Op:
    """Whether elements are equal, or not; of shapes that do not meet the answer is one bool, if that is asked for."""
    recipe = pairs.equal if op == "Equal" else pairs.unequal

    def rule(use: Use) -> Operand:
        if not use.attr("incompatible_shape_error", True) and not _meet(use):
            return np.array(op == "NotEqual")
        if use.text("T", "float32") in COMPLEX:
            return recipe(use.complex(0), use.complex(1))
        tell(use, use.text("T", "float32"))
        return _compared(op, *use.tensors)

    return Op(rule, integers=True, complex=True)


def _meet(use: Use) -> bool:
    try:
        broadcast_shapes(use.shape(0), use.shape(1))
    except ValueError:
        return False
    return True


def _compared(op: str, a: Tensor, b: Tensor) -> Tensor:
    if a.dtype is DType.BOOL:
        a, b = (elementwise("Cast", x, DstT=DType.INT32) for x in (a, b))
    return elementwise(op, a, b)


def _order(op: str) -> Op:
    return by_kind(same(op), same(op), lambda a, b: unsigned.compare(op, a, b))


def _near(use: Use) -> Operand:
    """Whether two numbers are less than a tolerance apart."""
    dtype, bound = use.text("T", "float32"), use.attr("tolerance", float(np.float32(1e-5)))
    if dtype not in ("float32", "float16", "bfloat16", "float64"):
        raise OpError(f"totfjs has no lowering for this op of {dtype}")
    tell(use, dtype)
    apart = elementwise("Abs", elementwise("Sub", *use.tensors))
    return elementwise("Less", apart, apart.builder.like(apart, float(bound)))


def _rows(use: Use) -> Operand:
    """The first version: one condition chooses all, a vector of them chooses rows."""
    condition, rank = use.tensor(0), len(use.shape(1))
    if condition.rank == 1 and rank > 1:
        condition = reshape(condition, (*condition.shape, *(1,) * (rank - 1)))
    elif condition.rank and condition.rank != rank:
        raise OpError(f"conditions of {condition.rank} dims choose among {rank} dims")
    return _chosen(use, condition)


def _chosen(use: Use, condition: Tensor) -> Operand:
    yes, no = (use.lowering.tensor(use.operands[index]) for index in (1, 2))
    tell(use, use.text("T", "float32"))
    if isinstance(yes, Complex) and isinstance(no, Complex):
        return Complex(*(_select(condition, a, b) for a, b in zip(yes, no, strict=True)))
    assert isinstance(yes, Tensor) and isinstance(no, Tensor)
    return _select(condition, yes, no)


def _select(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """A choice; where there is nothing to choose from, the runtime is not asked: it does not make 0 of 1."""
    shape = broadcast_shapes(condition.shape, yes.shape, no.shape)
    if 0 in shape and all(isinstance(size, int) for size in shape):
        return yes.builder.const(np.zeros(shape, yes.dtype.numpy))  # type: ignore[arg-type]
    if len(shape) > _DIMS:
        condition, yes, no = (broadcast_to(x, shape) for x in (condition, yes, no))
    return select(condition, yes, no)


def _logical(op: str) -> Op:
    return Op(lambda use: elementwise(op, *use.tensors))


OPS: dict[str, Row] = {
    "Equal": _equality("Equal"),
    "NotEqual": _equality("NotEqual"),
    "ApproximateEqual": Op(_near, integers=True),
    **{op: _order(op) for op in ("Greater", "GreaterEqual", "Less", "LessEqual")},
    **{op: _logical(op) for op in ("LogicalAnd", "LogicalOr", "LogicalNot")},
    "Select": Op(_rows, integers=True, complex=True),
    "SelectV2": Op(lambda use: _chosen(use, use.tensor(0)), integers=True, complex=True),
}
