"""How much a jaxpr computes, counted in multiplications: enough to choose between ways to lower it."""

from __future__ import annotations

from math import inf, prod
from typing import Any

from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import aval_of


def work(jaxpr: Any) -> float:
    """The multiplications of a jaxpr; dynamic dims count as 1, loops of unknown length as infinity."""
    return sum(_equation(equation) for equation in jaxpr.eqns)


def _equation(equation: Any) -> float:
    name, params = equation.primitive.name, equation.params
    inner = sum(work(jaxpr) for jaxpr in _compat.jaxprs_in(params))
    if name == "while":
        return inf
    if name == "scan":
        return inner * params["length"] if isinstance(params["length"], int) else inf
    if inner:
        return inner
    results = sum(_size(variable) for variable in equation.outvars)
    if name == "dot_general":
        contracted = params["dimension_numbers"][0][0]
        shape = aval_of(equation.invars[0].aval).shape
        return results * prod(int(shape[axis]) for axis in contracted if isinstance(shape[axis], int))
    if name == "conv_general_dilated":
        kernel = aval_of(equation.invars[1].aval).shape
        outputs = kernel[params["dimension_numbers"].rhs_spec[0]]
        return results * _size(equation.invars[1]) / int(str(outputs))
    return results


def _size(atom: Any) -> int:
    shape = getattr(atom.aval, "shape", ())
    return prod(int(size) for size in shape if isinstance(size, int))
