"""A convolution whose gradient suits the processor: on a CPU the one that JAX derives takes twenty times as long."""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax import lax

Arrays: TypeAlias = tuple[jax.Array, jax.Array]


@jax.custom_vjp  # type: ignore[untyped-decorator]
def convolution(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """Images [n, h, w, c] under a kernel [3, 3, c, d]: [n, h, w, d], with zeros around the border."""
    return _plain(images, kernel)


def convolution_of_flax(images: jax.Array, kernel: jax.Array, *_: Any, **__: Any) -> jax.Array:
    """The same, to be given to a convolution of Flax, whose further arguments say what is done here anyway."""
    return convolution(images, kernel)


def _plain(images: jax.Array, kernel: jax.Array) -> jax.Array:
    return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _forward(images: jax.Array, kernel: jax.Array) -> tuple[jax.Array, Arrays]:
    return _plain(images, kernel), (images, kernel)


def _backward(known: Arrays, gradient: jax.Array) -> Arrays:
    found: Arrays = lax.platform_dependent(*known, gradient, cpu=_by_matrices, default=_as_derived)
    return found


def _as_derived(images: jax.Array, kernel: jax.Array, gradient: jax.Array) -> Arrays:
    found: Arrays = jax.vjp(_plain, images, kernel)[1](gradient)
    return found


def _by_matrices(images: jax.Array, kernel: jax.Array, gradient: jax.Array) -> Arrays:
    # derived, the kernel's gradient is a convolution by a kernel as large as the image, for which XLA has no quick code
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    patches = _patches(images).reshape(-1, kernel[..., 0].size)
    products = jnp.matmul(patches.T, gradient.reshape(len(patches), -1), preferred_element_type=jnp.float32)
    return _plain(gradient, turned), products.reshape(kernel.shape).astype(kernel.dtype)


def _patches(images: jax.Array) -> jax.Array:
    """At each pixel the 3 × 3 around it: [n, h, w, 9c]."""
    _, height, width, _ = images.shape
    bordered = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifted = [bordered[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return jnp.concatenate(shifted, -1)


convolution.defvjp(_forward, _backward)
