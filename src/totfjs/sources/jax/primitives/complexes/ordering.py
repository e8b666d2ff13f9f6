"""Orders of complex numbers: by the real part, equal ones by the imaginary part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex
from totfjs.sources.jax.equation import ComplexRule, Equation, parts_of_aval
from totfjs.sources.jax.primitives.ordering import sort as real_sort


def sort(eqn: Equation, *xs: Tensor | Complex) -> Sequence[Tensor | Complex]:
    """A sort of parts, of which those of keys are keys."""
    avals = tuple(part for aval in eqn.inputs for part in parts_of_aval(aval))
    count = sum(len(parts_of_aval(aval)) for aval in eqn.inputs[: eqn.params["num_keys"]])
    parts = [part for x in xs for part in (x if isinstance(x, Complex) else (x,))]
    real = replace(eqn, params={**eqn.params, "num_keys": count}, inputs=avals, outputs=avals)
    found = iter(real_sort(real, *parts))
    return [Complex(next(found), next(found)) if isinstance(x, Complex) else next(found) for x in xs]


RULES: dict[str, ComplexRule] = {"sort": sort}
