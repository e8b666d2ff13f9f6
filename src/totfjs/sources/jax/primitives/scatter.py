"""Writing at computed places: scatter and its kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import Place, iota
from totfjs.recipes.scatter import scatter
from totfjs.recipes.shapes import expand, reshape, transpose
from totfjs.sources.jax import _compat
from totfjs.sources.jax.applied import replaces
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.monoids import carrier, monoid
from totfjs.sources.jax.primitives.indexing import column, places_of


def scattered(kind: str | None) -> Rule:
    """A scatter which replaces, or which combines by a monoid."""

    def lowered(eqn: Equation, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
        assert kind or replaces(eqn.params.get("update_jaxpr")), "functions are applied before rules are asked"
        x, indices, updates = eqn.full(x), places_of(eqn, indices, 1), eqn.full(updates, 2)
        combined = monoid(kind, eqn.output.dtype) if kind else None
        as_number, back = carrier(eqn.output.dtype, kind)
        batch, numbers = indices.shape[:-1], eqn.params["dimension_numbers"]
        whole = _unfolded(as_number(updates), numbers, len(batch), x.rank)
        places = list(_places(eqn, x, indices, whole.shape[len(batch) :]))
        clip = _compat.scatter_gather_mode(eqn.params["mode"]) == "clip"
        unique = bool(eqn.params["unique_indices"])
        return back(scatter(as_number(x), places, batch, whole, combined, drop=not clip, unique=unique))

    return lowered


def subtracted(eqn: Equation, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    """Adds the opposite."""
    opposite = elementwise("Sub", updates.builder.like(updates, 0), updates)
    result = scattered("sum")(eqn, x, indices, opposite)
    assert isinstance(result, Tensor)
    return result


def _unfolded(updates: Tensor, numbers: Any, batch: int, rank: int) -> Tensor:
    """The updates with the dims of the batch in front, then one dim for each axis of the operand."""
    window = [int(axis) for axis in numbers.update_window_dims]
    others = [axis for axis in range(updates.rank) if axis not in window]
    moved = transpose(updates, [*others, *window])
    missing = {*numbers.inserted_window_dims, *numbers.operand_batching_dims}
    sizes = iter(moved.shape[batch:])
    return reshape(moved, (*moved.shape[:batch], *(1 if axis in missing else next(sizes) for axis in range(rank))))


def _places(eqn: Equation, x: Tensor, indices: Tensor, lengths: Any) -> Iterator[Place]:
    """Where slices start along each axis along which they are not whole."""
    numbers, batch = eqn.params["dimension_numbers"], indices.shape[:-1]
    pairs = zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
    batching = {int(axis): int(at) for axis, at in pairs}
    columns = {int(axis): number for number, axis in enumerate(numbers.scatter_dims_to_operand_dims)}
    for axis in range(x.rank):
        if axis in batching:
            yield Place(axis, expand(iota(x.builder, x.shape[axis]), [batching[axis]], len(batch)), 1)
        elif axis in columns:
            yield Place(axis, column(indices, columns[axis]), lengths[axis])
        elif lengths[axis] != x.shape[axis]:
            yield Place(axis, eqn.const(np.zeros((1,) * len(batch), np.int32)), lengths[axis])


RULES: dict[str, Rule] = {
    "scatter": scattered(None),
    "scatter-add": scattered("sum"),
    "scatter-sub": subtracted,
    "scatter-mul": scattered("prod"),
    "scatter-max": scattered("max"),
    "scatter-min": scattered("min"),
}
