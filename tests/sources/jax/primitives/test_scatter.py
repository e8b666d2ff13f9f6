from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

f32, i32 = np.float32, np.int32
ROWS = np.arange(12, dtype=f32).reshape(4, 3) - 5
NEW = (np.arange(15, dtype=f32).reshape(5, 3) - 7) * 0.5
TWICE = np.array([2, 0, 2, 3, 2], i32)
ONCE = np.array([3, 1, 0], i32)
OUT = np.array([2, -9, 4, 9, 1], i32)
NEAR_ONE = np.linspace(0.9, 1.1, 40, dtype=f32)
KINDS = ("set", "add", "multiply", "max", "min")
BYTES = np.array([250, 3, 128, 7], np.uint8)
UNSIGNED = np.array([2**31 + 5, 3, 2**32 - 1, 0], np.uint32)


def at(kind: str, **how: Any) -> Any:
    return lambda x, index, new: getattr(x.at[index], kind)(new, **how)


def fixed(kind: str, index: np.ndarray, **how: Any) -> Any:
    return lambda x, new: getattr(x.at[index], kind)(new, **how)


CASES = [
    *(case(f"{kind}-repeated", at(kind), ROWS, TWICE, NEW) for kind in KINDS[1:]),
    *(case(f"{kind}-constant-repeated", fixed(kind, TWICE), ROWS, NEW) for kind in KINDS),
    *(case(f"{kind}-once", at(kind, unique_indices=True), ROWS, ONCE, NEW[:3]) for kind in KINDS),
    *(
        case(f"{kind}-{mode}", at(kind, mode=mode), ROWS, OUT, NEW)
        for kind, mode in ((kind, mode) for kind in KINDS for mode in ("drop", "clip"))
        if kind != "set" or mode == "drop"
    ),
    *(case(f"{kind}-constant-out", fixed(kind, OUT, mode="drop"), ROWS, NEW) for kind in KINDS),
    *(case(f"{kind}-all-dropped", fixed(kind, np.array([9, 9]), mode="drop"), ROWS, NEW[:2]) for kind in KINDS),
    *(case(f"{kind}-bytes", at(kind), BYTES, np.array([1, 1, 3], i32), BYTES[:3]) for kind in KINDS[1:]),
    *(case(f"{kind}-unsigned", at(kind), UNSIGNED, np.array([1, 1, 3], i32), UNSIGNED[:3])
      for kind in ("add", "max", "min")),
    *(case(f"{kind}-bools", at(kind), np.array([True, False, True]), np.array([1, 0], i32), np.array([True, False]))
      for kind in ("set", "max", "min")),
    case("nan-max", at("max"), ROWS, TWICE, np.where(NEW == 0, np.nan, NEW).astype(f32)),
    case("many-to-one", at("add"), np.zeros(3, f32), np.zeros(40, i32), np.linspace(0, 1, 40, dtype=f32)),
    case("many-to-one-constant", fixed("multiply", np.zeros(40, i32)), np.ones(3, f32), NEAR_ONE),
    case("two-indices", lambda x, i, j, new: x.at[i, :, j].add(new), np.ones((4, 2, 5), f32), ONCE, ONCE, NEW[:3, :2]),
    case("matrix-of-indices", lambda x, i: x.at[:, i].max(1.0), ROWS, np.array([[0, 2], [2, 0]], i32)),
    case("window", lambda x, i, new: lax.dynamic_update_slice(x, new, (i, i)), ROWS, np.array(2, i32), NEW[:2, :2]),
    case("operand-is-read-again", lambda x, i, new: (x.at[i].set(new), x + 1), ROWS, ONCE, NEW[:3]),
    case("operand-is-constant", lambda i, new: (jnp.ones((4, 3)).at[i].set(new), jnp.ones((4, 3))), ONCE, NEW[:3]),
    case("row-of-dynamic-operand", lambda x: x.at[1].set(7.0), "float32[t,3]"),
    *(case(f"{kind}-dynamic-operand", at(kind), "float32[t,3]", np.array([3, 0, 3], i32), NEW[:3])
      for kind in KINDS[1:]),
    *(case(f"{kind}-dynamic-operand-dropped", at(kind, mode="drop"), "float32[t,3]", np.array([3, 9, 3], i32), NEW[:3])
      for kind in KINDS[1:]),
    case("empty-updates", at("add"), ROWS, np.zeros(0, i32), np.zeros((0, 3), f32)),
    case("apply-one", lambda x, i: x.at[i].apply(jnp.exp), ROWS, np.array(2, i32)),
    case("apply-repeated", lambda x, i: x.at[i].apply(lambda v: 2 * v + 1), ROWS, TWICE),
    case("apply-constant-repeated", lambda x: x.at[TWICE].apply(lambda v: jnp.where(v > 0, -v, v + 3)), ROWS),
    case("apply-out", lambda x, i: x.at[i].apply(jnp.cos), ROWS, OUT),
    case("apply-clip", lambda x, i: x.at[i].apply(jnp.cos, mode="clip"), ROWS, OUT),
    case("apply-unique", lambda x, i: x.at[i].apply(jnp.square, unique_indices=True), ROWS, ONCE),
    case("apply-slice", lambda x: x.at[1:3, ::2].apply(jnp.tanh), ROWS),
    case("apply-bytes", lambda x, i: x.at[i].apply(lambda v: v * 3), BYTES, np.array([1, 1, 3], i32)),
    case("apply-dynamic", lambda x, i: x.at[i].apply(jnp.sin), "float32[t,3]", np.array([0, 1, 0], i32)),
    case("segment-sum", lambda x, s: jnp.zeros((4, 3)).at[s].add(x), NEW, TWICE),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_scatters(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", ["webgl", "webgpu"])
def test_on_gpus_the_last_update_wins_and_nothing_of_what_was_large_is_left(engine: object, backend: str) -> None:
    check(engine, case("set-large", at("set"), ROWS * f32(1e9), TWICE, NEW), backend)


def test_a_function_applied_at_many_computed_places_is_refused() -> None:
    places = np.arange(100, dtype=i32)
    model = source.load(lambda x, i: x.at[i].apply(jnp.sin), inputs={"x": np.zeros(200, f32), "i": places})
    with pytest.raises(UnsupportedError, match="unique_indices=True says that they are distinct"):
        model.graph(("cpu", "wasm"))
