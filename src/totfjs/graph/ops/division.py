"""Quotients and remainders, which the backends round each in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.ops.elementwise import (
    GPU_SELECT_RANK,
    XNNPACK_RANK,
    binary,
    differs_where,
    integers_as,
    precise,
    truncated,
)
from totfjs.graph.ops.spec import BACKENDS, F32, I32, REAL, Call, Difference, Limit, dtype_limit

FLOAT = frozenset((F32,))


def _truncated_quotient(a: np.ndarray, b: np.ndarray) -> Any:
    if np.asarray(a).dtype.kind == "f":
        return np.divide(a, b)
    return np.floor_divide(a, b) + ((np.remainder(a, b) != 0) & ((a < 0) != (b < 0)))


def _quotient_unless_zero(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(np.equal(b, 0), np.float32(0), np.divide(a, b))


def _float_floor_div(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return truncated(np.floor(a.astype(np.float32) / b.astype(np.float32)))


def _runtime_mod(a: np.ndarray, b: np.ndarray) -> Any:
    """The runtime's formula for the remainder whose sign is that of the divisor."""
    remainder = np.fmod(a, b)
    same = ((a < 0) & (b < 0)) | ((a >= 0) & (b >= 0))
    return np.where(same, remainder, np.fmod(remainder + b, b))


def _shader_mod(a: np.ndarray, b: np.ndarray) -> Any:
    return a - b * np.floor(a / b)


ZERO_DIVISOR = differs_where(
    ("webgpu",), "an integer divided by 0 is undefined", lambda a, b: (b == 0) & (a == a), of=I32, certain=False
)


def _shader_is_off(meaning: Callable[..., Any]) -> Callable[..., Any]:
    """Where the shader's remainder is not the meaning, also because a quotient near 0 counts as 0."""
    tiny = np.finfo(np.float32).tiny
    return lambda a, b: _unequal(_shader_mod(a, b), meaning(a, b)) | ((a != 0) & (np.abs(a / b) < tiny))


def _mod_differences(meaning: Callable[..., Any]) -> tuple[Difference, ...]:
    def unless(computed: Callable[..., Any]) -> Callable[..., Any]:
        return lambda a, b: _unequal(computed(a, b), meaning(a, b))

    reason = "the remainder is corrected by adding the divisor, which rounds, and by another remainder"
    return (
        differs_where(("cpu",), reason, unless(precise(_runtime_mod))),
        differs_where(("wasm", "webgpu"), reason, unless(_runtime_mod)),
        differs_where(("webgl",), "the remainder is a - b·⌊a/b⌋, rounded", _shader_is_off(meaning), certain=False),
        integers_as(BACKENDS, "the remainder has the sign of the divisor", np.remainder, meaning),
        differs_where(("wasm",), "a zero divisor takes the backend down", lambda a, b: b == 0, of=I32),
        ZERO_DIVISOR,
    )


def _unequal(a: Any, b: Any) -> Any:
    return (a != b) & ~(np.isnan(a) & np.isnan(b))


def _divides_by_known_zero(call: Call) -> bool:
    divisor = call.value(1)
    return call.dtype(1) is I32 and divisor is not None and bool((divisor == 0).any())


KNOWN_ZERO_DIVISOR = Limit(("wasm",), "crashes", "a zero divisor takes the backend down", _divides_by_known_zero)
FLOAT_QUOTIENT = integers_as(
    ("wasm",), "the quotient is computed in float32", _float_floor_div, lambda a, b: np.floor_divide(a, b)
)
EQUAL_IS_ONE = differs_where(
    ("webgl",), "equal operands give 1, zeros and infinities too", lambda a, b: (a == b) & ((a == 0) | np.isinf(a))
)


OPS = (
    binary("RealDiv", np.divide, FLOAT, limits=(XNNPACK_RANK,), differences=(EQUAL_IS_ONE,), tolerance=3e-7),
    binary(
        "Div",
        _truncated_quotient,
        REAL,
        limits=(XNNPACK_RANK,),
        differences=(
            integers_as(("cpu",), "the quotient is rounded down", np.floor_divide, _truncated_quotient),
            integers_as(("webgl", "webgpu"), "the quotient is rounded down", np.floor_divide, _truncated_quotient),
            integers_as(("wasm",), "the quotient is rounded down", _float_floor_div, _truncated_quotient),
            EQUAL_IS_ONE,
            ZERO_DIVISOR,
        ),
        tolerance=3e-7,
    ),
    binary(
        "DivNoNan",
        _quotient_unless_zero,
        FLOAT,
        limits=(XNNPACK_RANK, GPU_SELECT_RANK),
        differences=(differs_where(("webgl",), "∞/∞ is 1", lambda a, b: (a == b) & np.isinf(a)),),
        tolerance=3e-7,
    ),
    binary(
        "FloorDiv",
        np.floor_divide,
        REAL,
        limits=(dtype_limit(0, frozenset((I32,)), "cpu", "webgl", "webgpu", effect="wrong"),),
        differences=(FLOAT_QUOTIENT, ZERO_DIVISOR),
    ),
    binary(
        "Mod",
        np.fmod,
        REAL,
        limits=(KNOWN_ZERO_DIVISOR,),
        differences=_mod_differences(np.fmod),
        note="the runtime computes FloorMod",
    ),
    binary(
        "FloorMod",
        np.remainder,
        REAL,
        limits=(KNOWN_ZERO_DIVISOR,),
        differences=_mod_differences(np.remainder),
        note="shaders divide, and a quotient that rounds below a whole number puts the remainder off by the divisor",
    ),
)
