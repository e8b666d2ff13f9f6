"""The network in JAX alone: its parameters are a dict that we make and hand around ourselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from jax_to_tfjs_demo.models.convolution import convolution
from jax_to_tfjs_demo.models.initialisation import initialised
from jax_to_tfjs_demo.models.model import Params
from jax_to_tfjs_demo.models.pooling import relu_max_pool

# What each layer's kernel is shaped like: height, width, channels in, channels out; or numbers in, numbers out.
KERNELS: Mapping[str, tuple[int, ...]] = {
    "conv_1": (3, 3, 1, 32),
    "conv_2": (3, 3, 32, 64),
    "dense_1": (7 * 7 * 64, 128),
    "dense_2": (128, 10),
}


def init(seed: int) -> Params:
    """Parameters to begin training with: small random kernels, biases of zero."""
    return initialised(_params, seed)


def logits(params: Params, images: jax.Array) -> jax.Array:
    """How much each image [n, 28, 28, 1] looks like each of the ten classes: [n, 10]."""
    found = relu_max_pool(_convolved(params["conv_1"], images))
    found = relu_max_pool(_convolved(params["conv_2"], found))
    found = found.reshape(found.shape[0], -1)
    found = jax.nn.relu(_weighed(params["dense_1"], found))
    return _weighed(params["dense_2"], found)


def web(params: Params) -> Callable[[jax.Array], Mapping[str, jax.Array]]:
    """The network as a function of images alone, for totfjs."""

    def classify(image: jax.Array) -> Mapping[str, jax.Array]:
        return {"logits": logits(params, image)}

    return classify


def _params(key: jax.Array) -> Params:
    keys = jax.random.split(key, len(KERNELS))
    return {name: _layer(key, shape) for key, (name, shape) in zip(keys, KERNELS.items(), strict=True)}


def _layer(key: jax.Array, shape: tuple[int, ...]) -> Params:
    # He's variance keeps the size of what flows through a relu the same from layer to layer
    size = math.sqrt(2 / math.prod(shape[:-1]))
    kernel = jax.random.normal(key, shape) * size
    return {"bias": jnp.zeros(shape[-1]), "kernel": kernel}


def _convolved(layer: Params, images: jax.Array) -> jax.Array:
    return convolution(images, layer["kernel"]) + layer["bias"]


def _weighed(layer: Params, vectors: jax.Array) -> jax.Array:
    return vectors @ layer["kernel"] + layer["bias"]
