"""Reductions over axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.reductions import reduce_axes
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.monoids import carrier, kinds_of, monoid


def reduction(kind: str) -> Rule:
    """A reduction; of nothing it is neutral."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        axes = [int(axis) for axis in eqn.params["axes"]]
        return _reduced(eqn, 0, x, axes, kind)

    return lowered


def logical(op: str) -> Rule:
    """All or any of bools."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        if x.dtype is not DType.BOOL:
            raise OpError(f"{eqn.name} of integers works on bits, which TensorFlow.js does not")
        axes = [int(axis) for axis in eqn.params["axes"]]
        if any(x.shape[axis] == 0 for axis in axes):
            return x.builder.const(np.full((1,) * eqn.output.rank, op == "All"))
        return x.builder.op(op, x, axes) if axes else x

    return lowered


def general(eqn: Equation, *operands: Tensor) -> Sequence[Tensor]:
    """A reduction by a function of the user's, which has to be a monoid on each operand."""
    count = len(operands) // 2
    dtypes = tuple(aval.dtype for aval in eqn.inputs[:count])
    kinds = kinds_of(eqn.params["jaxpr"], dtypes)
    if kinds is None:
        raise OpError("a reduction by a function other than a sum, product, maximum or minimum is not supported")
    axes = [int(axis) for axis in eqn.params["dimensions"]]
    totals = [_reduced(eqn, index, operands[index], axes, kind) for index, kind in enumerate(kinds)]
    return [
        begun(total, first, kind, dtype)
        for total, first, kind, dtype in zip(totals, operands[count:], kinds, dtypes, strict=True)
    ]


def begun(total: Tensor, first: Tensor, kind: str, dtype: str) -> Tensor:
    """A total that starts from a value."""
    there, back = carrier(dtype, kind)
    return back(monoid(kind, dtype).combine(there(total), there(first)))


def _reduced(eqn: Equation, index: int, x: Tensor, axes: list[int], kind: str) -> Tensor:
    aval = eqn.inputs[index]
    there, back = carrier(aval.dtype, kind)
    if not all(x.shape[axis] == aval.shape[axis] for axis in axes):
        x = eqn.full(x, index)  # broadcasts count in a total; along other axes they stay lazy
    return back(reduce_axes(there(x), axes, monoid(kind, aval.dtype)))


RULES: dict[str, Rule] = {
    "reduce_sum": reduction("sum"),
    "reduce_prod": reduction("prod"),
    "reduce_max": reduction("max"),
    "reduce_min": reduction("min"),
    "reduce_and": logical("All"),
    "reduce_or": logical("Any"),
}
