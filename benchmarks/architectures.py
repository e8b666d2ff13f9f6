"""Networks at the size that papers give them, in Linen with random weights: what speed is measured on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from tests import models


class EncoderLayer(nn.Module):
    """Attention and a feed-forward network, each after a LayerNorm."""

    heads: int
    hidden: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + nn.MultiHeadDotProductAttention(self.heads)(nn.LayerNorm()(x))
        return x + nn.Dense(x.shape[-1])(nn.gelu(nn.Dense(self.hidden)(nn.LayerNorm()(x))))


class Encoder(nn.Module):
    """A transformer encoder over vectors."""

    layers: int = 4
    heads: int = 4
    hidden: int = 1024

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(self.layers):
            x = EncoderLayer(self.heads, self.hidden)(x)
        return nn.LayerNorm()(x)


class VisionTransformer(nn.Module):
    """ViT: patches of an image and a token of its own through an encoder. The defaults are ViT-B/16."""

    patch: int = 16
    width: int = 768
    layers: int = 12
    heads: int = 12
    hidden: int = 3072
    classes: int = 1000

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        side = (self.patch, self.patch)
        x = nn.Conv(self.width, side, side, padding="VALID")(image)
        x = x.reshape(x.shape[0], -1, self.width)
        token = self.param("token", nn.initializers.zeros, (1, 1, self.width))
        x = jnp.concatenate([jnp.broadcast_to(token, (x.shape[0], 1, self.width)), x], axis=1)
        x = x + self.param("positions", nn.initializers.normal(0.02), (1, x.shape[1], self.width))
        x = Encoder(self.layers, self.heads, self.hidden)(x)
        return nn.Dense(self.classes)(x[:, 0])


class Bottleneck(nn.Module):
    """Three convolutions and a shortcut."""

    filters: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.relu(_normalized(nn.Conv(self.filters, (1, 1), use_bias=False)(x)))
        stride = (self.stride, self.stride)
        y = nn.relu(_normalized(nn.Conv(self.filters, (3, 3), stride, use_bias=False)(y)))
        y = _normalized(nn.Conv(4 * self.filters, (1, 1), use_bias=False)(y))
        if x.shape != y.shape:
            x = _normalized(nn.Conv(4 * self.filters, (1, 1), stride, use_bias=False)(x))
        return nn.relu(x + y)


class ResNet50(nn.Module):
    """ResNet-50 with BatchNorm."""

    classes: int = 1000

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        x = nn.Conv(64, (7, 7), (2, 2), padding=[(3, 3), (3, 3)], use_bias=False)(image)
        x = nn.max_pool(nn.relu(_normalized(x)), (3, 3), strides=(2, 2), padding=[(1, 1), (1, 1)])
        for stage, blocks in enumerate((3, 4, 6, 3)):
            for block in range(blocks):
                x = Bottleneck(64 * 2**stage, 2 if stage and not block else 1)(x)
        return nn.Dense(self.classes)(x.mean(axis=(1, 2)))


def _normalized(x: jax.Array) -> jax.Array:
    return nn.BatchNorm(use_running_average=True)(x)


class Recurrent(nn.Module):
    """One recurrent layer."""

    cell: type[nn.RNNCellBase] = nn.OptimizedLSTMCell
    width: int = 128

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.RNN(self.cell(self.width))(x)


@dataclass(frozen=True)
class Case:
    """A network, the shape of its input, and the most that its latency may be of what it is op by op."""

    name: str
    module: nn.Module
    shape: tuple[int, ...]
    bar: float


CASES = (
    Case("encoder", Encoder(), (1, 128, 256), 0.55),
    Case("vit-b16", VisionTransformer(), (1, 224, 224, 3), 0.75),
    Case("resnet50", ResNet50(), (1, 224, 224, 3), 0.7),
    Case("lstm", Recurrent(), (1, 64, 128), 0.25),
)


def opened(case: Case) -> Any:
    """The network as `convert` opens it."""
    from totfjs.sources.resolve import open_source

    example = np.zeros(case.shape, np.float32)
    variables = models.variables(case.module, example)
    return open_source((case.module, variables), inputs={"x": case.shape}, weights=None, outputs=None)


def chosen(names: list[str]) -> Iterator[Case]:
    """The networks of some names; all of them where none is named."""
    return (case for case in CASES if not names or case.name in names)
