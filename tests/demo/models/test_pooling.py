"""The relu and max pool with a gradient of our own, beside the one that JAX derives."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jax_to_tfjs_demo.models.pooling import relu_max_pool


def plain(images: jax.Array) -> jax.Array:
    return lax.reduce_window(jax.nn.relu(images), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def gradient(function: Callable[[jax.Array], jax.Array], images: jax.Array) -> jax.Array:
    found, back = jax.vjp(function, images)
    given = jnp.asarray(np.random.default_rng(1).uniform(1, 2, found.shape), found.dtype)
    (of_images,) = back(given)
    return of_images


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("shape", [(3, 14, 14, 5), (1, 2, 2, 1), (2, 6, 4, 3)], ids=str)
def test_values_and_gradients_are_those_of_jax(shape: tuple[int, ...], dtype: jnp.dtype) -> None:
    images = jnp.asarray(np.random.default_rng(0).normal(size=shape), dtype)
    for differentiated in (relu_max_pool, lambda images: jax.vjp(relu_max_pool, images)[0]):
        np.testing.assert_array_equal(differentiated(images), plain(images))
    assert gradient(relu_max_pool, images).dtype == dtype
    np.testing.assert_array_equal(gradient(relu_max_pool, images), gradient(plain, images))


def test_of_equal_pixels_the_first_has_the_gradient_as_in_jax() -> None:
    """All the ways in which four pixels can be equal to one another."""
    values = jnp.asarray(np.stack(np.meshgrid(*[np.arange(-1.0, 3)] * 4), -1).reshape(-1, 2, 2, 1), jnp.float32)
    np.testing.assert_array_equal(gradient(relu_max_pool, values), gradient(plain, values))


def test_where_none_is_positive_no_pixel_has_the_gradient() -> None:
    assert not gradient(relu_max_pool, -jnp.ones((1, 4, 4, 2))).any()
    assert not gradient(relu_max_pool, jnp.zeros((1, 4, 4, 2))).any()


def test_what_is_not_a_number_is_seen_and_an_infinity_too() -> None:
    images = jnp.ones((1, 2, 6, 1)).at[0, 1, 1, 0].set(jnp.nan).at[0, 0, 2, 0].set(jnp.inf).at[0, 0, 4, 0].set(-jnp.inf)
    np.testing.assert_array_equal(relu_max_pool(images)[0, 0, :, 0], [jnp.nan, jnp.inf, 1])
    assert not gradient(relu_max_pool, images)[0, :, :2].any()
