"""The pool's own gradient is the one that JAX derives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jax_to_tfjs_demo.models.pooling import relu_max_pool


def plain(images: jax.Array) -> jax.Array:
    return lax.reduce_window(jax.nn.relu(images), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def test_gradients_are_those_of_the_plain_pool() -> None:
    random = np.random.default_rng(0)
    # of few different numbers, so that there are equal ones, zeros, and squares in which all are negative
    images = jnp.asarray(random.integers(-2, 3, (3, 6, 8, 4)), jnp.float32)
    gradient = jnp.asarray(random.normal(size=(3, 3, 4, 4)), jnp.float32)
    found, back = jax.vjp(relu_max_pool, images)
    expected, derived = jax.vjp(plain, images)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(relu_max_pool(images), expected)
    np.testing.assert_array_equal(jax.jit(back)(gradient)[0], jax.jit(derived)(gradient)[0])
