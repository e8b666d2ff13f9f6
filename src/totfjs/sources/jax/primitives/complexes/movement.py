"""What does to both parts of complex numbers what it does to real ones: it moves, joins, chooses or adds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex, from_real
from totfjs.sources.jax.equation import ComplexRule, Equation, parts_of_aval
from totfjs.sources.jax.primitives import control, rules, shape


def real_equation(eqn: Equation, params: Mapping[str, Any] | None = None) -> Equation:
    """The same equation on real numbers."""
    inputs, outputs = (tuple(parts_of_aval(aval)[0] for aval in avals) for avals in (eqn.inputs, eqn.outputs))
    return replace(eqn, params=eqn.params if params is None else params, inputs=inputs, outputs=outputs)


def real_rule(eqn: Equation, *xs: Tensor) -> Tensor:
    """The one result of the rule for real numbers."""
    found = rules()[eqn.name](eqn, *xs)
    assert isinstance(found, Tensor)
    return found


def partwise(eqn: Equation, *xs: Tensor | Complex) -> list[Complex | Tensor]:
    """The rule for real numbers, on the real and on the imaginary parts."""
    real, imag = (_part(eqn, part, xs) for part in ("real", "imag"))
    return [
        Complex(first, second) if aval.complex else first
        for aval, first, second in zip(eqn.outputs, real, imag, strict=True)
    ]


def _part(eqn: Equation, part: str, xs: Sequence[Tensor | Complex]) -> list[Tensor]:
    changed = real_equation(eqn, {**eqn.params, **_FILLED.get(eqn.name, _unfilled)(eqn.params, part)})
    found = rules()[eqn.name](changed, *(getattr(x, part) if isinstance(x, Complex) else x for x in xs))
    return [found] if isinstance(found, Tensor) else list(found)


def _unfilled(params: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    return {}


def _filled(params: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    """What is read out of bounds: NaN + 0j, unless the equation says what."""
    value = np.nan if params["fill_value"] is None else params["fill_value"]
    return {"fill_value": float(getattr(np.complex64(value), part))}


_FILLED = {"gather": _filled}


def counted(eqn: Equation, *xs: Tensor) -> Complex:
    """0, 1, 2, … with no imaginary part."""
    return from_real(real_rule(real_equation(eqn), *xs))


_MOVES = ("select_n", "gather", "dynamic_slice", "dynamic_update_slice", "scatter", "bitcast_convert_type")
_SUMS = ("reduce_sum", "cumsum", "reduce_window_sum", "scatter-add", "scatter-sub", "add", "add_any", "sub", "neg")
_REAL = ("dim_as_value", "iota")

RULES: dict[str, ComplexRule] = {
    **{name: partwise for name in shape.RULES if name not in _REAL},
    **dict.fromkeys((*_MOVES, *_SUMS, *control.COLLECTIVES), partwise),
    **{name: control.RULES[name] for name in (*control.PRINTS, *control.REFUSED)},
    "iota": counted,
}
