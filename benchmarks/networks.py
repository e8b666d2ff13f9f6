"""Full-size networks in Linen with seeded weights: a transformer encoder, ViT-B/16, ResNet-50, an LSTM.

Weights are drawn with numpy, so that nothing is compiled; the statistics of normalisations are random too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True)
class Network:
    """A module and the shapes of its inputs by name; weights and examples are drawn when they are asked for."""

    module: nn.Module
    shapes: dict[str, tuple[int, ...]]

    @cached_property
    def inputs(self) -> dict[str, np.ndarray]:
        """Example inputs by name."""
        random = np.random.default_rng(1)
        return {name: random.standard_normal(shape, np.float32) for name, shape in self.shapes.items()}

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The weights, and the statistics of normalisations."""
        random = np.random.default_rng(0)
        abstract = [jax.ShapeDtypeStruct(shape, np.float32) for shape in self.shapes.values()]
        shapes = jax.eval_shape(self.module.init, jax.random.key(0), *abstract)
        drawn: dict[str, Any] = jax.tree_util.tree_map_with_path(lambda *leaf: _drawn(*leaf, random), shapes)
        return drawn


# --- transformers ---------------------------------------------------------------------------------------------------


class Block(nn.Module):
    """Attention and a feed-forward network with the tanh form of GELU, each after a LayerNorm."""

    heads: int
    hidden: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + nn.MultiHeadDotProductAttention(self.heads, name="attention")(nn.LayerNorm(name="norm1")(x))
        y = nn.Dense(self.hidden, name="up")(nn.LayerNorm(name="norm2")(x))
        return x + nn.Dense(x.shape[-1], name="down")(nn.gelu(y))


class Encoder(nn.Module):
    """A stack of blocks over vectors."""

    layers: int = 4
    heads: int = 4
    hidden: int = 1024

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for index in range(self.layers):
            x = Block(self.heads, self.hidden, name=f"block{index}")(x)
        return nn.LayerNorm(name="norm")(x)


class VisionTransformer(nn.Module):
    """ViT with a class token; the fields are those of ViT-B/16."""

    patch: int = 16
    width: int = 768
    layers: int = 12
    heads: int = 12
    hidden: int = 3072
    classes: int = 1000

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        size = (self.patch, self.patch)
        x = nn.Conv(self.width, size, strides=size, padding="VALID", name="patches")(image)
        x = x.reshape(x.shape[0], -1, self.width)
        token = self.param("token", nn.initializers.zeros, (1, 1, self.width))
        x = jnp.concatenate([jnp.broadcast_to(token, (x.shape[0], 1, self.width)), x], axis=1)
        x = x + self.param("positions", nn.initializers.normal(0.02), (1, x.shape[1], self.width))
        for index in range(self.layers):
            x = Block(self.heads, self.hidden, name=f"block{index}")(x)
        return nn.Dense(self.classes, name="head")(nn.LayerNorm(name="norm")(x)[:, 0])


# --- ResNet ---------------------------------------------------------------------------------------------------------


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions, each normalised, around a shortcut."""

    filters: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        stride = (self.stride, self.stride)
        y = nn.relu(_normalised(nn.Conv(self.filters, (1, 1), use_bias=False)(x), train))
        y = nn.relu(_normalised(nn.Conv(self.filters, (3, 3), stride, use_bias=False)(y), train))
        y = _normalised(nn.Conv(self.filters * 4, (1, 1), use_bias=False)(y), train)
        if x.shape != y.shape:
            x = _normalised(nn.Conv(self.filters * 4, (1, 1), stride, use_bias=False, name="shortcut")(x), train)
        return nn.relu(x + y)


class ResNet50(nn.Module):
    """ResNet-50 with BatchNorm."""

    blocks: tuple[int, ...] = (3, 4, 6, 3)
    width: int = 64
    classes: int = 1000

    @nn.compact
    def __call__(self, image: jax.Array, train: bool = False) -> jax.Array:
        x = nn.Conv(self.width, (7, 7), (2, 2), padding=[(3, 3), (3, 3)], use_bias=False)(image)
        x = nn.relu(_normalised(x, train))
        x = nn.max_pool(x, (3, 3), strides=(2, 2), padding="SAME")
        for stage, count in enumerate(self.blocks):
            for index in range(count):
                x = Bottleneck(self.width * 2**stage, 2 if stage and not index else 1)(x, train)
        return nn.Dense(self.classes)(x.mean(axis=(1, 2)))


def _normalised(x: jax.Array, train: bool) -> jax.Array:
    # Built here, a Linen module is a child of the module that is being called.
    normalised: jax.Array = nn.BatchNorm(use_running_average=not train)(x)
    return normalised


# --- the others -----------------------------------------------------------------------------------------------------


class Recurrent(nn.Module):
    """An LSTM over a sequence; gives its last state."""

    hidden: int = 128

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.RNN(nn.OptimizedLSTMCell(self.hidden))(x)[:, -1]


class Digits(nn.Module):
    """The guide's CNN for MNIST."""

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        x = nn.relu(nn.Conv(32, (3, 3))(image))
        x = nn.relu(nn.Conv(64, (3, 3))(x))
        x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = nn.relu(nn.Dense(128)(x.reshape((x.shape[0], -1))))
        return nn.Dense(10)(x)


def digits() -> Network:
    """The guide's CNN, one image of 28×28."""
    return Network(Digits(), {"image": (1, 28, 28, 1)})


def encoder(layers: int = 4, length: int = 128, width: int = 256, heads: int = 4, hidden: int = 1024) -> Network:
    """A transformer encoder."""
    return Network(Encoder(layers, heads, hidden), {"x": (1, length, width)})


def vit_b16() -> Network:
    """ViT-B/16 for images of 224×224: 327 MB of weights."""
    return Network(VisionTransformer(), {"image": (1, 224, 224, 3)})


def resnet50() -> Network:
    """ResNet-50 for images of 224×224: 97 MB of weights."""
    return Network(ResNet50(), {"image": (1, 224, 224, 3)})


def lstm(hidden: int = 128, length: int = 64) -> Network:
    """An LSTM over one sequence."""
    return Network(Recurrent(hidden), {"x": (1, length, hidden)})


NETWORKS: dict[str, Callable[[], Network]] = {
    "digits": digits,
    "encoder": encoder,
    "vit_b16": vit_b16,
    "resnet50": resnet50,
    "lstm": lstm,
}


def _drawn(path: tuple[Any, ...], leaf: Any, random: np.random.Generator) -> np.ndarray:
    """Weights that keep signals near the size at which they came in."""
    shape: tuple[int, ...] = leaf.shape
    name = path[-1].key
    if name in ("scale", "var"):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    weights = random.standard_normal(shape, np.float32)
    return weights * np.float32(_fan_in(path, shape) ** -0.5 if name == "kernel" else 0.1)


def _fan_in(path: tuple[Any, ...], shape: tuple[int, ...]) -> int:
    """How many products a kernel sums; those of attention have the heads among their outputs."""
    projection = {"query", "key", "value"} & {key.key for key in path}
    return int(shape[0] if projection else np.prod(shape[:-1]))
