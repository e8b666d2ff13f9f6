"""A relu and a max pool in one, whose gradient suits the processor: pixels are compared, where JAX searches windows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_vjp  # type: ignore[untyped-decorator]
def relu_max_pool(images: jax.Array) -> jax.Array:
    """The largest of each 2 × 2 pixels, or 0 where all are negative: [n, h, w, c] becomes [n, h/2, w/2, c]."""
    return _plain(images)


def _plain(images: jax.Array) -> jax.Array:
    # this way round, because TensorFlow.js computes a convolution and its relu at once
    return lax.reduce_window(jax.nn.relu(images), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def _forward(images: jax.Array) -> tuple[jax.Array, jax.Array]:
    found = lax.platform_dependent(images, cpu=_by_quarters, default=_plain)
    return found, _place(images, found)


def _by_quarters(images: jax.Array) -> jax.Array:
    first, second, third, fourth = _quarters(images)
    # this way round, because there is a quarter as much to compare with 0
    return jax.nn.relu(jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth)))


def _place(images: jax.Array, found: jax.Array) -> jax.Array:
    """Which of four pixels was the first of the largest, from 0 to 3, or 4 where none was positive."""
    first, second, third, fourth = _quarters(images)
    upper = jnp.where(first >= second, 0, 1)
    lower = jnp.where(third >= fourth, 2, 3)
    place = jnp.where(jnp.maximum(first, second) >= jnp.maximum(third, fourth), upper, lower)
    return jnp.where(found > 0, place, 4).astype(jnp.uint8)


def _backward(place: jax.Array, gradient: jax.Array) -> tuple[jax.Array]:
    """To the first of the pixels that were the largest of their four, and to none where none was positive."""
    n, h, w, c = place.shape
    # compared as it is spread, in one pass over whole pixels, where XLA is slow at putting quarters together
    numbers = jnp.arange(4, dtype=jnp.uint8).reshape(2, 1, 2, 1)
    chosen = place[:, :, None, :, None, :] == numbers
    spread = jnp.where(chosen, gradient[:, :, None, :, None, :], 0)
    return (spread.reshape(n, 2 * h, 2 * w, c),)


def _quarters(images: jax.Array) -> list[jax.Array]:
    """Of each 2 × 2 pixels the first, the second, the third and the fourth, each as an image of half the size."""
    return [images[:, i::2, j::2] for i in range(2) for j in range(2)]


relu_max_pool.defvjp(_forward, _backward)
