"""Models in Flax NNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from flax import nnx

from tests import models
from tests.corpus.entry import Entry
from tests.corpus.rows import row
from totfjs.sources.jax._compat import is_key


class MLP(nnx.Module):
    """Dense layers with BatchNorm and dropout, which inference turns off."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first, self.second = nnx.Linear(12, 24, rngs=rngs), nnx.Linear(24, 5, rngs=rngs)
        self.norm, self.dropout = nnx.BatchNorm(24, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.second(self.dropout(nnx.relu(self.norm(self.first(x)))))


class Recurrent(nnx.Module):
    """An LSTM, a GRU and both ways."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.lstm = nnx.RNN(nnx.LSTMCell(5, 8, rngs=rngs))
        self.gru = nnx.RNN(nnx.GRUCell(8, 8, rngs=rngs))
        self.both = nnx.Bidirectional(
            nnx.RNN(nnx.SimpleCell(8, 4, rngs=rngs)), nnx.RNN(nnx.OptimizedLSTMCell(8, 4, rngs=rngs))
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.both(self.gru(self.lstm(x)))


class Adapted(nnx.Module):
    """An embedding, a transposed convolution and a low-rank adapter."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.embed = nnx.Embed(20, 6, rngs=rngs)
        self.up = nnx.ConvTranspose(6, 8, (3,), strides=(2,), rngs=rngs)
        self.lora = nnx.LoRALinear(8, 8, lora_rank=2, rngs=rngs)

    def __call__(self, tokens: jax.Array) -> jax.Array:
        return self.lora(nnx.silu(self.up(self.embed(tokens))))


class Separable(nnx.Module):
    """Depthwise and pointwise convolutions with group and layer norms, pooled."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.deep = nnx.Conv(6, 6, (3, 3), feature_group_count=6, rngs=rngs)
        self.point = nnx.Conv(6, 8, (1, 1), rngs=rngs)
        self.group, self.layer = nnx.GroupNorm(8, num_groups=2, rngs=rngs), nnx.LayerNorm(8, rngs=rngs)
        self.head = nnx.LinearGeneral((2, 2, 8), (3,), axis=(1, 2, 3), rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = nnx.gelu(self.group(self.point(self.deep(x))))
        return self.head(self.layer(nnx.avg_pool(x, (3, 3), strides=(3, 3))))


def randomised(make: Callable[[nnx.Rngs], nnx.Module]) -> nnx.Module:
    """The module with random variables, those of norms included. Nothing is compiled for it."""
    definition, state = nnx.split(nnx.eval_shape(lambda: make(nnx.Rngs(0))))
    random = np.random.default_rng(0)
    values = jax.tree_util.tree_map_with_path(lambda path, leaf: _random(path, leaf, random), state)
    return nnx.merge(definition, values)


def _random(path: tuple[Any, ...], leaf: Any, random: np.random.Generator) -> Any:
    if is_key(leaf):
        return jax.random.key(0)
    if leaf.dtype == np.uint32:  # how often a random stream was used
        return np.zeros(leaf.shape, leaf.dtype)
    if {"scale", "var"} & {getattr(key, "key", None) for key in path}:
        return random.uniform(0.5, 1.5, leaf.shape).astype(np.float32)
    scale = 1 / np.sqrt(np.prod(leaf.shape[:-1])) if len(leaf.shape) > 1 else 0.1
    return random.normal(scale=scale, size=leaf.shape).astype(np.float32)


def _entry(name: str, make: Callable[[nnx.Rngs], nnx.Module], **inputs: Any) -> Entry:
    return row(f"nnx_{name}", lambda: (randomised(make), None), **inputs)


ENTRIES = [
    _entry("mlp_bn_dropout_eval", MLP, x="b,12"),
    _entry("mnist_cnn", lambda rngs: models.NnxCNN(rngs=rngs), image="b,28,28,1"),
    _entry("transformer_block", lambda rngs: models.NnxEncoder(width=16, heads=2, rngs=rngs), x="b,t,16"),
    _entry("lstm_gru_rnn", Recurrent, x="b,4,5"),
    _entry("embed_convt_lora", Adapted, tokens="int32[b,6]"),
    _entry("separable_general", Separable, image="b,6,6,6"),
]
