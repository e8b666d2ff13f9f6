from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
IMAGE = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype(f32)
SMALL = IMAGE[0, :, :, 0]
INTS = np.random.default_rng(1).integers(-9, 9, (4, 6)).astype(np.int32)
LARGE = np.array([[2**31 - 1, -(2**31), 5, 100003], [-7, 65537, 46341, -1]], np.int32)
NUMBERS = np.arange(30, dtype=np.int32).reshape(5, 6)
FLAGS = INTS > 0
OPERATIONS = {"max": lax.max, "min": lax.min, "add": lax.add, "mul": lax.mul}


def window(kind: str, init: float, *sizes: int, **how: Any) -> Any:
    steps, pads = how.pop("steps", (1,) * len(sizes)), how.pop("pads", "VALID")
    return lambda x: lax.reduce_window(x, np.array(init, x.dtype), OPERATIONS[kind], sizes, steps, pads, **how)


def furthest(a: Any, b: Any) -> Any:
    first = (a[0] > b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))
    return jnp.where(first, a[0], b[0]), jnp.where(first, a[1], b[1])


def larger_square(a: Any, b: Any) -> Any:
    return jnp.where(a * a >= b * b, a, b)


def tangent(**how: Any) -> Any:
    return lambda x, t: jax.jvp(window("max", -np.inf, 2, 2, **how), (x,), (t,))


def along(function: Any, axis: int) -> Any:
    return lambda x: function(x, axis=axis)


def pair(a: Any, b: Any) -> Any:
    return lax.max(a[0], b[0]), lax.mul(a[1], b[1])


def pooled_gradient(x: Any) -> Any:
    return jax.grad(lambda x: (window("max", -np.inf, 2, 3, steps=(2, 1), pads=((1, 0), (0, 1)))(x) ** 2).sum())(x)


CASES = [
    *(case(f"{kind}-ints", window(kind, init, 2, 3), INTS)
      for kind, init in (("max", -(2**31)), ("min", 2**31 - 1), ("add", 0))),
    *(case(f"{kind}-starts-at-{init}", window(kind, init, 2, 2, pads=((1, 0), (0, 2))), SMALL)
      for kind, init in (("max", 0.5), ("min", 0.0), ("add", 3.0), ("mul", 2.0), ("mul", 1.0))),
    case("mul-wraps", window("mul", 1, 2, 2), LARGE),
    *(case(f"{kind}-bytes", window(kind, 1, 2, 2), INTS.astype(np.uint8)) for kind in OPERATIONS),
    *(case(f"{kind}-unsigned", window(kind, 1, 2, 2), LARGE.view(np.uint32)) for kind in OPERATIONS),
    *(case(f"{kind}-bools", window(kind, False, 2, 2), FLAGS) for kind in ("max", "min")),
    *(case(f"{kind}-dilated", window(kind, init, 2, 2, window_dilation=(2, 1), steps=(1, 2)), SMALL)
      for kind, init in (("max", -np.inf), ("add", 0))),
    *(case(f"{kind}-base-dilated", window(kind, init, 2, 3, base_dilation=(2, 3), pads=((1, 1), (0, 2))), SMALL)
      for kind, init in (("max", -np.inf), ("min", np.inf), ("add", 0))),
    case("three-axes", window("max", -np.inf, 2, 3, 2, 2), IMAGE),
    case("dynamic-batch", window("add", 0.0, 1, 2, 2, 1), "float32[b,5,6,3]"),
    case("max-gradient", pooled_gradient, SMALL),
    case("max-gradient-ties", pooled_gradient, np.zeros((4, 5), f32)),
    case("max-tangent-base-dilated", tangent(base_dilation=(2, 3), pads=((1, 1), (0, 2))), SMALL, SMALL[::-1].copy()),
    case("max-tangent", lambda x, t: jax.jvp(window("max", -np.inf, 2, 2), (x,), (t,)), SMALL, SMALL[::-1].copy()),
    *(case(f"prod-{dtype}", along(jnp.prod, 1), LARGE.astype(dtype)) for dtype in ("int32", "int8", "uint32")),
    *(case(f"{f.__name__}-unsigned", along(f, 0), LARGE.view(np.uint32)) for f in (jnp.max, jnp.min, jnp.sum)),
    *(case(f"{f.__name__}-flags", along(f, 0), FLAGS) for f in (jnp.max, jnp.min)),
    case("reduce-pair", lambda x, y: lax.reduce((x, y), (np.int32(3), f32(2)), pair, (1,)), INTS, SMALL[:4]),
    case("reduce-all", lambda x: lax.reduce(x, np.float32(3), lax.add, (0, 1)), SMALL),
    case("reduce-argmax", lambda x, i: lax.reduce((x, i), (f32(-9), np.int32(-1)), furthest, (0,)), SMALL, NUMBERS),
    case("reduce-function-of-all", lambda x: lax.reduce(x, np.int32(1), larger_square, (1, 0)), INTS),
    case("reduce-nothing", lambda x: lax.reduce(x, np.float32(3), lax.max, (1,)), np.zeros((2, 0), f32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_windows_and_reductions(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
