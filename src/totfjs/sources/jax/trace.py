"""Traces a model with abstract values: weights and inputs are arguments, so nothing is computed and nothing held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import NarrowingError
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import canonical
from totfjs.sources.jax.models.model import Model, path_of
from totfjs.sources.jax.models.tracing import tracing


@dataclass(frozen=True)
class Weight:
    """A weight by its name. `leaf` is an array of any kind, a lazy one included, or a Python number."""

    name: str
    leaf: Any


@dataclass(frozen=True)
class Traced:
    """A jaxpr whose arguments are the weights, then the leaves of the inputs; `outputs` is the tree of its results.

    JAX sorts the keys of dicts; `order` has the places of the results in the order in which the function gave them.
    """

    jaxpr: Any
    weights: tuple[Weight, ...]
    outputs: Any
    order: tuple[int, ...]

    @property
    def reads_all(self) -> bool:
        """Whether every weight is read by an equation, or is a result itself."""
        jaxpr = self.jaxpr.jaxpr
        atoms = (atom for equation in jaxpr.eqns for atom in equation.invars)
        read = {id(atom) for atom in (*atoms, *jaxpr.outvars)}
        return all(id(variable) in read for variable in jaxpr.invars[: len(self.weights)])


@dataclass(frozen=True)
class Split:
    """A tree of weights taken apart into those leaves that are arrays and everything else."""

    leaves: tuple[Weight, ...]
    structure: Any
    fixed: tuple[tuple[int, Any], ...]

    def join(self, values: Sequence[Any]) -> Any:
        """The tree with other values for the arrays."""
        import jax

        rest = iter(values)
        fixed = dict(self.fixed)
        count = len(values) + len(fixed)
        return jax.tree.unflatten(
            self.structure, [fixed[index] if index in fixed else next(rest) for index in range(count)]
        )


def split(model: Model) -> Split:
    """The weights of a model, each with its name."""
    import jax

    flat, structure = jax.tree_util.tree_flatten_with_path(model.weights)
    leaves = [Weight(model.weight_name(path_of(path)), leaf) for path, leaf in flat]
    fixed = tuple((index, weight.leaf) for index, weight in enumerate(leaves) if not _is_array(weight.leaf))
    return Split(tuple(weight for weight in leaves if _is_array(weight.leaf)), structure, fixed)


def trace(model: Model, weights: Split, arguments: Sequence[Any]) -> Traced:
    """The jaxpr of a model; raises TraceError with the line of the user's code at which tracing fails."""
    import jax

    order: list[int] = []

    def function(values: Sequence[Any], *inputs: Any) -> Any:
        result = model.call(weights.join(values), *inputs)
        structure = jax.tree.structure(result)
        order[:] = given_order(result, jax.tree.unflatten(structure, range(structure.num_leaves)))
        return result

    with tracing(model.name or "The function"):
        abstract = [_abstract(weight) for weight in weights.leaves]
        jaxpr, outputs = jax.make_jaxpr(function, return_shape=True)(abstract, *arguments)
    # Recurrent layers of Flax split random keys for states that are zeros: to fold these would take a second.
    return Traced(_compat.without_the_unused(jaxpr), weights.leaves, outputs, tuple(order))


def given_order(result: Any, places: Any) -> list[int]:
    """The places of the leaves of a result, dicts in the order of their keys; `places` is the same tree of places."""
    import jax

    if isinstance(result, dict) and isinstance(places, dict):
        return [place for key in result for place in given_order(result[key], places[key])]
    if isinstance(result, list | tuple) and isinstance(places, list | tuple):
        return [place for pair in zip(result, places, strict=True) for place in given_order(*pair)]
    return list(jax.tree.leaves(places))


def _is_array(leaf: Any) -> bool:
    return (hasattr(leaf, "shape") and hasattr(leaf, "dtype")) or isinstance(leaf, bool | int | float | complex)


def _abstract(weight: Weight) -> Any:
    import jax

    leaf = weight.leaf
    if not hasattr(leaf, "dtype"):
        return leaf
    if _compat.is_key(leaf):
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)
    if np.dtype(leaf.dtype).kind in "mMOSU":
        raise NarrowingError(
            f"Weight {weight.name!r} has dtype {leaf.dtype}, which JAX cannot compute with.",
            remedy="Give it as numbers, or leave it out of the weights.",
            place=weight.name,
        )
    return jax.ShapeDtypeStruct(tuple(leaf.shape), jax.numpy.dtype(canonical(leaf.dtype)))
