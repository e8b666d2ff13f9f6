from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

_RANDOM = np.random.default_rng(3)
_WORDS = [0, 1, 2, 3, 7, 8, 31, 255, 256, 65535, 65536, 65537, 2**23, 2**24 - 1, 2**24, 2**24 + 1, 100003, 2**30, 2**31]
EDGES = np.unique(np.array([word + sign for word in _WORDS for sign in (0, -1, 1)] + [-word for word in _WORDS]))
TYPES = ("int32", "uint32", "int16", "uint16", "int8", "uint8")


def grid(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of awkward numbers of a type, and random pairs of all sizes."""
    kept = np.unique(EDGES.astype(np.int64).astype(dtype))
    left, right = (side.reshape(-1) for side in np.meshgrid(kept, kept))
    wide = _RANDOM.integers(-(2**31), 2**31, (2, 300)) >> _RANDOM.integers(0, 31, (2, 300))
    return np.concatenate([left, wide[0].astype(dtype)]), np.concatenate([right, wide[1].astype(dtype)])


def counts(dtype: str, size: int) -> np.ndarray:
    width = np.dtype(dtype).itemsize * 8
    most = np.iinfo(dtype).max
    few = [
        0,
        1,
        5,
        6,
        7,
        8,
        9,
        width - 2,
        width - 1,
        width,
        width + 1,
        min(most, 1000),
        -1 if dtype[0] == "i" else most,
    ]
    return np.resize(np.array(few).astype(dtype), size)


_BINARY: dict[str, Any] = {
    "mul": lax.mul, "div": lax.div, "rem": lax.rem, "max": lax.max, "min": lax.min, "lt": lax.lt, "le": lax.le,
    "gt": lax.gt, "ge": lax.ge, "and": lax.bitwise_and, "or": lax.bitwise_or, "xor": lax.bitwise_xor, "add": lax.add,
    "sub": lax.sub, "floor_divide": lambda a, b: a // b, "mod": lambda a, b: a % b, "eq": lax.eq,
}  # fmt: skip
_UNARY: dict[str, Any] = {
    "neg": lambda a: -a, "abs": lambda a: jnp.abs(a), "sign": lax.sign, "not": lax.bitwise_not,
    "population_count": lax.population_count,
    "clz": lax.clz, "square": lax.square, "cube": lambda a: lax.integer_pow(a, 3),
    "fifth": lambda a: lax.integer_pow(a, 5),
    "to-float": lambda a: a.astype(jnp.float32), "masks": lambda a: (a & 0x3C, a | 0x41, a ^ 0x7F, a & 0x55),
    "bounded": lambda a: jnp.clip(a, 3, 100), "divided": lambda a: (a // 7, a % 7, lax.div(a, a * 0 + 5)),
}  # fmt: skip
_SHIFTS: dict[str, Any] = {
    "shift_left": lax.shift_left,
    "shift_right_arithmetic": lax.shift_right_arithmetic,
    "shift_right_logical": lax.shift_right_logical,
}
_REDUCTIONS: dict[str, Any] = {
    "reduce_and": lax.reduce_and, "reduce_or": lax.reduce_or, "reduce_xor": lax.reduce_xor,
}  # fmt: skip
_FLOATS = np.concatenate([
    np.array([0, -0.0, 0.5, -0.5, 1.5, -1.5, np.nan, np.inf, -np.inf, 2**24, 2**31 - 128, 2**31, 2**32, 3e38]),
    np.array([2**32 - 256, -1, -(2**31), -3e9, 255.9, 256, -128.9, -129, 1e-40, 32767.5, 65535.9, 65536, 127.99]),
    _RANDOM.normal(size=200) * 10 ** _RANDOM.uniform(-2, 11, 200),
]).astype(np.float32)  # fmt: skip
_SMALL = {dtype: _RANDOM.integers(0, 2**31, (3, 5, 4)).astype(dtype) for dtype in TYPES}
LARGE = np.array([2**32 - 1, 5, 2**31], np.uint32)
MANY = np.arange(600, dtype=np.uint32) * np.uint32(7654321)
SEVEN = np.arange(4, dtype=np.int32).reshape(1, 2, 1, 1, 1, 1, 2)

CASES = [
    *(case(f"{name}-{dtype}", function, *grid(dtype)) for name, function in _BINARY.items() for dtype in TYPES),
    *(case(f"{name}-{dtype}", function, grid(dtype)[0]) for name, function in _UNARY.items() for dtype in TYPES),
    *(
        case(f"{name}-{dtype}", function, grid(dtype)[0], counts(dtype, grid(dtype)[0].size))
        for name, function in _SHIFTS.items()
        for dtype in TYPES
    ),
    *(
        case(f"{name}-by-{count}-{dtype}", lambda a, f=function, k=count: f(a, a.dtype.type(k)), grid(dtype)[0])
        for name, function in _SHIFTS.items()
        for dtype in TYPES
        for count in (0, 1, 6, 7, 31)
    ),
    *(case(f"from-float-{dtype}", lambda a, d=dtype: a.astype(d), _FLOATS) for dtype in TYPES),
    *(
        case(f"{source}-to-{target}", lambda a, d=target: a.astype(d), grid(source)[0])
        for source in TYPES
        for target in (*TYPES, "bool")
        if source != target
    ),
    *(
        case(f"{name}-{dtype}", lambda a, f=function: (f(a, (1,)), f(a, (0, 2)), f(a[:, :0], (1,))), _SMALL[dtype])
        for name, function in _REDUCTIONS.items()
        for dtype in TYPES
    ),
    *(case(f"mulhi-{t}", lax.mulhi, *grid(t)) for t in ("uint32", "int32") if hasattr(lax, "mulhi")),  # not before 0.7
    case("clamp-uint32", lax.clamp, grid("uint32")[0], grid("uint32")[1], grid("uint32")[0] | np.uint32(2**31)),
    case("broadcast-dynamic", lambda a, b: (a ^ b, a << 3, lax.population_count(a)), "int32[b,1,4]", "int32[t,1]"),
    case("divide-dynamic", lambda a: (a // 3, a % 3, lax.reduce_xor(a, (0,))), "int32[b,t]"),
    case("xor-of-bools", lambda a: lax.reduce_xor(a, (0,)), np.array([[True, False], [True, True], [True, False]])),
    case("known-words", lambda a: a + LARGE, LARGE),
    case("many-known-words", lambda a: (a + MANY) % 3, MANY),
    case("scalar", lambda a: (a & 3, a ^ a, a >> 1, a // 2), np.int32(7)),
    case("seven-dims", lambda a: (a ^ 5, lax.clz(a), a // 3), SEVEN),
    case("empty", lambda a: (a ^ 5, a // 3), np.zeros((0, 2), np.uint32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_integers_are_exact(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
