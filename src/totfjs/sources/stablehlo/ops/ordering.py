"""Sorts by comparators, and the largest elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jax import lax

from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.regions import order
from totfjs.sources.stablehlo.types import numpy_dtype


def sort(op: Op, *xs: Value) -> Sequence[Value]:
    """Operands in the order of the first ones. A descending order is an ascending one from the back."""
    dtypes = [kind.dtype for kind in op.types]
    keys, descending, exact = order(op, dtypes)
    axis = op.integer("dimension", -1)
    if not exact and any(numpy_dtype(dtype).kind not in "iub" for dtype in dtypes[:keys]):
        op.interpreter.note(f"A sort puts NaN last and takes -0 for 0, as JAX does: {op.interpreter.place}.")
    given = [lax.rev(x, (axis % len(x.shape),)) for x in xs] if descending else list(xs)
    found = lax.sort(given, dimension=axis, is_stable=True, num_keys=keys)
    return [lax.rev(x, (axis % len(x.shape),)) for x in found] if descending else list(found)


def top_k(op: Op, x: Value, k: int | None = None) -> Sequence[Value]:
    """The largest elements and their places."""
    return largest(x, op.integer("k") if k is None else k)


def largest(x: Value, count: Any) -> Sequence[Value]:
    """The largest elements of the last axis and their places."""
    return list(lax.top_k(x, count))


RULES: dict[str, Rule] = {"stablehlo.sort": sort, "chlo.top_k": top_k}
