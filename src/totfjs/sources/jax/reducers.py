"""Reductions by a function of the user's: totals of a monoid where it is one, else the function on halves of halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops import OpError
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import Aval, Equation, aval_of
from totfjs.sources.jax.monoids import kinds_of
from totfjs.sources.jax.primitives.reduction import general

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering
    from totfjs.sources.jax.operands import Operand


def reduction(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """A reduction of one or more operands at once."""
    avals = tuple(aval_of(atom.aval) for atom in equation.invars)
    tensors = [lowering.tensor(operand, aval) for operand, aval in zip(operands, avals, strict=True)]
    outputs = tuple(aval_of(variable.aval) for variable in equation.outvars)
    eqn = Equation(lowering.builder, "reduce", equation.params, avals, outputs)
    if kinds_of(eqn.params["jaxpr"], tuple(aval.dtype for aval in outputs)) is not None:
        return general(eqn, *tensors)
    return _by_function(lowering, eqn, tensors, scope)


def _by_function(lowering: Lowering, eqn: Equation, tensors: Sequence[Tensor], scope: str) -> list[Tensor]:
    """Neighbours are combined, in their order, until one is left; the start is combined with that."""
    count = len(eqn.outputs)
    if not all(aval.static for aval in eqn.inputs):
        raise OpError("a reduction by a function needs dims that are known")
    rows = [_rows(eqn, tensor, index) for index, tensor in enumerate(tensors[:count])]
    length, width = (int(size) for size in rows[0].shape if isinstance(size, int))
    start = [broadcast_to(reshape(first, (1, 1)), (1, width)) for first in tensors[count:]]
    while length > 1:
        half, odd = length // 2, [_cut(x, 2 * (length // 2), length) for x in rows] if length % 2 else []
        pairs = [reshape(_cut(x, 0, 2 * half), (half, 2 * width)) for x in rows]
        left, right = ([_columns(x, start, start + width) for x in pairs] for start in (0, width))
        rows = _combined(lowering, eqn, left, right, scope)
        rows = [eqn.builder.op("ConcatV2", *parts, 0) for parts in zip(rows, odd, strict=True)] if odd else rows
        length -= half
    totals = _combined(lowering, eqn, start, rows, scope) if length else start
    return [reshape(total, aval.shape) for total, aval in zip(totals, eqn.outputs, strict=True)]


def _rows(eqn: Equation, x: Tensor, index: int) -> Tensor:
    """An operand as a matrix whose first axis is what is reduced."""
    axes = [int(axis) for axis in eqn.params["dimensions"]]
    kept = [axis for axis in range(eqn.inputs[index].rank) if axis not in axes]
    moved = transpose(eqn.full(x, index), [*axes, *kept])
    return reshape(moved, (_product(moved.shape[: len(axes)]), _product(moved.shape[len(axes) :])))


def _product(shape: Shape) -> int:
    result = 1
    for size in shape:
        assert isinstance(size, int)
        result *= size
    return result


def _combined(
    lowering: Lowering, eqn: Equation, left: Sequence[Tensor], right: Sequence[Tensor], scope: str
) -> list[Tensor]:
    """The function on each pair of elements."""
    import jax
    import numpy as np

    shape = left[0].shape
    size = _product(shape)
    dtypes = [aval.dtype for aval in eqn.outputs]
    structs = [jax.ShapeDtypeStruct((size,), np.dtype(dtype)) for dtype in (*dtypes, *dtypes)]
    with _compat.thirty_two_bits():
        closed = jax.make_jaxpr(jax.vmap(_compat.jaxpr_as_function(eqn.params["jaxpr"])))(*structs)
    flat = [reshape(x, (size,)) for x in (*left, *right)]
    results = lowering.block(closed.jaxpr, closed.consts, flat, scope)
    return [
        reshape(lowering.whole(result, Aval(dtype, (size,))), shape)
        for result, dtype in zip(results, dtypes, strict=True)
    ]


def _cut(x: Tensor, start: int, stop: int) -> Tensor:
    return slice_axes(x, [start, 0], [stop, x.shape[1]])


def _columns(x: Tensor, start: int, stop: int) -> Tensor:
    return slice_axes(x, [0, start], [x.shape[0], stop])
