"""Models in Equinox, mapped over a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.entry import Entry
from tests.corpus.randomised import drawn
from tests.corpus.rows import row

KEY = jax.random.key(0)


def _keys(count: int) -> Any:
    return iter(jax.random.split(KEY, count))


def randomised(module: Any, seed: int = 0) -> Any:
    """A module, or a state, with random values for its arrays, of which shape and dtype are enough."""
    random = np.random.default_rng(seed)
    flat, structure = jax.tree_util.tree_flatten_with_path(module)
    leaves = [
        jnp.asarray(drawn(jax.tree_util.keystr(path), leaf, random)) if _is_weight(leaf) else leaf
        for path, leaf in flat
    ]
    return jax.tree_util.tree_unflatten(structure, leaves)


def _is_weight(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def mapped(name: str, make: Callable[[], Any], **options: Any) -> Entry:
    """An entry of a module of one example, over a batch."""
    return row(name, lambda: (eqx.filter_vmap(randomised(eqx.filter_eval_shape(make))), None), **options)


def with_state(name: str, make: Callable[..., Any], **options: Any) -> Entry:
    """An entry of a module with a state, which is the same for the whole batch."""

    def build() -> tuple[Any, Any]:
        module, state = eqx.nn.make_with_state(make)()
        positive = jax.tree.map(lambda leaf: leaf if leaf.dtype.kind != "f" else abs(leaf) + 0.3, randomised(state, 1))
        return eqx.filter_vmap(randomised(module), in_axes=(0, None), out_axes=(0, None)), positive

    return row(name, build, **options)


class Cnn(eqx.Module):
    """Convolutions with channels first, pools, a group norm."""

    layers: list[Any]

    def __init__(self) -> None:
        keys = _keys(4)
        self.layers = [
            eqx.nn.Conv2d(3, 8, 3, padding=1, key=next(keys)),
            eqx.nn.GroupNorm(4, 8),
            jax.nn.relu,
            eqx.nn.MaxPool2d(2, 2),
            eqx.nn.Conv2d(8, 12, 3, stride=2, key=next(keys)),
            eqx.nn.PReLU(),
            eqx.nn.AvgPool2d(2, 1),
            jnp.ravel,
            eqx.nn.Linear(48, 6, key=next(keys)),
        ]

    def __call__(self, x: jax.Array) -> jax.Array:
        for layer in self.layers:
            x = layer(x)
        return x


class BatchNormed(eqx.Module):
    """Convolutions with BatchNorm, whose statistics are a state, and a dropout."""

    first: eqx.nn.Conv2d
    norm: eqx.nn.BatchNorm
    second: eqx.nn.Conv2d
    last: eqx.nn.BatchNorm
    dropout: eqx.nn.Dropout

    def __init__(self) -> None:
        keys = _keys(2)
        self.first = eqx.nn.Conv2d(3, 8, 3, stride=2, padding=1, use_bias=False, key=next(keys))
        self.norm = eqx.nn.BatchNorm(8, "batch", mode="ema")
        self.second = eqx.nn.Conv2d(8, 8, 3, padding=1, groups=2, key=next(keys))
        self.last = eqx.nn.BatchNorm(8, "batch", mode="batch")
        self.dropout = eqx.nn.Dropout(0.3)

    def __call__(self, x: jax.Array, state: eqx.nn.State, *, key: Any = None) -> tuple[jax.Array, eqx.nn.State]:
        x, state = self.norm(self.first(x), state)
        y, state = self.last(self.second(jax.nn.relu(x)), state)
        return jnp.mean(self.dropout(jax.nn.relu(x + y), key=key), axis=(1, 2)), state


class Attention(eqx.Module):
    """Attention with rotary positions."""

    attention: eqx.nn.MultiheadAttention
    rotary: eqx.nn.RotaryPositionalEmbedding
    norm: eqx.nn.LayerNorm

    def __init__(self) -> None:
        self.attention = eqx.nn.MultiheadAttention(2, 16, dropout_p=0.1, key=KEY)
        self.rotary = eqx.nn.RotaryPositionalEmbedding(8)
        self.norm = eqx.nn.LayerNorm(16)

    def __call__(self, x: jax.Array) -> jax.Array:
        def turn(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
            return jax.vmap(self.rotary, 1, 1)(query), jax.vmap(self.rotary, 1, 1)(key), value

        y = jax.vmap(self.norm)(x)
        mask = jnp.tril(jnp.ones((x.shape[0], x.shape[0]), bool))
        return x + self.attention(y, y, y, mask=mask, process_heads=turn)


class Recurrent(eqx.Module):
    """A cell in a scan."""

    cell: Any
    last: eqx.nn.Linear

    def __init__(self, cell: Any) -> None:
        self.cell, self.last = cell(6, 8, key=KEY), eqx.nn.Linear(8, 3, key=KEY)

    def __call__(self, x: jax.Array) -> jax.Array:
        start = jnp.zeros(8)
        start = (start, start) if isinstance(self.cell, eqx.nn.LSTMCell) else start
        end, _ = jax.lax.scan(lambda state, step: (self.cell(step, state), None), start, x)
        return self.last(end[0] if isinstance(end, tuple) else end)


class Encoder(eqx.Module):
    """Words, positions, one block of a transformer, and a pool over the words."""

    words: eqx.nn.Embedding
    attention: eqx.nn.MultiheadAttention
    norms: list[eqx.nn.LayerNorm]
    mlp: eqx.nn.MLP

    def __init__(self) -> None:
        keys = _keys(3)
        self.words = eqx.nn.Embedding(20, 16, key=next(keys))
        self.attention = eqx.nn.MultiheadAttention(4, 16, key=next(keys))
        self.norms = [eqx.nn.LayerNorm(16), eqx.nn.LayerNorm(16)]
        self.mlp = eqx.nn.MLP(16, 16, 32, 1, activation=jax.nn.gelu, key=next(keys))

    def __call__(self, tokens: jax.Array) -> dict[str, jax.Array]:
        x = jax.vmap(self.words)(tokens)
        y = jax.vmap(self.norms[0])(x)
        mask = jnp.broadcast_to(tokens > 0, (tokens.size, tokens.size)) | jnp.eye(tokens.size, dtype=bool)
        x = x + self.attention(y, y, y, mask=mask)
        x = x + jax.vmap(self.mlp)(jax.vmap(self.norms[1])(x))
        return {"pooled": jnp.mean(x, 0), "largest": jnp.max(x, 0)}


class Unet(eqx.Module):
    """Down by a strided convolution, up by a transposed one, with a skip."""

    down: eqx.nn.Conv2d
    up: eqx.nn.ConvTranspose2d
    last: eqx.nn.Conv2d

    def __init__(self) -> None:
        keys = _keys(3)
        self.down = eqx.nn.Conv2d(2, 6, 4, stride=2, padding=1, key=next(keys))
        self.up = eqx.nn.ConvTranspose2d(6, 2, 4, stride=2, padding=1, key=next(keys))
        self.last = eqx.nn.Conv2d(4, 1, 1, key=next(keys))

    def __call__(self, x: jax.Array) -> jax.Array:
        up = self.up(jax.nn.silu(self.down(x)))
        return jax.nn.sigmoid(self.last(jnp.concatenate([x, up])))


class Sound(eqx.Module):
    """Convolutions in one dim, dilated, with an adaptive pool and weight normalisation."""

    first: Any
    second: eqx.nn.Conv1d
    pool: eqx.nn.AdaptiveAvgPool1d

    def __init__(self) -> None:
        keys = _keys(2)
        self.first = eqx.nn.WeightNorm(eqx.nn.Conv1d(2, 6, 3, key=next(keys)))
        self.second = eqx.nn.Conv1d(6, 6, 3, dilation=2, padding=2, key=next(keys))
        self.pool = eqx.nn.AdaptiveAvgPool1d(3)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = jnp.tanh(self.first(x))
        return self.pool(x + jax.nn.elu(self.second(x)))


class Spectral(eqx.Module):
    """A matrix divided by its spectral norm, which is a state."""

    linear: eqx.nn.SpectralNorm

    def __init__(self) -> None:
        self.linear = eqx.nn.SpectralNorm(eqx.nn.Linear(6, 4, key=KEY), "weight", key=KEY)

    def __call__(self, x: jax.Array, state: eqx.nn.State) -> tuple[jax.Array, eqx.nn.State]:
        return self.linear(x, state)


def _mlp() -> Any:
    return eqx.nn.MLP(6, 3, 16, 2, activation=jax.nn.softplus, final_activation=jnp.tanh, key=KEY)


ENTRIES = (
    mapped("eqx_mlp_vmap", _mlp, x="b,6"),
    mapped("eqx_cnn_vmap", Cnn, image="b,3,14,14"),
    mapped("eqx_attention_rope_vmap", Attention, x="b,10,16"),
    mapped("eqx_gru_scan_vmap", lambda: Recurrent(eqx.nn.GRUCell), x="b,7,6"),
    mapped("eqx_lstm_scan_vmap", lambda: Recurrent(eqx.nn.LSTMCell), x="b,5,6"),
    mapped("eqx_encoder", Encoder, tokens="int32[b,t]"),
    mapped("eqx_unet", Unet, image="b,2,4*h,8"),
    mapped("eqx_conv1d_weightnorm", Sound, sound="b,2,14"),
    with_state("eqx_batchnorm_state", BatchNormed, image="b,3,12,12"),
    with_state("eqx_spectral_norm_state", Spectral, x="b,6"),
)
