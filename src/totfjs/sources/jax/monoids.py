"""The monoids of JAX: how its dtypes go into them, and which of them a reducer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.monoids import Monoid, unsigned_order
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import NARROW

Change: TypeAlias = Callable[[Tensor], Tensor]
_KINDS = {"add": "sum", "add_any": "sum", "mul": "prod", "max": "max", "min": "min"}
_OF_BOOLS = {"or": "max", "and": "min", "add": "max", "mul": "min", "max": "max", "min": "min"}


def monoid(kind: str, dtype: str) -> Monoid:
    """The monoid over a dtype of JAX; narrow integers wrap."""
    return Monoid(kind, NARROW.get(dtype))


def carrier(dtype: str, kind: str | None = None) -> tuple[Change, Change]:
    """How elements become numbers in the right order, and the way back. Without a kind the order does not matter."""
    if dtype == "bool":
        return _number, _truth
    if dtype == "uint32" and kind in ("max", "min"):
        return unsigned_order, unsigned_order
    return _same, _same


def kinds_of(jaxpr: Any, dtypes: tuple[str, ...]) -> tuple[str, ...] | None:
    """For each result of a reducer the monoid that it is, or None when one of them is something else."""
    inner = getattr(jaxpr, "jaxpr", jaxpr)
    if len(inner.eqns) == 1 and (found := _compat.inner_jaxpr(inner.eqns[0].primitive.name, inner.eqns[0].params)):
        straight = list(inner.eqns[0].invars) == list(inner.invars) and inner.eqns[0].outvars == inner.outvars
        return kinds_of(found, dtypes) if straight else None
    makers = {id(variable): equation for equation in inner.eqns for variable in equation.outvars}
    kinds = []
    for index, (out, dtype) in enumerate(zip(inner.outvars, dtypes, strict=True)):
        equation = makers.get(id(out))
        pair = {id(inner.invars[index]), id(inner.invars[len(dtypes) + index])}
        known = _OF_BOOLS if dtype == "bool" else _KINDS
        if equation is None or {id(atom) for atom in equation.invars} != pair or equation.primitive.name not in known:
            return None
        kinds.append(known[equation.primitive.name])
    return tuple(kinds)


def _number(x: Tensor) -> Tensor:
    return elementwise("Cast", x, DstT=DType.INT32)


def _truth(x: Tensor) -> Tensor:
    return elementwise("NotEqual", x, x.builder.like(x, 0))


def _same(x: Tensor) -> Tensor:
    return x
