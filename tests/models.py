"""Models that tests and benchmarks share: the guide's CNN three times, a ResNet-18, a transformer encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

DIGITS = {"image": ("b", 28, 28, 1)}


# --- the guide's CNN: conv 32 3×3, conv 64 3×3, max pool, dense 128, dense 10 -----------------------------------------


def pure_cnn(params: Mapping[str, Any], image: jax.Array) -> jax.Array:
    """The CNN in JAX alone."""
    x = jax.nn.relu(_convolved(params["conv1"], image))
    x = jax.nn.relu(_convolved(params["conv2"], x))
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = x.reshape(x.shape[0], -1)
    x = jax.nn.relu(x @ params["dense1"]["w"] + params["dense1"]["b"])
    return x @ params["dense2"]["w"] + params["dense2"]["b"]


def _convolved(layer: Mapping[str, Any], x: jax.Array) -> jax.Array:
    numbers = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, layer["w"], (1, 1), "SAME", dimension_numbers=numbers) + layer["b"]


def pure_cnn_params(seed: int = 0) -> dict[str, Any]:
    """Parameters of the pure CNN, as numpy arrays."""
    shapes = {"conv1": (3, 3, 1, 32), "conv2": (3, 3, 32, 64), "dense1": (14 * 14 * 64, 128), "dense2": (128, 10)}
    return {name: _layer(shape, seed + index) for index, (name, shape) in enumerate(shapes.items())}


def _layer(shape: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    scale = 1 / np.sqrt(np.prod(shape[:-1]))
    weights = random.normal(scale=scale, size=shape).astype(np.float32)
    return {"w": weights, "b": random.normal(scale=0.1, size=shape[-1:]).astype(np.float32)}


class LinenCNN(nn.Module):
    """The CNN in Linen."""

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        x = nn.relu(nn.Conv(32, (3, 3))(image))
        x = nn.relu(nn.Conv(64, (3, 3))(x))
        x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = x.reshape((x.shape[0], -1))
        x = nn.relu(nn.Dense(128)(x))
        return nn.Dense(10)(x)


class NnxCNN(nnx.Module):
    """The CNN in NNX, with a dropout that inference turns off."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.conv1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.dense1 = nnx.Linear(14 * 14 * 64, 128, rngs=rngs)
        self.dense2 = nnx.Linear(128, 10, rngs=rngs)

    def __call__(self, image: jax.Array) -> jax.Array:
        x = nnx.relu(self.conv2(nnx.relu(self.conv1(image))))
        x = nnx.max_pool(x, (2, 2), strides=(2, 2))
        x = self.dropout(x.reshape(x.shape[0], -1))
        return self.dense2(nnx.relu(self.dense1(x)))


# --- ResNet-18 ------------------------------------------------------------------------------------------------------


class ResNetBlock(nn.Module):
    """Two convolutions and a shortcut."""

    filters: int
    stride: int = 1

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        y = nn.Conv(self.filters, (3, 3), (self.stride, self.stride), use_bias=False)(x)
        y = nn.relu(nn.BatchNorm(use_running_average=not train)(y))
        y = nn.Conv(self.filters, (3, 3), use_bias=False)(y)
        y = nn.BatchNorm(use_running_average=not train)(y)
        if x.shape != y.shape:
            x = nn.Conv(self.filters, (1, 1), (self.stride, self.stride), use_bias=False, name="shortcut")(x)
            x = nn.BatchNorm(use_running_average=not train, name="shortcut_norm")(x)
        return nn.relu(x + y)


class ResNet18(nn.Module):
    """ResNet-18 with BatchNorm. `width` is 64 in the paper."""

    width: int = 64
    classes: int = 1000

    @nn.compact
    def __call__(self, image: jax.Array, train: bool = True) -> jax.Array:
        x = nn.Conv(self.width, (7, 7), (2, 2), padding=[(3, 3), (3, 3)], use_bias=False)(image)
        x = nn.relu(nn.BatchNorm(use_running_average=not train)(x))
        x = nn.max_pool(x, (3, 3), strides=(2, 2), padding="SAME")
        for stage in range(4):
            for block in range(2):
                x = ResNetBlock(self.width * 2**stage, 2 if stage and not block else 1)(x, train)
        return nn.Dense(self.classes)(x.mean(axis=(1, 2)))


# --- transformer encoders -------------------------------------------------------------------------------------------


class EncoderLayer(nn.Module):
    """Attention and a feed-forward network, each after a LayerNorm."""

    heads: int
    hidden: int

    @nn.compact
    def __call__(self, x: jax.Array, mask: jax.Array, deterministic: bool) -> jax.Array:
        y = nn.MultiHeadDotProductAttention(self.heads, dropout_rate=0.1)(
            nn.LayerNorm()(x), mask=mask, deterministic=deterministic
        )
        x = x + nn.Dropout(0.1)(y, deterministic=deterministic)
        y = nn.gelu(nn.Dense(self.hidden)(nn.LayerNorm()(x)))
        return x + nn.Dense(x.shape[-1])(y)


class Encoder(nn.Module):
    """A transformer encoder over tokens; token 0 is padding."""

    layers: int = 4
    width: int = 256
    heads: int = 4
    hidden: int = 1024
    words: int = 1000
    longest: int = 128

    @nn.compact
    def __call__(self, tokens: jax.Array, deterministic: bool = False) -> jax.Array:
        positions = self.param("positions", nn.initializers.normal(0.02), (self.longest, self.width))
        x = nn.Embed(self.words, self.width)(tokens) + positions[: tokens.shape[1]]
        mask = nn.make_attention_mask(tokens > 0, tokens > 0)
        for _ in range(self.layers):
            x = EncoderLayer(self.heads, self.hidden)(x, mask, deterministic)
        return nn.LayerNorm()(x)


_list: Any = getattr(nnx, "List", list)  # before Flax 0.12 a list is one


class NnxEncoder(nnx.Module):
    """A transformer encoder over vectors, in NNX."""

    def __init__(self, layers: int = 2, width: int = 32, heads: int = 4, hidden: int = 64, *, rngs: nnx.Rngs) -> None:
        self.norms = _list([nnx.RMSNorm(width, rngs=rngs) for _ in range(layers)])
        self.attention = _list(
            [nnx.MultiHeadAttention(heads, width, decode=False, dropout_rate=0.1, rngs=rngs) for _ in range(layers)]
        )
        self.up = _list([nnx.Linear(width, hidden, rngs=rngs) for _ in range(layers)])
        self.down = _list([nnx.Linear(hidden, width, rngs=rngs) for _ in range(layers)])

    def __call__(self, x: jax.Array) -> jax.Array:
        for norm, attention, up, down in zip(self.norms, self.attention, self.up, self.down, strict=True):
            x = x + attention(norm(x))
            x = x + down(nnx.silu(up(x)))
        return x


def variables(module: nn.Module, *inputs: Any, seed: int = 0, **options: Any) -> dict[str, Any]:
    """Random variables of a Linen module, as numpy arrays; nothing is compiled for it."""
    streams = {name: jax.random.key(0) for name in ("params", "dropout")}
    shapes = jax.eval_shape(lambda: module.init(streams, *inputs, **options))
    random = np.random.default_rng(seed)
    return jax.tree_util.tree_map_with_path(lambda path, leaf: _random(path[-1].key, leaf.shape, random), shapes)


def _random(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if name in ("scale", "var"):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    spread = 1 / np.sqrt(max(np.prod(shape[:-1]), 1)) if name == "kernel" else 0.1
    return random.normal(scale=spread, size=shape).astype(np.float32)
