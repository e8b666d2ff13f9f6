"""Elementwise mathematics that is right for NaN, infinities and more dims than a GPU indexes."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import Operand, spec
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.graph.types import DType, TensorType
from totfjs.recipes.shapes import reshape

# Every backend does this many dims of every elementwise op.
_SAFE_RANK = 4


def elementwise(op: str, *operands: Tensor, **attrs: Any) -> Tensor:
    """An elementwise op on operands that broadcast; neighbouring dims are merged where a backend has too many."""
    builder = operands[0].builder
    if max(x.rank for x in operands) <= _SAFE_RANK or builder.refusal(op, *operands, **attrs) is None:
        return builder.op(op, *operands, **attrs)
    shape = broadcast_shapes(*(x.shape for x in operands))
    groups = _groups([x.shape for x in operands], len(shape))
    merged = [reshape(x, _merge(x.shape, groups, len(shape))) for x in operands]
    return reshape(builder.op(op, *merged, **attrs), shape)


def select(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """`yes` where the condition holds, else `no`; all three broadcast."""
    if yes.dtype is not DType.BOOL:
        return elementwise("SelectV2", condition, yes, no)
    chosen = elementwise("LogicalAnd", condition, yes)
    return elementwise("LogicalOr", chosen, elementwise("LogicalAnd", negate(condition), no))


def negate(condition: Tensor) -> Tensor:
    """Logical not."""
    return elementwise("LogicalNot", condition)


def not_a_number(x: Tensor) -> Tensor:
    """Whether each element is NaN."""
    return elementwise("IsNan", x)


def nothing(x: Tensor) -> Tensor:
    """-0 for numbers and infinities, NaN for NaN: what to add where NaN was lost. Cheaper than a choice."""
    above = elementwise("AddV2", elementwise("Square", x), x.builder.const(1.0, DType.FLOAT32))
    return elementwise("RealDiv", x.builder.const(-0.0, DType.FLOAT32), above)


def maximum(a: Tensor, b: Tensor) -> Tensor:
    """The larger of each pair; NaN if one is NaN."""
    return _extreme(a, b, "Maximum", -np.inf)


def minimum(a: Tensor, b: Tensor) -> Tensor:
    """The smaller of each pair; NaN if one is NaN."""
    return _extreme(a, b, "Minimum", np.inf)


def clamp(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """`x` brought between `low` and `high`."""
    return minimum(maximum(x, low), high)


def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1; zeros and NaN stay what they are. The runtime's own loses NaN and, on wasm, small numbers."""
    zero, one = x.builder.like(x, 0), x.builder.like(x, 1)
    positive = select(elementwise("Greater", x, zero), one, x)
    return select(elementwise("Less", x, zero), x.builder.like(x, -1), positive)


def scalar(x: Tensor) -> float | None:
    """The one value that a constant holds, or None."""
    value = constant(x)
    return None if value is None or value.size != 1 else float(value.reshape(-1)[0])


def constant(x: Tensor) -> np.ndarray | None:
    """The values of a small constant, or None."""
    return x.builder.operand(x).value


def differs(builder: Builder, op: str, *samples: Any) -> bool:
    """Whether a backend in question is recorded to compute something else for such data."""
    found = spec(op)
    arrays = [np.asarray(sample, np.float32) for sample in samples]
    operands = [Operand(TensorType(DType.FLOAT32, array.shape), array) for array in arrays]
    call = found.complete(operands, {})
    return any(set(item.backends) & set(builder.backends) and item.when(call) for item in found.differences)


def _extreme(a: Tensor, b: Tensor, op: str, neutral: float) -> Tensor:
    if a.dtype is DType.BOOL:
        return elementwise("LogicalOr" if op == "Maximum" else "LogicalAnd", a, b)
    if a.dtype is not DType.FLOAT32:
        return elementwise(op, a, b)
    if constant(a) is not None:
        a, b = b, a
    bound, value = scalar(b), constant(b)
    if bound is not None and b.rank <= a.rank and not np.isnan(bound):
        return _bounded(a, bound, op, neutral)
    result = elementwise(op, a, b)
    if (value is not None and not np.isnan(value).any()) or not differs(a.builder, op, [0.0], [np.nan]):
        return result
    return elementwise("AddV2", result, nothing(b))


def _bounded(x: Tensor, bound: float, op: str, neutral: float) -> Tensor:
    """A bound on one side. `x` comes first: wasm loses NaN in the second operand, and all NaN in `ClipByValue`."""
    builder = x.builder
    if bound == neutral:
        return x
    if op == "Maximum" and bound == 0:
        return elementwise("Relu", x)
    if op == "Minimum" and bound == 6 and builder.nodes[x.value.node].op == "Relu":
        return elementwise("Relu6", builder.tensor(builder.nodes[x.value.node].inputs[0]))
    return elementwise(op, x, builder.const(bound, DType.FLOAT32))


def _groups(shapes: list[Shape], rank: int) -> list[list[int]]:
    """Runs of neighbouring axes along which each operand is either whole or of size 1; axes of size 1 are left out."""
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    groups: list[list[int]] = []
    last: tuple[bool, ...] = ()
    for axis in range(rank):
        pattern = tuple(shape[axis] == 1 for shape in padded)
        if all(pattern):
            continue
        if groups and pattern == last:
            groups[-1].append(axis)
        else:
            groups.append([axis])
        last = pattern
    return groups


def _merge(shape: Shape, groups: list[list[int]], rank: int) -> Shape:
    padded = (1,) * (rank - len(shape)) + tuple(shape)
    sizes: list[Size] = [dims.product(padded[axis] for axis in group) for group in groups]
    return tuple(sizes)
