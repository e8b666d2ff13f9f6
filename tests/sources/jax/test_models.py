from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from tests import models
from tests.sources.jax.harness import RUN_ON, compare
from totfjs.sources import jax as source

BAR = 1e-5


def _pure() -> Any:
    return source.load(models.pure_cnn, inputs=models.DIGITS, weights=models.pure_cnn_params())


def _linen() -> Any:
    module = models.LinenCNN()
    return source.load((module, models.variables(module, jnp.ones((1, 28, 28, 1)))), inputs=models.DIGITS)


def _nnx() -> Any:
    return source.load(models.NnxCNN(rngs=nnx.Rngs(0)), inputs=models.DIGITS)


def _resnet() -> Any:
    module = models.ResNet18(width=16, classes=10)
    weights = models.variables(module, jnp.ones((1, 32, 32, 3)), train=False)
    return source.load(module, weights=weights, inputs={"image": ("b", 32, 32, 3)})


def _resnet_of_any_size() -> Any:
    module = models.ResNet18(width=4, classes=10)
    weights = models.variables(module, jnp.ones((1, 32, 32, 3)), train=False)
    return source.load(module, weights=weights, inputs={"image": ("b", "32*h", "32*h", 3)})


def _encoder() -> Any:
    module = models.Encoder(width=32, heads=4, hidden=64, words=50, longest=16)
    weights = models.variables(module, jnp.ones((1, 8), np.int32), deterministic=True)
    return source.load(module, weights=weights, inputs={"tokens": "int32[b,8]"})


def _encoder_of_any_length() -> Any:
    module = models.Encoder(layers=1, width=16, heads=2, hidden=32, words=50, longest=16)
    weights = models.variables(module, jnp.ones((1, 8), np.int32), deterministic=True)

    def function(given: Any, vectors: jax.Array) -> jax.Array:
        layer = models.EncoderLayer(2, 32)
        mask = jnp.ones((vectors.shape[0], 1, vectors.shape[1], vectors.shape[1]), bool)
        return layer.apply({"params": given["params"]["EncoderLayer_0"]}, vectors, mask, True)

    return source.load(function, weights=weights, inputs={"vectors": ("b", "t", 16)})


def _nnx_encoder() -> Any:
    return source.load(models.NnxEncoder(rngs=nnx.Rngs(0)), inputs={"x": ("b", "t", 32)})


def _attention() -> Any:
    def function(q: jax.Array, k: jax.Array, v: jax.Array) -> jax.Array:
        return jax.nn.dot_product_attention(q, k, v, is_causal=True)

    return source.load(function, inputs=dict.fromkeys("qkv", ("b", "t", 2, 8)))


MODELS = [
    _pure,
    _linen,
    _nnx,
    _resnet,
    _resnet_of_any_size,
    _encoder,
    _encoder_of_any_length,
    _nnx_encoder,
    _attention,
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__.strip("_"))
def test_whole_models(engine: object, make: Any, backend: str) -> None:
    compare(engine, make(), backend, BAR)
