from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import random

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

KEY = np.array([0x9E3779B9, 0xFFFFFFFF], np.uint32)
SEED = np.int32(42)


def keyed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a key as one of its words."""
    return lambda words: function(random.wrap_key_data(words))


def exact(label: str, function: Callable[..., Any], *inputs: Any) -> Case:
    return case(label, function, *inputs, tolerance=0.0)


def wandering(key: Any, rows: Any, turns: int | None = None) -> Any:
    """A key as the state of a scan, and all that it was."""

    def turn(key: Any, _: Any) -> Any:
        key, one = random.split(key)
        return key, (key, random.bits(one))

    last, (keys, bits) = jax.lax.scan(turn, key, rows, turns)
    return random.key_data(last), random.key_data(keys), bits


def until(key: Any, bound: Any) -> Any:
    """A key as the state of a loop whose end depends on it."""

    def turn(state: Any) -> Any:
        key, total = state
        return random.split(key)[0], total + random.bits(key, (), "uint8") / 128.0

    return jax.lax.while_loop(lambda state: state[1] < bound, turn, (key, jnp.float32(0)))[1]


_EXACT: dict[str, Callable[..., Any]] = {
    "bits": lambda k: random.bits(k, (3, 5)),
    "bits-of-one": lambda k: random.bits(k),
    "bits-8": lambda k: random.bits(k, (7,), "uint8"),
    "bits-16": lambda k: random.bits(k, (7,), "uint16"),
    "split": lambda k: random.key_data(random.split(k, 3)),
    "split-of-split": lambda k: random.bits(random.split(random.split(k)[1], 4)[2], (2,)),
    "fold-in": lambda k: random.key_data(random.fold_in(k, 7)),
    "uniform": lambda k: random.uniform(k, (4, 3)),
    "uniform-bounds": lambda k: random.uniform(k, (5,), minval=-2.0, maxval=2.0),
    "uniform-half": lambda k: random.uniform(k, (5,), jnp.bfloat16).astype(jnp.float32),
    "randint": lambda k: random.randint(k, (9,), -5, 1000),
    "randint-all": lambda k: random.randint(k, (9,), -(2**31), 2**31 - 1),
    "randint-bytes": lambda k: random.randint(k, (9,), 0, 200, "uint8"),
    "bernoulli": lambda k: random.bernoulli(k, 0.3, (11,)),
    "permutation": lambda k: random.permutation(k, 10),
    "rademacher": lambda k: random.rademacher(k, (6,)),
    "choice": lambda k: random.choice(k, jnp.arange(10), (4,)),
    "dropout": lambda k: jnp.where(random.bernoulli(k, 0.5, (4, 4)), 2.0, 0.0),
    "keys-vmapped": lambda k: jax.vmap(lambda one: random.uniform(one, (2,)))(random.split(k, 3)),
    "keys-moved": lambda k: random.key_data(
        jnp.concatenate([random.split(k, 4).reshape(2, 2).T[::-1], random.split(k, (1, 2))])
    ),
    "keys-chosen": lambda k: random.key_data(jnp.where(jnp.arange(2) > 0, random.split(k, 2), random.key(3))),
    "keys-scanned": lambda k: jax.lax.scan(
        lambda carry, one: (random.fold_in(carry, 1), random.bits(one)), k, random.split(k, 3)
    )[1],
    "fold-in-broadcasts": lambda k: random.key_data(
        jax.vmap(lambda one: jax.vmap(random.fold_in, (None, 0))(one, jnp.arange(2)))(random.split(k, 3))
    ),
    "fold-in-vmapped": lambda k: random.key_data(jax.vmap(random.fold_in, (None, 0))(k, jnp.arange(3))),
}  # fmt: skip
_CLOSE: dict[str, Callable[..., Any]] = {
    "normal": lambda k: random.normal(k, (20,)),
    "truncated-normal": lambda k: random.truncated_normal(k, -1.0, 2.0, (8,)),
    "categorical": lambda k: random.categorical(k, jnp.log(jnp.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]]))),
    "gumbel": lambda k: random.gumbel(k, (8,)),
    "exponential": lambda k: random.exponential(k, (8,)),
    "laplace": lambda k: random.laplace(k, (8,)),
    "gamma": lambda k: random.gamma(k, jnp.array([0.5, 3.0])),
    "poisson": lambda k: random.poisson(k, 30.0, (3,)),
}
CASES = [
    *(exact(name, keyed(function), KEY) for name, function in _EXACT.items()),
    *(case(name, keyed(function), KEY, tolerance=3e-6) for name, function in _CLOSE.items()),
    exact("keys-carried", keyed(lambda k: wandering(k, None, 3)), KEY),
    exact("keys-carried-in-frames", lambda w, x: wandering(random.wrap_key_data(w), x), KEY, "float32[t]"),
    exact("keys-in-while", lambda w, x: until(random.wrap_key_data(w), x), KEY, np.float32(2.5)),
    exact("known-keys-in-while", lambda x: until(random.key(0), x), np.float32(2.5)),
    exact(
        "keys-in-while-vmapped",
        lambda w, x: jax.vmap(until)(random.split(random.wrap_key_data(w)), x),
        KEY,
        np.array([0.5, 2.5], np.float32),
    ),
    exact("old-keys", lambda words: random.uniform(random.split(words)[0], (3,)), KEY),
    exact("seed", lambda seed: random.key_data(random.key(seed)), SEED),
    exact("negative-seed", lambda seed: random.bits(random.PRNGKey(seed), (3,)), np.int32(-7)),
    exact("fold-in-a-number", lambda step: random.bits(random.fold_in(random.key(0), step), (2,)), np.int32(123456789)),
    exact("known-keys-by-place", lambda at: random.key_data(random.split(random.key(1), 5)[at]), np.int32(3)),
    exact("known-key-and-sizes", lambda x: x + random.uniform(random.key(0), x.shape), "float32[b,3]"),
    exact("key-and-sizes", lambda w, x: x + random.uniform(random.wrap_key_data(w), x.shape), KEY, "float32[b,3]"),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_random_numbers_are_those_of_jax(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_numbers_without_a_key_are_refused() -> None:
    def function(x: Any) -> Any:
        return jax.lax.rng_uniform(x, x + 1, (3,))

    with pytest.raises(UnsupportedError, match=r"use jax.random.uniform with a key"):
        source.load(function, inputs={"x": "float32[]"}).graph()


def notes(function: Callable[..., Any], spec: str) -> str:
    return " ".join(source.load(function, inputs={"x": spec}).notes)


def test_words_that_depend_on_inputs_are_noted() -> None:
    assert "webgl and webgpu keep 24 of them" in notes(lambda x: random.uniform(random.key(x), (3,)), "int32[]")
    assert "webgl and webgpu keep 24 of them" in notes(lambda x: x ^ 5, "int32[3]")


def test_words_that_are_known_are_not_noted() -> None:
    assert "webgl" not in notes(lambda x: x + random.uniform(random.key(0), (3,)), "float32[3]")
    assert "webgl" not in notes(lambda x: (x > 0) & (x < 1), "float32[3]")
