from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
ODD = np.array([0.0, -0.0, 1.5, -2.5, 0.3, -0.7, np.inf, -np.inf, np.nan, 1e-20, 7.0], f32)
FINITE = np.array([0.0, -0.0, 1.5, -2.5, 0.3, -0.7, 1e-3, -7.25, 12.0], f32)
UNIT = np.array([-0.99, -0.5, -1e-3, 0.0, 0.25, 0.75, 0.999], f32)
POSITIVE = np.array([1e-6, 0.5, 1.0, 3.25, 100.0], f32)
INTS = np.array([0, 1, -1, 7, -8, 100003, -100003, 2**31 - 1, -(2**31)], np.int32)
DIVISORS = np.array([3, -3, 1, -1, 2**30, 2**31 - 1, -(2**31), 2, 5], np.int32)
BYTES = np.array([0, 1, 127, 128, 200, 255], np.uint8)
BOOLS = np.array([True, False, True])

_UNARY = ["neg", "abs", "sign", "square", "floor", "ceil", "sqrt", "exp", "tanh", "is_finite", "logistic"]
CASES = [
    *(case(f"{name}-odd", getattr(lax, name), ODD) for name in _UNARY),
    *(
        case(f"{name}-finite", getattr(lax, name), FINITE, tolerance=3e-6)
        for name in [
            *("exp", "expm1", "tanh", "sin", "cos", "tan", "asinh", "atan"),
            *("sinh", "cosh", "cbrt", "exp2", "erf", "erfc"),
        ]
    ),
    *(case(name, getattr(lax, name), UNIT, tolerance=3e-6) for name in ("asin", "acos", "atanh")),
    *(case(name, getattr(lax, name), POSITIVE) for name in ("log", "log1p", "rsqrt", "sqrt")),
    case("acosh", lax.acosh, POSITIVE + 1),
    case("add-broadcasts", lambda a, b: a + b, "float32[b,3]", "float32[3]"),
    case("sub-ranks", lambda a, b: a[:, None] - b, "float32[b,1,3]", "float32[t,3]"),
    case("six-dims", lambda a, b: a * b + a, "float32[b,1,2,3,1,2]", "float32[1,2,2,1,3,2]"),
    case("seven-dims", lambda a, b: a * b + a, "float32[b,1,2,3,1,2,2]", "float32[1,2,2,1,3,2,2]"),
    case("div", lambda a, b: a / b, ODD, ODD[::-1].copy()),
    case("div-int", lax.div, INTS, DIVISORS),
    case("div-int-by-zero", lax.div, INTS, np.zeros_like(INTS)),
    case("div-int-by-constant", lambda a: lax.div(a, np.full_like(INTS, 7)), INTS),
    case("floor-div", lambda a: a // 3, INTS),
    case("rem", lax.rem, FINITE, FINITE[::-1].copy() + 2),
    case("rem-int", lax.rem, INTS, DIVISORS),
    case("rem-int-by-zero", lax.rem, INTS, np.zeros_like(INTS)),
    case("mod-int", lambda a: a % 5, INTS),
    case("neg-int", lax.neg, INTS),
    case("abs-int", lax.abs, INTS),
    case("sign-int", lax.sign, INTS),
    case("mul-int", lambda a: a * 3, INTS),
    case("add-wraps", lambda a: a + np.int32(2**31 - 1), INTS),
    case("uint8-wraps", lambda a, b: (a + b, a * b, a - b, -a), BYTES, BYTES[::-1].copy()),
    case("int8-wraps", lambda a: (a + a, a * a, -a), np.array([-128, -1, 0, 100, 127], np.int8)),
    case("uint8-to-float", lambda a: a.astype(f32) / 255, BYTES),
    case("max-relu", lambda a: jnp.maximum(a, 0), ODD),
    case("max-scalar", lambda a: jnp.maximum(a, 1.0), ODD),
    case("min-scalar", lambda a: jnp.minimum(a, 1.0), ODD),
    case("max", jnp.maximum, ODD, ODD[::-1].copy()),
    case("min", jnp.minimum, ODD, ODD[::-1].copy()),
    case("max-constant", lambda a: jnp.maximum(a, FINITE), FINITE[::-1].copy()),
    case("max-int", lambda a: jnp.maximum(a, 5), INTS),
    case("max-bool", lambda a: lax.max(a, BOOLS[::-1].copy()), BOOLS),
    case("relu6", jax.nn.relu6, ODD[~np.isnan(ODD)]),
    case("clip", lambda a: jnp.clip(a, -1, 2), ODD),
    case("clip-low", lambda a: jnp.clip(a, 0.5), ODD),
    case("clamp-variable", lambda lo, a: lax.clamp(lo, a, lo + 1), FINITE, FINITE[::-1].copy()),
    case("clamp-int", lambda a: lax.clamp(np.int32(-5), a, np.int32(90)), INTS),
    *(case(f"power-{n}", lambda a, n=n: a**n, FINITE[2:]) for n in (-3, -1, 2, 3, 7)),
    case("power-0", lambda a: lax.integer_pow(a, 0), ODD),
    case("power-float", lambda a: a**1.7, POSITIVE, tolerance=3e-6),
    case("round-even", jnp.round, np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, np.nan, np.inf], f32)),
    case("round-away", lax.round, np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 0.49999997, np.nan], f32)),
    case("logic", lambda a: (a & ~a, a | ~a, a ^ True, ~a), BOOLS),
    case("mask", lambda a: a & 255, INTS),
    case("invert", lambda a: ~a, INTS),
    case("shifts", lambda a: (a << 3, a >> 3), INTS),
    case("atan2", lax.atan2, FINITE, FINITE[::-1].copy()),
    *(
        case(name, getattr(jax.nn, name), "float32[b,5]", tolerance=3e-6)
        for name in (
            "relu", "gelu", "silu", "elu", "selu", "celu", "softplus", "log_sigmoid", "mish", "hard_swish",
            "hard_tanh", "hard_sigmoid", "soft_sign", "leaky_relu", "sigmoid", "tanh", "squareplus",
        )
    ),
    case("gelu-exact", lambda a: jax.nn.gelu(a, approximate=False), "float32[b,5]", tolerance=3e-6),
    case("logaddexp", jnp.logaddexp, ODD, ODD[::-1].copy()),
    case("empty", lambda a: (a + 1, a > 0), np.zeros((0, 3), f32)),
    case("bfloat16", lambda a: (a.astype(jnp.bfloat16) + 1).astype(f32), np.array([1.0, 2.0, -0.5], f32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_elementwise_functions(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
