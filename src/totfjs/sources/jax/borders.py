"""Loops, branches and reducers of complex values as such of their parts: their functions take and give parts.

Inside, a function joins its arguments and goes on as it is, so that what lowers loops knows nothing of complex numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import COMPLEX
from totfjs.sources.jax.equation import aval_of
from totfjs.sources.jax.operands import Operand, apart, together

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering

Structure: TypeAlias = "Callable[[Lowering, Any, Sequence[Operand], str], Sequence[Operand]]"


@dataclass(frozen=True)
class Atom:
    """A part of a variable of a jaxpr."""

    aval: Any


@dataclass(frozen=True)
class RealEquation:
    """An equation in which complex variables are replaced by their parts."""

    primitive: Any
    params: Mapping[str, Any]
    invars: Sequence[Atom]
    outvars: Sequence[Atom]


def of_parts(structure: Structure) -> Structure:
    """A rule for real operands that is also one for complex ones."""

    def lowered(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
        if not any(_complex(atom) for atom in (*equation.invars, *equation.outvars)):
            return structure(lowering, equation, operands, scope)
        avals = [aval_of(atom.aval) for atom in equation.invars]
        parts = [part for part, _ in apart(operands, avals)]
        results = structure(lowering, _real(equation), parts, scope)
        return together(lowering.builder, results, [aval_of(variable.aval) for variable in equation.outvars])

    return lowered


def _real(equation: Any) -> RealEquation:
    params = {name: _real_function(name, value) for name, value in equation.params.items()}
    params.update(_counts(equation))
    return RealEquation(equation.primitive, params, _atoms(equation.invars), _atoms(equation.outvars))


def _counts(equation: Any) -> dict[str, int]:
    """How many operands a structure takes as what, parts counted."""
    params, counts, start = equation.params, {}, 0
    for name in ("num_consts", "num_carry", "cond_nconsts", "body_nconsts"):
        if name in params:
            taken = equation.invars[start : start + params[name]]
            start += params[name]
            counts[name] = len(_atoms(taken))
    return counts


def _real_function(name: str, value: Any) -> Any:
    if name == "branches":
        return tuple(_function_of_parts(each) for each in value)
    return _function_of_parts(value) if name in ("jaxpr", "cond_jaxpr", "body_jaxpr") else value


def _function_of_parts(closed: Any) -> Any:
    """The same function of parts."""
    import jax
    from jax import lax

    variables = closed.jaxpr.invars

    def function(*parts: Any) -> list[Any]:
        rest = iter(parts)
        values = [lax.complex(next(rest), next(rest)) if _complex(each) else next(rest) for each in variables]
        results = _compat.jaxpr_as_function(closed)(*values)
        outvars = zip(results, closed.jaxpr.outvars, strict=True)
        return [part for x, each in outvars for part in ((lax.real(x), lax.imag(x)) if _complex(each) else (x,))]

    with _compat.thirty_two_bits():
        return jax.make_jaxpr(function)(*(atom.aval for atom in _atoms(variables)))


def _atoms(variables: Sequence[Any]) -> list[Atom]:
    import jax

    real = np.dtype(np.float32)
    return [
        Atom(jax.ShapeDtypeStruct(each.aval.shape, real if _complex(each) else each.aval.dtype))
        for each in variables
        for _ in range(2 if _complex(each) else 1)
    ]


def _complex(atom: Any) -> bool:
    return bool(atom.aval.dtype == COMPLEX)
