"""The network as a Keras model on JAX, called without state of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import jax
import numpy as np

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models.convolution import convolution
from jax_to_tfjs_demo.models.model import Params
from jax_to_tfjs_demo.models.pooling import relu_max_pool


def init(seed: int) -> Params:
    """Parameters to begin training with, by the initialisers of Keras."""
    network = _network(seed)
    params: dict[str, dict[str, Any]] = {}
    for (layer, name), variable in zip(_paths(network), network.trainable_variables, strict=True):
        params.setdefault(layer, {})[name] = variable.value
    return params


def logits(params: Params, images: jax.Array) -> jax.Array:
    """How much each image [n, 28, 28, 1] looks like each of the ten classes: [n, 10]."""
    network = _structure("mixed_bfloat16" if images.dtype == jax.numpy.bfloat16 else "float32")
    values = [params[layer][name] for layer, name in _paths(network)]
    found, _ = network.stateless_call(values, [], images)
    return found


def web(params: Params) -> Callable[[jax.Array], Mapping[str, jax.Array]]:
    """The network as a function of images alone, for totfjs."""

    def classify(image: jax.Array) -> Mapping[str, jax.Array]:
        return {"logits": logits(params, image)}

    return classify


@cache
def _keras() -> Any:
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "jax"  # Keras chooses its backend when it is imported, and only then
    import keras

    if keras.backend.backend() != "jax":
        raise DemoError(
            f"Keras was already imported, on its backend {keras.backend.backend()}; this model runs on JAX.",
            remedy="Set KERAS_BACKEND=jax before Python starts.",
        )
    return keras


@cache
def _structure(policy: str) -> Any:
    # it may be asked for first while JAX traces, and its variables must be arrays all the same
    with jax.ensure_compile_time_eval():
        return _network(0, policy)


@cache
def _convolution_layer() -> Any:
    class Convolution(_keras().layers.Conv2D):  # type: ignore[misc]
        """Keras's own, but for how its gradient is computed."""

        def convolution_op(self, inputs: jax.Array, kernel: jax.Array) -> jax.Array:
            return convolution(inputs, _keras().ops.convert_to_tensor(kernel))

    return Convolution


def _network(seed: int, policy: str = "float32") -> Any:
    layers = _keras().layers
    seeds = np.random.SeedSequence(seed).generate_state(4) >> 1
    glorot = [_keras().initializers.GlorotUniform(seed=int(each)) for each in seeds]
    conv = partial(_convolution_layer(), kernel_size=3, padding="same", dtype=policy)
    dense = partial(layers.Dense, dtype=policy)
    return _keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            conv(32, kernel_initializer=glorot[0], name="conv_1"),
            layers.Lambda(relu_max_pool, dtype=policy),
            conv(64, kernel_initializer=glorot[1], name="conv_2"),
            layers.Lambda(relu_max_pool, dtype=policy),
            layers.Flatten(),
            dense(128, activation="relu", kernel_initializer=glorot[2], name="dense_1"),
            dense(10, kernel_initializer=glorot[3], name="dense_2"),
        ]
    )


def _paths(network: Any) -> list[tuple[str, str]]:
    return [tuple(variable.path.split("/")[-2:]) for variable in network.trainable_variables]
