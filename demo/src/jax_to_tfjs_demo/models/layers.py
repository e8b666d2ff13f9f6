"""The two layers that images pass through, said once for all four networks."""

from __future__ import annotations

import jax
from jax import lax


def convolution(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """Images [n, h, w, c] under a kernel [3, 3, c, d]: [n, h, w, d], zeros around the border."""
    return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def max_pool(images: jax.Array) -> jax.Array:
    """The largest of each 2 × 2 pixels: [n, h, w, c] becomes [n, h/2, w/2, c]."""
    return lax.reduce_window(images, -jax.numpy.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
