"""Models in Haiku."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.entry import Entry
from tests.corpus.randomised import randomised
from tests.corpus.rows import row


def plain(name: str, function: Callable[..., Any], *example: Any, **options: Any) -> Entry:
    """An entry of a function without state; `example` says what shapes its parameters have."""

    def build() -> tuple[Any, Any]:
        transformed = hk.transform(function)
        return transformed, randomised(jax.eval_shape(transformed.init, jax.random.key(0), *example))

    return row(name, build, **options)


def with_state(name: str, function: Callable[..., Any], *example: Any, **options: Any) -> Entry:
    """An entry of a function with state, which is made in training."""

    def build() -> tuple[Any, Any]:
        transformed = hk.transform_with_state(function)
        shapes = jax.eval_shape(lambda *x: transformed.init(jax.random.key(0), *x, is_training=True), *example)
        params, state = map(randomised, shapes)
        state = jax.tree.map(
            lambda leaf: abs(leaf) + 0.3 if leaf.dtype.kind == "f" else np.zeros(leaf.shape, "i"), state
        )
        return (transformed, (params, state)), None

    return row(name, build, **options)


def _zeros(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.zeros(shape, dtype)


def mlp_bn(x: jax.Array, is_training: bool) -> jax.Array:
    """Dense layers with BatchNorm and dropout."""
    for width in (16, 8):
        x = hk.BatchNorm(True, True, 0.9)(hk.Linear(width, with_bias=False)(x), is_training)
        x = jax.nn.relu(x)
        x = hk.dropout(hk.next_rng_key(), 0.5, x) if is_training else x
    return hk.Linear(3)(x)


def lstm(x: jax.Array) -> jax.Array:
    """An LSTM over time and a dense layer for each step."""
    core = hk.LSTM(8)
    outputs, _ = hk.dynamic_unroll(core, x, core.initial_state(x.shape[0]), time_major=False)
    return hk.BatchApply(hk.Linear(3))(outputs)


def gru_deep(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A stack of a GRU and a plain recurrent layer, unrolled in Python."""
    core = hk.DeepRNN([hk.GRU(6), jax.nn.relu, hk.VanillaRNN(5)])
    outputs, state = hk.static_unroll(core, x, core.initial_state(x.shape[0]), time_major=False)
    return outputs, state[1]


def resnet(image: jax.Array, is_training: bool) -> jax.Array:
    """A ResNet of Haiku's own blocks."""
    return hk.nets.ResNet((1, 1, 1, 1), 5, channels_per_group=(8, 8, 16, 16), bottleneck=False)(image, is_training)


def mobilenet(image: jax.Array, is_training: bool) -> jax.Array:
    """MobileNet as it comes with Haiku, with few channels at its end."""
    return hk.nets.MobileNetV1((1, 2, 1), (8, 12, 16), num_classes=4, use_bn=True)(image, is_training)


def transformer(tokens: jax.Array) -> jax.Array:
    """A causal language model of two layers."""
    x = hk.Embed(20, 16)(tokens)
    x = x + hk.get_parameter("positions", (12, 16), init=jnp.zeros)[: tokens.shape[1]]
    mask = jnp.tril(jnp.ones((1, 1, tokens.shape[1], tokens.shape[1])))
    for _ in range(2):
        y = hk.LayerNorm(-1, True, True)(x)
        x = x + hk.MultiHeadAttention(2, 8, w_init=hk.initializers.VarianceScaling(), model_size=16)(y, y, y, mask)
        y = jax.nn.gelu(hk.Linear(32)(hk.LayerNorm(-1, True, True)(x)))
        x = x + hk.Linear(16)(y)
    return hk.Linear(20)(hk.LayerNorm(-1, True, True)(x))


def convolutions(image: jax.Array) -> dict[str, jax.Array]:
    """Depthwise, separable, dilated and transposed convolutions, pools, group and instance norms."""
    x = jax.nn.relu(hk.GroupNorm(2)(hk.Conv2D(8, 3, stride=2)(hk.SeparableDepthwiseConv2D(2, 3)(image))))
    y = hk.DepthwiseConv2D(2, 3)(x)
    z = hk.InstanceNorm(True, True)(hk.Conv2D(4, 3, rate=2)(x))
    up = hk.Conv2DTranspose(3, 4, stride=2)(hk.max_pool(z, (2, 2, 1), 1, "SAME"))
    return {"depthwise": hk.avg_pool(y, (2, 2, 1), (2, 2, 1), "VALID"), "up": jnp.tanh(up)}


def autoregressive(x: jax.Array) -> jax.Array:
    """A one-dim convolution net with gates and RMSNorm, mapped by hk.vmap."""

    def one(x: jax.Array) -> jax.Array:
        gate, value = jnp.split(hk.Conv1D(12, 3, padding=hk.pad.causal)(x), 2, -1)
        return hk.RMSNorm(-1)(jax.nn.sigmoid(gate) * jnp.tanh(value))

    return hk.vmap(one, split_rng=False)(x)


ENTRIES = (
    with_state("hk_mlp_bn", mlp_bn, _zeros(2, 6), x="b,6"),
    plain("hk_lstm_dynamic_unroll", lstm, _zeros(2, 7, 4), x="b,7,4"),
    with_state("hk_resnet18", resnet, _zeros(1, 32, 32, 3), image="b,32,32,3"),
    with_state("hk_mobilenet", mobilenet, _zeros(1, 16, 16, 3), image="b,16,16,3"),
    replace(
        plain("hk_causal_lm", transformer, _zeros(1, 8, dtype="int32"), tokens="int32[b,t]"),
        dynamic={"tokens": "int32[b,t<=12]"},
    ),
    plain("hk_gru_deep", gru_deep, _zeros(2, 4, 3), x="b,4,3"),
    plain("hk_convolutions", convolutions, _zeros(1, 12, 12, 3), image="b,12,12,3"),
    plain("hk_gated_conv1d_vmap", autoregressive, _zeros(2, 9, 4), x="b,9,4"),
)
