"""The convolution's own gradient is the one that JAX derives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jax_to_tfjs_demo.models.convolution import convolution, convolution_of_flax


def plain(images: jax.Array, kernel: jax.Array) -> jax.Array:
    return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


@pytest.mark.parametrize(("channels", "features"), [(1, 3), (4, 2)])
def test_gradients_are_those_of_the_plain_convolution(channels: int, features: int) -> None:
    random = np.random.default_rng(0)
    shapes = ((2, 5, 6, channels), (3, 3, channels, features), (2, 5, 6, features))
    images, kernel, gradient = (jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes)
    found, back = jax.vjp(convolution, images, kernel)
    expected, derived = jax.vjp(plain, images, kernel)
    np.testing.assert_array_equal(found, expected)
    for own, other in zip(jax.jit(back)(gradient), jax.jit(derived)(gradient), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-5)


def test_takes_the_place_of_the_one_in_flax() -> None:
    images, kernel = jnp.ones((1, 4, 4, 2)), jnp.ones((3, 3, 2, 5))
    found = convolution_of_flax(images, kernel, (1, 1), "SAME", lhs_dilation=(1, 1))
    np.testing.assert_array_equal(found, plain(images, kernel))
