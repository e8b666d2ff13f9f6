"""Scans and while loops: unrolled or as frames, they compute what JAX computes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.graph.ops import spec
from totfjs.passes.pipeline import optimize
from totfjs.sources import jax as source

f32, i32 = np.float32, np.int32


def running_sum(carry: Any, row: Any) -> Any:
    return carry * 0.5 + row, (carry.sum(), row > carry, jnp.int32(3))


def gru(x: Any, w: Any, u: Any) -> Any:
    def step(h: Any, row: Any) -> Any:
        z = jax.nn.sigmoid(row @ w - h @ u)
        h = (1 - z) * h + z * jnp.tanh(row @ w + h @ u)
        return h, h

    return lax.scan(step, jnp.zeros((x.shape[1], 4)), x)


def lstm(x: Any, w: Any) -> Any:
    def step(state: Any, row: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(jnp.concatenate([row, h], -1) @ w, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zeros = jnp.zeros((x.shape[1], 2))
    return lax.scan(step, (zeros, zeros), x)


def greedy(table: Any, first: Any) -> Any:
    """Decodes until token 0 or 6 tokens, as a language model does."""

    def going(state: Any) -> Any:
        count, _, last = state
        return (count < 6) & (last != 0)

    def step(state: Any) -> Any:
        count, tokens, last = state
        last = jnp.argmax(table[last] + 0.1 * count).astype(jnp.int32)
        return count + 1, tokens.at[count].set(last), last

    return lax.while_loop(going, step, (0, jnp.full((6,), -1, jnp.int32), first[0]))


def doubled(limit: float) -> Any:
    return lambda x: lax.while_loop(lambda c: c.sum() < limit, lambda c: c * 2, x)


def collatz(x: Any) -> Any:
    def step(state: Any) -> Any:
        value, count = state
        return jnp.where(value % 2 == 0, value // 2, 3 * value + 1), count + 1

    return lax.while_loop(lambda state: state[0] != 1, step, (jnp.abs(x) + 1, 0))


def nested(x: Any) -> Any:
    return lax.scan(lambda c, row: lax.scan(lambda d, item: (d * 0.5 + item, d), c, row), jnp.zeros(()), x)


def branch_in_loops(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        inner = lambda: lax.scan(lambda d, item: (d * 0.9 + item, None), carry, row)[0]  # noqa: E731
        return lax.cond(row.sum() > 0, inner, lambda: carry * 0), carry

    return lax.scan(step, f32(0), x)


def loop_of_constants_inside(x: Any, w: Any) -> Any:
    inner = lambda: lax.fori_loop(0, w.shape[0], lambda i, a: a + w[i], 0.0)  # noqa: E731
    return lax.scan(lambda carry, row: (carry + row.sum() + inner(), carry), 0.0, x)


def loops_in_turn(x: Any) -> Any:
    first = doubled(100.0)(jnp.abs(x))
    return lax.while_loop(lambda c: c.sum() < 2000, lambda c: c + first * first, first)


ZEROS = jnp.zeros(3)
CASES = [
    case("unrolled", lambda x: lax.scan(running_sum, ZEROS, x), "float32[7,3]"),
    case("dynamic", lambda x: lax.scan(running_sum, ZEROS, x), "float32[t,3]"),
    case("dynamic-batch", lambda x: lax.scan(running_sum, jnp.zeros((x.shape[1], 3)), x), "float32[t,b,3]"),
    case("unrolled-reverse", lambda x: lax.scan(running_sum, ZEROS, x, reverse=True), "float32[5,3]"),
    case("dynamic-reverse", lambda x: lax.scan(running_sum, ZEROS, x, reverse=True), "float32[t,3]"),
    case("carry-only", lambda x: lax.scan(lambda c, row: (c + row, None), ZEROS, x)[0], "float32[t,3]"),
    case("rows-only", lambda x: lax.scan(lambda c, row: (c, (row * 2, row > 0)), (), x)[1], "float32[t,3]"),
    case("rows-only-unrolled", lambda x: lax.scan(lambda c, row: (c, (row * 2, row > 0)), (), x)[1], "float32[4,3]"),
    case(
        "known-numbers",
        lambda x: lax.scan(lambda c, n: (c * n + x, c), x, np.linspace(0, 1, 4, dtype=f32)),
        "float32[3]",
    ),
    case("bool-rows", lambda x: lax.scan(lambda c, row: (c ^ row, c), jnp.array(True), x), "bool[t]"),
    case(
        "seven-dims",
        lambda x: lax.scan(lambda c, r: (c + r, c), jnp.zeros((1, 2, 1, 2, 1, 2)), x),
        "float32[3,1,2,1,2,1,2]",
    ),
    case("counted", lambda x: lax.scan(lambda c, _: (c * 0.5, c), x, length=4), "float32[b]"),
    case("empty", lambda x: lax.scan(running_sum, ZEROS, x[:0]), "float32[4,3]"),
    case("empty-dynamic", lambda x: lax.scan(running_sum, ZEROS, x[x.shape[0] :]), "float32[t,3]"),
    case("empty-at-one-size", lambda x: lax.scan(running_sum, ZEROS, x[4:]), "float32[t,3]"),
    case("gru", gru, "float32[t,b,3]", "float32[3,4]", "float32[4,4]"),
    case("gru-unrolled", gru, "float32[6,b,3]", "float32[3,4]", "float32[4,4]"),
    case("lstm", lstm, "float32[t,b,3]", "float32[5,8]"),
    case("lstm-unrolled", lstm, "float32[6,b,3]", "float32[5,8]"),
    case("nested", nested, "float32[t,h]"),
    case("nested-unrolled", nested, "float32[3,4]"),
    case("unrolled-in-dynamic", nested, "float32[t,4]"),
    case("dynamic-in-unrolled", nested, "float32[3,t]"),
    case("branch-in-loops", branch_in_loops, "float32[t,h]"),
    case("loop-of-constants-inside", loop_of_constants_inside, "float32[t,3]", "float32[h]"),
    case("map", lambda x: lax.map(lambda row: jnp.sin(row).sum(), x), "float32[t,h]"),
    case("associative", lambda x: lax.associative_scan(jnp.add, x), "float32[5,h]"),
    case("associative-reverse", lambda x: lax.associative_scan(jnp.multiply, x, reverse=True), "float32[6]"),
    case("fori", lambda x: lax.fori_loop(0, 5, lambda i, c: c + i * x[i], 0.0), "float32[5]"),
    case("fori-until", lambda x, n: lax.fori_loop(0, n, lambda i, c: c * 0.5 + i * x, x), "float32[b,5]", i32(4)),
    case("fori-never", lambda x, n: lax.fori_loop(0, n, lambda i, c: c * 0.5 + i * x, x), "float32[b,5]", i32(0)),
    case("while", doubled(100.0), np.array([1, 2, 0.5], f32)),
    case("while-not-once", doubled(100.0), np.array([100, 2, 0.5], f32)),
    case(
        "while-known",
        lambda x: lax.while_loop(lambda c: c[1] < 4, lambda c: (c[0] * 2, c[1] + 1), (x, 0)),
        "float32[b]",
    ),
    case("while-in-turn", loops_in_turn, "float32[b,3]"),
    case(
        "while-swaps",
        lambda x: lax.while_loop(lambda c: c[0].sum() < 40, lambda c: (c[1] + 1, c[0]), (jnp.abs(x), jnp.abs(x) * 2)),
        "float32[3]",
    ),
    case(
        "while-sets-a-constant",
        lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, jnp.ones(3)), (x.astype(i32)[0] * 0, x)),
        "float32[3]",
    ),
    case(
        "while-reads-what-never-changes",
        lambda x, w: lax.while_loop(lambda c: c[0].sum() < c[1].sum(), lambda c: (c[0] + c[1] * w, c[1]), (x, x + 50)),
        np.array([1, 2, 3], f32),
        np.array([1, 2, 3], f32),
    ),
    case("batch-of-while", jax.vmap(doubled(10.0)), np.array([1, 0.25, 100, 3], f32)),
    case("batch-of-collatz", jax.vmap(collatz), "int32[b]"),
    case("batch-of-batches", jax.vmap(jax.vmap(collatz)), "int32[b,t]"),
    case(
        "batch-of-lengths",
        jax.vmap(lambda x, n: lax.fori_loop(0, n, lambda i, c: c * 0.5 + i * x, x)),
        "float32[b,5]",
        "int32[b]",
    ),
    case("greedy", greedy, "float32[5,5]", np.array([2], i32)),
    case("greedy-stops-at-once", greedy, "float32[5,5]", np.array([0], i32)),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_a_loop(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


OPTIMIZED = ("dynamic-batch", "gru", "nested", "branch-in-loops", "loop-of-constants-inside", "while-in-turn", "greedy")


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", [row for row in CASES if row.label in OPTIMIZED], ids=str)
def test_an_optimized_loop(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend, optimize)


def needs_async(function: Any, *inputs: str) -> bool:
    names = [f"x{index}" for index in range(len(inputs))]
    graph = optimize(source.load(function, inputs=dict(zip(names, inputs, strict=True))).graph())
    return any(spec(node.op).asynchronous for node in graph if node.array is None)


def test_known_turns_leave_the_model_synchronous() -> None:
    assert not needs_async(nested, "float32[3,4]")
    assert not needs_async(lambda x: lax.fori_loop(0, 3, lambda i, c: c + x[i], 0.0), "float32[5]")


def test_unknown_turns_make_it_asynchronous() -> None:
    assert needs_async(nested, "float32[t,4]")
    assert needs_async(doubled(10.0), "float32[3]")


def test_many_turns_are_a_loop() -> None:
    assert needs_async(lambda x: lax.scan(lambda c, _: (jnp.sin(c) * 1.1, None), x, length=30_000)[0], "float32[b]")


def test_weights_stay_outside_of_loops() -> None:
    weight = np.ones((30, 30), f32)
    model = source.load(lambda x: doubled(10.0)(x @ weight), inputs={"x": "float32[b,30]"})
    assert "Enter" in {node.op for node in model.graph()}
    loaded = source.load(
        lambda x: lax.while_loop(lambda c: c.sum() < 1, lambda c: c @ weight, x), inputs={"x": "float32[b,30]"}
    )
    assert [node.op for node in loaded.graph()].count("Enter") == 1


def test_loops_of_weights_alone_are_computed_when_they_are_written() -> None:
    weights = {"w": np.full((4,), 0.5, f32)}
    model = source.load(
        (lambda params, x: x + doubled(100.0)(params["w"])), weights=weights, inputs={"x": "float32[b,4]"}
    )
    assert "Enter" not in {node.op for node in model.graph()}
