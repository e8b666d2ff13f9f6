"""Where a model computes with all 32 bits of integers: right on cpu and wasm, not on GPUs."""

from __future__ import annotations

from typing import Any

from totfjs.sources.jax import _compat

NOTE = "it computes with all 32 bits of integers, which is exact on cpu and wasm; webgl and webgpu keep 24 of them"
# Primitives that look at the bits of signed integers, too.
_BITS = frozenset((
    "or", "xor", "shift_left", "shift_right_logical", "population_count", "clz", "mulhi", "bitcast_convert_type",
    "nextafter",
))  # fmt: skip


def word_notes(jaxpr: Any, inputs: int) -> tuple[str, ...]:
    """A note if what comes from the last `inputs` arguments goes through words of 32 bits."""
    fed = jaxpr.invars[len(jaxpr.invars) - inputs :]
    return (NOTE,) if _computes_words(jaxpr, fed) else ()


def _computes_words(jaxpr: Any, fed: Any) -> bool:
    """Whether an equation that depends on `fed` computes words; of inner functions all arguments count as fed."""
    known = set(fed)
    for equation in jaxpr.eqns:
        if not any(not _compat.is_literal(atom) and atom in known for atom in equation.invars):
            continue
        known.update(equation.outvars)
        inner = list(_compat.jaxprs_in(equation.params))
        if any(_computes_words(each, each.invars) for each in inner) or (not inner and _on_words(equation)):
            return True
    return False


def _on_words(equation: Any) -> bool:
    dtypes = {str(atom.aval.dtype) for atom in (*equation.invars, *equation.outvars)}
    bits = equation.primitive.name in _BITS and dtypes & {"int32", "float32"} and dtypes != {"bool"}
    return "uint32" in dtypes or bool(bits) or any(_compat.is_key(atom.aval) for atom in equation.outvars)
