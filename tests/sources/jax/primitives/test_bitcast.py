from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

_RANDOM = np.random.default_rng(5)
# Every exponent with awkward digits, both signs, and random patterns; NaN of one pattern.
_DIGITS = np.array([0, 1, 2, 0x3FFFFF, 0x400000, 0x400001, 0x7FFFFF, 0x123456], np.uint32)
_PATTERNS = ((np.arange(256, dtype=np.uint32)[:, None] << 23) | _DIGITS).reshape(-1)
_ALL = np.concatenate([_PATTERNS, _PATTERNS | 0x80000000, _RANDOM.integers(0, 2**32, 500).astype(np.uint32)])
_NAN = np.isnan(_ALL.view(np.float32))
WORDS = np.concatenate([_ALL[~_NAN], np.array([0x7FC00000], np.uint32)])
FLOATS = WORDS.view(np.float32)
NORMAL = FLOATS[~((np.abs(FLOATS) < np.finfo(np.float32).tiny) & (FLOATS != 0))]
_HALVES = np.array(
    [0, 1, 0x3FF, 0x400, 0x3C00, 0x3C01, 0x7BFF, 0x7C00, 0x7E00, 0x8000, 0x8001, 0xBC00, 0xFC00], np.uint16
)
_BYTES = _RANDOM.integers(0, 256, (3, 5, 4)).astype(np.uint8)
# Every float16 of some exponents, subnormal ones included, and what is rounded to one; numbers of bfloat16.
_SIXTEEN = np.concatenate([np.arange(0, 0x7C01, 37), np.arange(0x3FA, 0x406), [1, 2, 0x7BFF, 0x7C00, 0x7E00]])
_SIXTEEN = np.concatenate([_SIXTEEN, _SIXTEEN[:-1] | 0x8000]).astype(np.uint16)
_EXACT_HALVES = _SIXTEEN.view(np.float16).astype(np.float32)
_BETWEEN = (_EXACT_HALVES[1:700] + _EXACT_HALVES[:699]) / np.float32(2)
HALF_FLOATS = np.concatenate(
    [_EXACT_HALVES, _BETWEEN, np.array([65519, 65520, 7e4, -1e9, 2e-8, 3e-8, 9e-8], np.float32)]
)
NORMAL_HALVES = _EXACT_HALVES[(_SIXTEEN & 0x7FFF) >= 0x80]
BFLOATS = (np.concatenate([np.arange(0x80, 0x7F81, 61), [0, 0x80, 0x7F7F]]).astype(np.uint32) << 16).view(np.float32)
BFLOATS = np.concatenate([BFLOATS, -BFLOATS])


def as_type(dtype: str) -> Any:
    return lambda a: lax.bitcast_convert_type(a, jnp.dtype(dtype))


def _next_of(a: Any, b: Any, kind: str) -> Any:
    return lax.nextafter(a.astype(kind), b.astype(kind)).astype(jnp.float32)


def half(a: Any) -> Any:
    return lax.reduce_precision(a.astype(jnp.bfloat16), 8, 7).astype(jnp.float32)


def exact(label: str, function: Any, *inputs: Any) -> Case:
    return case(label, function, *inputs, tolerance=0.0)


INTEGERS = ("int32", "uint32", "uint8", "int8", "uint16", "int16")

CASES = [
    *(exact(f"float32-as-{dtype}", as_type(dtype), FLOATS) for dtype in INTEGERS),
    exact("uint32-as-float32", as_type("float32"), WORDS),
    exact("int32-as-float32", as_type("float32"), WORDS.view(np.int32)),
    exact("there-and-back", lambda a: as_type("float32")(as_type("uint32")(a)), FLOATS),
    *(exact(f"uint8-as-{dtype}", as_type(dtype), _BYTES) for dtype in ("int8", "uint32", "int32")),
    *(exact(f"bytes-as-{dtype}", as_type(dtype), _BYTES[..., :2]) for dtype in ("uint16", "int16", "bfloat16")),
    exact("int8-as-int32", as_type("int32"), _BYTES.view(np.int8)),
    exact("int16-as-uint8", as_type("uint8"), np.array([-1, -32768, 32767, 258, 0], np.int16)),
    exact("int16-as-uint16", as_type("uint16"), np.array([-1, -32768, 32767, 258, 0], np.int16)),
    exact("uint16-as-float16", lambda a: as_type("float16")(a).astype(jnp.float32), _HALVES),
    exact("uint16-as-bfloat16", lambda a: as_type("bfloat16")(a).astype(jnp.float32), _HALVES),
    exact("bfloat16-as-uint16", lambda a: as_type("uint16")(a.astype(jnp.bfloat16)), NORMAL),
    *(exact(f"float16-as-{to}", lambda a, to=to: as_type(to)(a.astype(jnp.float16)), HALF_FLOATS)
      for to in ("uint16", "int16", "uint8")),
    exact("float16-as-bfloat16", lambda a: as_type("bfloat16")(a.astype(jnp.float16)).astype(jnp.float32),
          NORMAL_HALVES),
    exact("bits-of-nextafter", lambda a, b: as_type("int16")(_next_of(a, b, "float16").astype(jnp.float16)),
          HALF_FLOATS, -HALF_FLOATS),
    *(
        exact(f"nextafter-{kind}-{label}", lambda a, b, kind=kind: _next_of(a, b, kind), floats, to)
        for kind, floats in (("float16", HALF_FLOATS), ("bfloat16", BFLOATS))
        for label, to in (("roll", np.roll(floats, 9)), ("same", floats), ("opposite", -floats),
                          *((str(end), np.full_like(floats, end)) for end in (0.0, -0.0, np.inf, -np.inf, np.nan)))
    ),
    exact("nextafter", lambda a, b: lax.nextafter(a, b), NORMAL, np.roll(NORMAL, 9)),
    *(
        exact(f"nextafter-to-{to}", lambda a, b=to: lax.nextafter(a, jnp.full_like(a, b)), NORMAL)
        for to in (np.inf, -np.inf, np.nan)
    ),
    *(
        # without digits, older JAX makes an infinity of NaN
        exact(f"precision-{e}-{m}", lambda a, e=e, m=m: lax.reduce_precision(a, e, m), FLOATS if m else FLOATS[:-1])
        for e, m in ((8, 7), (5, 10), (5, 2), (4, 3), (8, 23), (8, 0), (6, 23), (2, 5), (8, 22), (1, 3))
    ),
    exact("precision-of-half", half, np.ones(3, np.float32)),
    exact("dynamic", lambda a: (as_type("int32")(a), as_type("uint8")(a)), "float32[b,t]"),
    exact("bools-stay", lambda a: as_type("bool")(a), np.array([True, False])),
    exact("scalar", lambda a: as_type("int32")(a) + 1, np.float32(3)),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_bits_of_numbers(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
