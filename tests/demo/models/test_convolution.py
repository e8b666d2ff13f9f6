"""The convolution with a gradient of our own, beside the one that JAX derives."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jax_to_tfjs_demo.models.convolution import convolution


def plain(images: jax.Array, kernel: jax.Array) -> jax.Array:
    return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def drawn(seed: int, *shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def gradients(
    function: Callable[[jax.Array, jax.Array], jax.Array], images: jax.Array, kernel: jax.Array
) -> tuple[jax.Array, jax.Array]:
    found, back = jax.vjp(function, images, kernel)
    return back(drawn(2, *found.shape).astype(found.dtype))


@pytest.mark.parametrize("shape", [(3, 14, 14, 5), (1, 28, 28, 1), (2, 5, 8, 3), (7, 1, 1, 2), (2, 1, 6, 2)], ids=str)
def test_values_and_gradients_are_those_of_jax(shape: tuple[int, int, int, int]) -> None:
    images, kernel = drawn(0, *shape), drawn(1, 3, 3, shape[-1], 4)
    np.testing.assert_array_equal(convolution(images, kernel), plain(images, kernel))
    for ours, derived in zip(gradients(convolution, images, kernel), gradients(plain, images, kernel), strict=True):
        np.testing.assert_allclose(ours, derived, rtol=1e-5, atol=1e-4)


def test_in_half_precision_gradients_keep_their_types() -> None:
    images, kernel = drawn(0, 2, 6, 6, 3).astype(jnp.bfloat16), drawn(1, 3, 3, 3, 4).astype(jnp.bfloat16)
    for ours, derived in zip(gradients(convolution, images, kernel), gradients(plain, images, kernel), strict=True):
        assert ours.dtype == jnp.bfloat16
        np.testing.assert_allclose(ours.astype(jnp.float32), derived.astype(jnp.float32), rtol=0.02, atol=0.1)


def test_what_is_not_a_number_stays_so_in_values_and_gradients() -> None:
    images, kernel = drawn(0, 1, 6, 6, 1).at[0, 2, 2, 0].set(jnp.nan), drawn(1, 3, 3, 1, 1)
    assert int(jnp.isnan(convolution(images, kernel)).sum()) == 9
    of_images, of_kernel = gradients(convolution, images, kernel)
    assert not jnp.isnan(of_images).any()
    assert jnp.isnan(of_kernel).all()


def test_a_kernel_s_place_is_told_by_its_gradient() -> None:
    """One pixel and one gradient meet in one place of the kernel alone."""
    images = jnp.zeros((1, 5, 5, 1)).at[0, 1, 3, 0].set(2)
    _, back = jax.vjp(convolution, images, jnp.zeros((3, 3, 1, 1)))
    _, of_kernel = back(jnp.zeros((1, 5, 5, 1)).at[0, 2, 2, 0].set(5))
    np.testing.assert_array_equal(of_kernel[..., 0, 0], [[0, 0, 10], [0, 0, 0], [0, 0, 0]])
