"""Conditionals: a select where that is cheap, else branches of which one runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.passes.pipeline import optimize
from totfjs.sources import jax as source

f32, i32 = np.float32, np.int32
UP, DOWN = np.array([1, 2, 3], f32), np.array([-1, -2, -3], f32)


def endless_unless_positive(x: Any) -> Any:
    """The loop ends for what it is meant for, and only for that."""
    loop = lambda y: lax.while_loop(lambda c: c.sum() < 50, lambda c: c * 2, y)  # noqa: E731
    return lax.cond(x.sum() > 0, loop, lambda y: y - 1, x)


def three(inner: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    branches = [lambda x: inner(x) * 2, lambda x: (x - 1) * 1.0, lambda x: jnp.zeros_like(x)]
    return lambda index, x: lax.switch(index, branches, x)


def until(x: Any) -> Any:
    return lax.while_loop(lambda c: c.sum() < 50, lambda c: jnp.abs(c) + 1, x)


def heavy(x: Any, w: Any) -> Any:
    def deep(y: Any) -> Any:
        for _ in range(4):
            y = jnp.tanh(y @ w)
        return y

    return lax.cond(x[0, 0] > 0, deep, lambda y: y, x)


def mixed_results(flag: Any, x: Any) -> Any:
    return lax.cond(flag, lambda: (x, 1, jnp.array(True), f32(2)), lambda: (x * 2, 2, jnp.array(False), f32(2)))


CASES = [
    *(case(f"cond-{x[0]}", lambda x: lax.cond(x.sum() > 0, jnp.sin, lambda y: y - 1, x), x) for x in (UP, DOWN)),
    *(case(f"cond-results-{flag}", mixed_results, np.array(flag), UP) for flag in (True, False)),
    *(case(f"switch-{index}", three(jnp.sin), i32(index), UP) for index in (-5, 0, 1, 2, 9)),
    *(case(f"switch-of-loops-{index}", three(until), i32(index), UP) for index in (-5, 0, 1, 2, 9)),
    *(case(f"endless-{x[0]}", endless_unless_positive, x) for x in (UP, DOWN)),
    *(case(f"heavy-{sign}", heavy, np.full((2500, 50), sign, f32), np.full((50, 50), 0.01, f32)) for sign in (1, -1)),
    case("nested", lambda x: lax.cond(x[0] > 0, endless_unless_positive, lambda y: y * 3, x), UP),
    case("nested-not-taken", lambda x: lax.cond(x[0] > 5, endless_unless_positive, lambda y: y * 3, x), UP),
    case("batched", jax.vmap(lambda x: lax.cond(x > 0, jnp.sin, jnp.cos, x)), "float32[b]"),
    case(
        "batched-switch",
        jax.vmap(lambda i, x: lax.switch(i, [jnp.sin, jnp.cos, jnp.tanh], x)),
        np.array([0, 2, 1, 7, -1], i32),
        "float32[5]",
    ),
    case("known", lambda x: lax.cond(x.shape[1] > 2, jnp.sin, jnp.cos, x), "float32[b,3]"),
    case("dynamic", lambda x: lax.cond(x.sum() > 0, jnp.sin, lambda y: jnp.zeros_like(y), x), "float32[b,3]"),
    case(
        "branch-then-loop",
        lambda x: lax.while_loop(lambda c: c.sum() < 90, lambda c: c + endless_unless_positive(x), jnp.abs(x)),
        UP,
    ),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_a_branch(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", [row for row in CASES if "loop" in row.label or "endless" in row.label], ids=str)
def test_an_optimized_branch(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend, optimize)


def ops_of(function: Any, *inputs: Any) -> set[str]:
    names = [f"x{index}" for index in range(len(inputs))]
    return {node.op for node in source.load(function, inputs=dict(zip(names, inputs, strict=True))).graph()}


def test_cheap_branches_are_a_select() -> None:
    ops = ops_of(three(jnp.sin), "int32[]", "float32[3]")
    assert "SelectV2" in ops
    assert "Switch" not in ops


def test_costly_branches_and_loops_run_when_they_are_taken() -> None:
    assert "Switch" in ops_of(heavy, "float32[2500,50]", "float32[50,50]")
    assert "Switch" in ops_of(endless_unless_positive, "float32[3]")


def test_what_all_branches_give_is_not_chosen() -> None:
    graph = source.load(
        lambda flag, x: lax.cond(flag, lambda: (x, x), lambda: (x, x * 2)), inputs={"flag": "bool[]", "x": "float32[3]"}
    ).graph()
    assert [node.op for node in graph].count("SelectV2") == 1
