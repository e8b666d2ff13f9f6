"""`x.at[places].apply(function)` as functions of whole arrays: JAX applies it once for each time a place is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.jax import _compat

if TYPE_CHECKING:
    from totfjs.sources.jax.operands import Operand

# How often a function is applied to all elements one after the other.
MOST_TIMES = 64


def applied(equation: Any, operands: Sequence[Operand]) -> Any | None:
    """The closed jaxpr that a scatter which applies a function stands for, or None for any other equation."""
    if equation.primitive.name != "scatter" or replaces(equation.params["update_jaxpr"]):
        return None
    _check_reads(equation.params["update_jaxpr"])
    import jax

    with _compat.thirty_two_bits():
        times = _times(equation, operands[1])
        avals = [atom.aval for atom in equation.invars]
        return jax.make_jaxpr(lambda *xs: _on_all(equation.params, times, *xs))(*avals)


def replaces(jaxpr: Any) -> bool:
    """Whether what is written by a scatter is the update itself, not a function of what was there."""
    inner = getattr(jaxpr, "jaxpr", jaxpr)
    return inner is None or (not inner.eqns and inner.outvars[0] is inner.invars[1])


def _check_reads(jaxpr: Any) -> None:
    """`apply` knows only what was there; a function of the update too is one that JAX has no name for."""
    inner = getattr(jaxpr, "jaxpr", jaxpr)
    read = {id(atom) for equation in inner.eqns for atom in equation.invars} | {id(atom) for atom in inner.outvars}
    if id(inner.invars[1]) in read:
        raise OpError("a scatter that applies a function of its updates is not supported")


def _times(equation: Any, places: Operand) -> int:
    """The most often that one place may be named."""
    params, (x, indices, updates) = equation.params, (atom.aval for atom in equation.invars)
    if params["unique_indices"]:
        return 1
    if isinstance(places, np.ndarray) and all(isinstance(size, int) for size in x.shape):
        return int(np.max(_counts(params, x.shape, places, updates.shape), initial=0))
    rows = indices.shape[:-1]
    if not all(isinstance(size, int) for size in rows) or np.prod(rows) > MOST_TIMES:
        raise OpError(
            f"a function applied at more than {MOST_TIMES} computed places is not supported, "
            "unless unique_indices=True says that they are distinct"
        )
    return int(np.prod(rows))


def _counts(params: Any, shape: Sequence[Any], places: Any, updates: Sequence[Any]) -> Any:
    """How often each element is named."""
    import jax.numpy as jnp
    from jax import lax

    return lax.scatter_add(
        jnp.zeros(tuple(shape), jnp.int32),
        jnp.asarray(places),
        jnp.ones(tuple(updates), jnp.int32),
        params["dimension_numbers"],
        indices_are_sorted=params["indices_are_sorted"],
        unique_indices=params["unique_indices"],
        mode=params["mode"],
    )


def _on_all(params: Any, times: int, x: Any, places: Any, updates: Any) -> Any:
    """The function on all elements, as often as one of them is named, kept where an element is named that often."""
    from jax import lax

    counts = _counts(params, x.shape, places, updates.shape)
    function = _on_arrays(params, x.ndim)
    for time in range(times):
        x = lax.select(counts > time, function(x), x)
    return x


def _on_arrays(params: Any, rank: int) -> Callable[[Any], Any]:
    import jax
    import jax.extend.core as core

    found = params["update_jaxpr"]
    closed = found if isinstance(found, core.ClosedJaxpr) else core.ClosedJaxpr(found, tuple(params["update_consts"]))
    function = _compat.jaxpr_as_function(closed)

    def of_number(x: Any) -> Any:
        return function(x, x)[0]

    mapped: Callable[[Any], Any] = of_number
    for _ in range(rank):
        mapped = jax.vmap(mapped)
    return mapped


__all__ = ["applied", "replaces"]
