"""What a user should know about a traced model: how its dtypes are computed, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import HALVES

_PRINTS = frozenset(("debug_callback", "debug_print", "inspect_sharding"))


def tracing_notes(closed: Any) -> tuple[str, ...]:
    """A note for each half-precision dtype in which the model computes, and for prints that it loses."""
    equations = list(_equations(closed.jaxpr))
    variables = [*closed.jaxpr.invars, *closed.jaxpr.constvars, *(v for each in equations for v in each.outvars)]
    found = {str(getattr(variable.aval, "dtype", "")) for variable in variables}
    halves = tuple(f"{half} is computed as float32" for half in HALVES if half in found)
    places = dict.fromkeys(_compat.place_of(each) for each in equations if each.primitive.name in _PRINTS)
    return (*halves, *(f"debug output is left out: {place}" for place in places))


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for inner in _compat.jaxprs_in(equation.params):
            yield from _equations(inner)
