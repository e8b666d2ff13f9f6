"""A relu and a max pool in one, whose gradient suits the processor: pixels are compared, where JAX searches windows."""

from __future__ import annotations

from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import lax

Arrays: TypeAlias = tuple[jax.Array, jax.Array]


@jax.custom_vjp  # type: ignore[untyped-decorator]
def relu_max_pool(images: jax.Array) -> jax.Array:
    """The largest of each 2 × 2 pixels, or 0 where all are negative: [n, h, w, c] becomes [n, h/2, w/2, c]."""
    return _plain(images)


def _plain(images: jax.Array) -> jax.Array:
    # this way round, because TensorFlow.js computes a convolution and its relu at once
    return lax.reduce_window(jax.nn.relu(images), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def _forward(images: jax.Array) -> tuple[jax.Array, Arrays]:
    found = lax.platform_dependent(images, cpu=_by_quarters, default=_plain)
    return found, (images, found)


def _by_quarters(images: jax.Array) -> jax.Array:
    first, second, third, fourth = _quarters(images)
    # this way round, because there is a quarter as much to compare with 0
    return jax.nn.relu(jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth)))


def _backward(known: Arrays, gradient: jax.Array) -> tuple[jax.Array]:
    """To the first of the pixels that were the largest of their four, and to none where none was positive."""
    images, found = known
    waiting = found > 0
    parts = []
    for quarter in _quarters(images):
        chosen = waiting & (quarter == found)
        parts.append(jnp.where(chosen, gradient, 0))
        waiting &= ~chosen
    rows = [jnp.stack(parts[:2], 3), jnp.stack(parts[2:], 3)]
    return (jnp.stack(rows, 2).reshape(images.shape),)


def _quarters(images: jax.Array) -> list[jax.Array]:
    """Of each 2 × 2 pixels the first, the second, the third and the fourth, each as an image of half the size."""
    return [images[:, i::2, j::2] for i in range(2) for j in range(2)]


relu_max_pool.defvjp(_forward, _backward)
