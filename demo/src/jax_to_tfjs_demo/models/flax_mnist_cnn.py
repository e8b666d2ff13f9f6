"""The network as a Flax Linen module."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jax_to_tfjs_demo.models.convolution import convolution_of_flax
from jax_to_tfjs_demo.models.initialisation import initialised
from jax_to_tfjs_demo.models.model import Params
from jax_to_tfjs_demo.models.pooling import relu_max_pool


class MnistCNN(nn.Module):  # type: ignore[misc]
    """Two convolutions and two dense layers: images [n, 28, 28, 1] become logits [n, 10]."""

    @nn.compact  # type: ignore[untyped-decorator]
    def __call__(self, image: jax.Array) -> jax.Array:
        """The logits of a batch of images."""
        found = relu_max_pool(nn.Conv(32, (3, 3), conv_general_dilated=convolution_of_flax)(image))
        found = relu_max_pool(nn.Conv(64, (3, 3), conv_general_dilated=convolution_of_flax)(found))
        found = found.reshape(found.shape[0], -1)
        found = nn.relu(nn.Dense(128)(found))
        return nn.Dense(10)(found)


def init(seed: int) -> Params:
    """Parameters to begin training with, by the initialisers of Flax."""
    return initialised(_params, seed)


def logits(params: Params, images: jax.Array) -> jax.Array:
    """How much each image [n, 28, 28, 1] looks like each of the ten classes: [n, 10]."""
    return MnistCNN().apply({"params": params}, images)


def web(params: Params) -> Callable[[jax.Array], Mapping[str, jax.Array]]:
    """The network as a function of images alone, for totfjs."""

    def classify(image: jax.Array) -> Mapping[str, jax.Array]:
        return {"logits": logits(params, image)}

    return classify


def _params(key: jax.Array) -> Params:
    params: Params = MnistCNN().init(key, jnp.zeros((1, 28, 28, 1)))["params"]
    return params
