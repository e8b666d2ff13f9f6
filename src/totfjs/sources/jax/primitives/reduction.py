"""Reductions over axes."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.integers import wrapped
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Equation, Rule


def reduction(op: str, neutral: float) -> Rule:
    """A reduction; of nothing it is neutral."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        axes = [int(axis) for axis in eqn.params["axes"]]
        if not axes:
            return x
        x = _whole_along(eqn, x, axes)
        if any(x.shape[axis] == 0 for axis in axes):
            return x.builder.const(np.full((1,) * eqn.output.rank, _neutral(neutral, x.dtype)), x.dtype)
        result = x.builder.op(op, x, axes)
        return wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result

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


def _whole_along(eqn: Equation, x: Tensor, axes: list[int]) -> Tensor:
    """Broadcasts count in a sum; along other axes they stay lazy."""
    if all(x.shape[axis] == eqn.inputs[0].shape[axis] for axis in axes):
        return x
    return eqn.full(x)


def _neutral(value: float, dtype: DType) -> float:
    if dtype is DType.INT32 and np.isinf(value):
        return float(np.iinfo(np.int32).min if value < 0 else np.iinfo(np.int32).max)
    return value


RULES: dict[str, Rule] = {
    "reduce_sum": reduction("Sum", 0),
    "reduce_prod": reduction("Prod", 1),
    "reduce_max": reduction("Max", -np.inf),
    "reduce_min": reduction("Min", np.inf),
    "reduce_and": logical("All"),
    "reduce_or": logical("Any"),
}
