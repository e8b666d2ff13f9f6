"""What each equation gives in JAX stands beside the value that its lowering made."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from totfjs.graph.interpret import interpret
from totfjs.sources.resolve import open_source

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def model(x: jax.Array) -> dict[str, jax.Array]:
    """Functions within functions, called twice, and a loop."""

    @jax.jit
    def inner(x: jax.Array) -> jax.Array:
        return jnp.tanh(x) @ jnp.eye(4)

    y = jax.checkpoint(inner)(x) + inner(x * 2.0)
    return {"loop": jax.lax.fori_loop(0, 70, lambda i, c: c * 0.9 + 1.0, y), "sum": y.sum()}


def test_every_equation_has_its_value_at_the_sizes_that_are_given() -> None:
    found = open_source(model, inputs={"x": ("b", 4)}).intermediates({"x": X})
    names = [step.step for step in found.steps]
    assert names.count("tanh") == names.count("dot_general") == 2
    assert {"scan", "reduce_sum"} <= set(names)
    assert all("test_watched.py:" in step.place for step in found.steps if step.step == "tanh")
    given = interpret(found.graph, {"x": X})
    for step in found.steps:
        np.testing.assert_allclose(given[str(step.value)], step.expected, rtol=1e-5, atol=1e-6)


def test_both_parts_of_a_complex_value_are_there() -> None:
    found = open_source(lambda x: jnp.abs(jnp.exp(1j * x)), inputs={"x": (3, 4)}).intermediates({"x": X})
    parts = [step.expected.dtype.name for step in found.steps if step.step == "exp"]
    assert parts == ["float32", "float32"]
