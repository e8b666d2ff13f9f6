"""What a user should know about a traced model: how its dtypes are computed, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import HALVES

_PRINTS = frozenset(("debug_callback", "debug_print", "inspect_sharding"))
# Where the runtime cannot see what JAX sees, by primitives of floating point.
_DIFFERENT = {"top_k": "top_k puts every NaN first; JAX puts a NaN whose sign bit is set last."}


def tracing_notes(closed: Any) -> tuple[str, ...]:
    """Notes of half-precision dtypes in which the model computes, of prints that it loses, of what differs."""
    rounded = tuple(f"{half} is computed as float32." for half in halves(closed))
    prints = (each for each in _equations(closed.jaxpr) if each.primitive.name in _PRINTS)
    places = dict.fromkeys(map(_compat.place_of, prints))
    wide = ("JAX is in 64-bit mode; the model is converted, and compared, in 32 bits.",) if _compat.wide() else ()
    different = dict.fromkeys(_different(each) for each in _equations(closed.jaxpr))
    left_out = (f"Debug output is left out: {place}." for place in places)
    return (*rounded, *wide, *left_out, *(note for note in different if note))


def _different(equation: Any) -> str:
    floating = any(str(getattr(atom.aval, "dtype", "")) in ("float32", *HALVES) for atom in equation.invars)
    return _DIFFERENT.get(equation.primitive.name, "") if floating else ""


def halves(closed: Any) -> tuple[str, ...]:
    """The half-precision dtypes in which a traced model computes."""
    results = (variable for each in _equations(closed.jaxpr) for variable in each.outvars)
    variables = (*closed.jaxpr.invars, *closed.jaxpr.constvars, *results)
    found = {str(getattr(variable.aval, "dtype", "")) for variable in variables}
    return tuple(half for half in HALVES if half in found)


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for inner in _compat.jaxprs_in(equation.params):
            yield from _equations(inner)
