"""What a user should know about the dtypes of a traced model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import HALVES


def dtype_notes(closed: Any) -> tuple[str, ...]:
    """A note for each half-precision dtype in which the model computes."""
    found = set(_dtypes(closed.jaxpr))
    return tuple(f"{half} is computed as float32" for half in HALVES if half in found)


def _dtypes(jaxpr: Any) -> Iterator[str]:
    for variable in (*jaxpr.invars, *jaxpr.constvars):
        yield str(getattr(variable.aval, "dtype", ""))
    for equation in jaxpr.eqns:
        for variable in equation.outvars:
            yield str(getattr(variable.aval, "dtype", ""))
        inner = _compat.inner_jaxpr(equation.primitive.name, equation.params)
        if inner is not None:
            yield from _dtypes(inner.jaxpr)
