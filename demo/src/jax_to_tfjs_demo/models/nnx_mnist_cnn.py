"""The network as a Flax NNX module, split into its structure and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jax
from flax import nnx

from jax_to_tfjs_demo.models.convolution import convolution_of_flax
from jax_to_tfjs_demo.models.initialisation import initialised
from jax_to_tfjs_demo.models.model import Params
from jax_to_tfjs_demo.models.pooling import relu_max_pool


class MnistCNN(nnx.Module):  # type: ignore[misc]
    """Two convolutions and two dense layers, which hold their parameters themselves."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.conv_1 = nnx.Conv(1, 32, (3, 3), conv_general_dilated=convolution_of_flax, rngs=rngs)
        self.conv_2 = nnx.Conv(32, 64, (3, 3), conv_general_dilated=convolution_of_flax, rngs=rngs)
        self.dense_1 = nnx.Linear(7 * 7 * 64, 128, rngs=rngs)
        self.dense_2 = nnx.Linear(128, 10, rngs=rngs)

    def __call__(self, image: jax.Array) -> jax.Array:
        """The logits of a batch of images."""
        found = relu_max_pool(self.conv_1(image))
        found = relu_max_pool(self.conv_2(found))
        found = found.reshape(found.shape[0], -1)
        found = nnx.relu(self.dense_1(found))
        return self.dense_2(found)


def init(seed: int) -> Params:
    """Parameters to begin training with, by the initialisers of Flax."""
    return initialised(_params, seed)


def logits(params: Params, images: jax.Array) -> jax.Array:
    """How much each image [n, 28, 28, 1] looks like each of the ten classes: [n, 10]."""
    return nnx.merge(_structure(), params)(images)


def web(params: Params) -> Callable[[jax.Array], Mapping[str, jax.Array]]:
    """The network as a function of images alone, for totfjs."""

    def classify(image: jax.Array) -> Mapping[str, jax.Array]:
        return {"logits": logits(params, image)}

    return classify


def _params(key: jax.Array) -> Params:
    params: Params = nnx.to_pure_dict(nnx.state(MnistCNN(rngs=nnx.Rngs(key)), nnx.Param))
    return params


@cache
def _structure() -> Any:
    # no array is made: only what joins the parameters is wanted
    return nnx.split(nnx.eval_shape(lambda: MnistCNN(rngs=nnx.Rngs(0))))[0]
