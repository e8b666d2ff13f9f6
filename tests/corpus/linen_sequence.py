"""Models for sound and text in Flax Linen."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from tests.corpus.linen import Block
from tests.corpus.rows import linen


class DeepSpeech(nn.Module):
    """Convolutions over a spectrogram, a bidirectional LSTM, log-probabilities of letters."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Conv(6, (5, 5), (2, 2))(x[..., None])
        x = jnp.clip(nn.BatchNorm(use_running_average=True)(x), 0, 20)
        x = x.reshape(x.shape[0], x.shape[1], -1)
        x = nn.Bidirectional(nn.RNN(nn.OptimizedLSTMCell(8)), nn.RNN(nn.OptimizedLSTMCell(8)))(x)
        return nn.log_softmax(nn.Dense(10)(x))


class Translator(nn.Module):
    """An encoder and a decoder that attends to it, with padding masked."""

    @nn.compact
    def __call__(self, source: jax.Array, target: jax.Array) -> jax.Array:
        embed = nn.Embed(20, 8)
        x = Block()(embed(source), nn.make_attention_mask(source > 0, source > 0))
        y = embed(target)
        y = y + nn.MultiHeadDotProductAttention(2)(nn.LayerNorm()(y), mask=nn.make_causal_mask(target))
        across = nn.make_attention_mask(jnp.ones_like(target), source > 0)
        y = y + nn.MultiHeadDotProductAttention(2)(nn.LayerNorm()(y), x, mask=across)
        return embed.attend(nn.LayerNorm()(y + nn.Dense(8)(nn.swish(nn.Dense(16)(y)))))


class WaveNet(nn.Module):
    """Gated, dilated, causal convolutions."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Conv(8, (1,))(x)
        skip = jnp.zeros_like(x)
        for dilation in (1, 2, 4):
            both = nn.Conv(16, (2,), padding="CAUSAL", kernel_dilation=dilation)(x)
            a, b = jnp.split(both, 2, -1)
            y = nn.Conv(8, (1,))(jnp.tanh(a) * nn.sigmoid(b))
            x, skip = x + y, skip + y
        return nn.Conv(5, (1,))(nn.relu(nn.Conv(8, (1,))(nn.relu(skip))))


class Conformer(nn.Module):
    """A conformer block: half feed-forward, attention, convolution, half feed-forward."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + 0.5 * self._forward(x)
        y = nn.LayerNorm()(x)
        x = x + nn.MultiHeadDotProductAttention(2)(y, y)
        y = nn.glu(nn.Dense(16)(nn.LayerNorm()(x)))
        y = nn.Conv(8, (5,), feature_group_count=8)(y)
        x = x + nn.Dense(8)(nn.swish(nn.BatchNorm(use_running_average=True)(y)))
        return nn.LayerNorm()(x + 0.5 * self._forward(x))

    def _forward(self, x: jax.Array) -> jax.Array:
        return nn.Dense(8)(nn.swish(nn.Dense(24)(nn.LayerNorm()(x))))


class Bert(nn.Module):
    """A masked language model with types of tokens and a pooled output."""

    @nn.compact
    def __call__(self, tokens: jax.Array, kinds: jax.Array, mask: jax.Array) -> dict[str, jax.Array]:
        x = nn.Embed(30, 8)(tokens) + nn.Embed(10, 8)(kinds)
        x = nn.LayerNorm(epsilon=1e-12)(x + self.param("positions", nn.initializers.normal(), (6, 8)))
        for _ in range(2):
            x = Block()(x, nn.make_attention_mask(mask > 0, mask > 0))
        return {"sequence": x, "pooled": jnp.tanh(nn.Dense(8)(x[:, 0]))}


ENTRIES = [
    linen("linen_deepspeech_conv_bilstm", DeepSpeech, x="b,12,8"),
    linen("linen_translator_cross_attention", Translator, source="int32[b,6]", target="int32[b,5]"),
    linen("linen_wavenet_dilated_causal", WaveNet, x="b,16,2"),
    linen("linen_conformer", Conformer, x="b,9,8"),
    linen("linen_bert_pooled", Bert, tokens="int32[b,6]", kinds="int32[b,6]", mask="int32[b,6]"),
]
