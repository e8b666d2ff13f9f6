"""Models in Flax Linen: the kinds of layers, alone and put together."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from tests import models
from tests.corpus.rows import linen, row


class MLP(nn.Module):
    """Dense layers under most activations."""

    @nn.compact
    def __call__(self, x: jax.Array) -> dict[str, jax.Array]:
        for width, activation in ((32, nn.gelu), (32, nn.elu), (24, nn.leaky_relu), (16, nn.softplus)):
            x = activation(nn.Dense(width)(x))
        x = nn.PReLU()(nn.Dense(8)(x))
        return {"logits": nn.Dense(5)(x), "norm": nn.LayerNorm()(x), "rms": nn.RMSNorm()(x)}


class Norms(nn.Module):
    """Group, instance and batch norms between convolutions."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.relu(nn.GroupNorm(num_groups=4)(nn.Conv(16, (3, 3))(x)))
        x = nn.relu(nn.InstanceNorm()(nn.Conv(8, (3, 3), (2, 2))(x)))
        x = nn.BatchNorm(use_running_average=True)(nn.Conv(8, (1, 1))(x))
        return nn.GroupNorm(num_groups=None, group_size=2)(x)


class Convolutions(nn.Module):
    """Dilated, grouped, depthwise, transposed, circular and strided convolutions."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.relu(nn.Conv(8, (3, 3), kernel_dilation=(2, 2))(x))
        x = nn.relu(nn.Conv(8, (3, 3), feature_group_count=2)(x))
        x = nn.Conv(16, (5, 3), feature_group_count=8, padding="VALID")(x)
        x = nn.Conv(6, (3, 3), (2, 2), padding="CIRCULAR")(x)
        x = nn.ConvTranspose(8, (3, 3), strides=(2, 2))(x)
        x = nn.ConvTranspose(4, (4, 4), strides=(2, 2), padding="VALID", use_bias=False)(x)
        return nn.ConvTranspose(3, (3, 3), strides=(2, 1), transpose_kernel=True)(x)


class OtherRanks(nn.Module):
    """Convolutions in one and three dims."""

    @nn.compact
    def __call__(self, sound: jax.Array, video: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = nn.relu(nn.Conv(8, (3,), padding="CAUSAL", kernel_dilation=2)(sound))
        x = nn.avg_pool(nn.Conv(8, (4,), (2,))(x), (2,), (2,))
        x = nn.ConvTranspose(6, (4,), strides=(2,))(x)
        y = nn.relu(nn.Conv(6, (3, 3, 3))(video))
        y = nn.max_pool(y, (2, 2, 2), (2, 2, 2))
        return x, nn.Conv(4, (1, 3, 3), feature_group_count=2)(y)


class Sentences(nn.Module):
    """An embedding under an LSTM and a GRU."""

    @nn.compact
    def __call__(self, tokens: jax.Array) -> jax.Array:
        x = nn.Embed(40, 12)(tokens)
        x = nn.RNN(nn.LSTMCell(16))(x)
        x = nn.RNN(nn.GRUCell(8), reverse=True, keep_order=True)(x)
        return nn.Dense(5)(x[:, -1])


class BothWays(nn.Module):
    """Recurrent layers in both directions over sequences of their own lengths."""

    @nn.compact
    def __call__(self, x: jax.Array, lengths: jax.Array) -> jax.Array:
        layer = nn.Bidirectional(nn.RNN(nn.SimpleCell(8)), nn.RNN(nn.OptimizedLSTMCell(8)))
        y = layer(x, seq_lengths=lengths)
        mask = jnp.arange(x.shape[1]) < lengths[:, None]
        return jnp.where(mask[..., None], y, 0).sum(1) / lengths[:, None]


class Block(nn.Module):
    """Attention and a feed-forward network."""

    heads: int = 2
    hidden: int = 32

    @nn.compact
    def __call__(self, x: jax.Array, mask: jax.Array | None = None) -> jax.Array:
        y = nn.LayerNorm()(x)
        x = x + nn.MultiHeadDotProductAttention(self.heads)(y, y, mask=mask)
        y = nn.gelu(nn.Dense(self.hidden)(nn.LayerNorm()(x)))
        return x + nn.Dense(x.shape[-1])(y)


class ViT(nn.Module):
    """A vision transformer with a class token."""

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        x = nn.Conv(16, (4, 4), (4, 4), padding="VALID")(image)
        x = x.reshape(x.shape[0], -1, 16)
        token = self.param("token", nn.initializers.normal(), (1, 1, 16))
        x = jnp.concatenate([jnp.broadcast_to(token, (x.shape[0], 1, 16)), x], axis=1)
        x = x + self.param("positions", nn.initializers.normal(), (1, x.shape[1], 16))
        for _ in range(2):
            x = Block()(x)
        return nn.Dense(10)(nn.LayerNorm()(x)[:, 0])


class LanguageModel(nn.Module):
    """A causal decoder whose logits use the embedding again."""

    @nn.compact
    def __call__(self, tokens: jax.Array) -> jax.Array:
        embed = nn.Embed(30, 16)
        x = embed(tokens) + nn.Embed(12, 16)(jnp.arange(tokens.shape[1]))[None]
        mask = nn.combine_masks(nn.make_causal_mask(tokens), nn.make_attention_mask(tokens > 0, tokens > 0))
        for _ in range(2):
            x = Block()(x, mask)
        return embed.attend(nn.LayerNorm()(x))


def decode_cache() -> tuple[Any, Any]:
    """One step of attention over a cache, which goes in and out."""
    module = nn.MultiHeadDotProductAttention(2, decode=True, qkv_features=8)
    start = jax.eval_shape(lambda: module.init(jax.random.key(0), jnp.ones((2, 5, 8))))
    weights = models.variables(nn.MultiHeadDotProductAttention(2, qkv_features=8), jnp.ones((2, 5, 8)))

    def step(params: Any, x: jax.Array, key: jax.Array, value: jax.Array, index: jax.Array) -> Any:
        cache = {"cached_key": key, "cached_value": value, "cache_index": index}
        y, state = module.apply({**params, "cache": cache}, x, mutable=["cache"])
        return {"output": y, **state["cache"]}

    assert set(start["cache"]) == {"cached_key", "cached_value", "cache_index"}
    return step, weights


class Layer(nn.Module):
    """A residual layer in the form that scan takes."""

    @nn.compact
    def __call__(self, x: jax.Array, _: Any) -> tuple[jax.Array, None]:
        return x + nn.tanh(nn.Dense(x.shape[-1])(x)), None


class ScannedLayers(nn.Module):
    """Layers with stacked parameters, rematerialised."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layers = nn.scan(nn.remat(Layer), variable_axes={"params": 0}, split_rngs={"params": True}, length=4)
        return nn.Dense(3)(layers()(x, None)[0])


class WithDropout(nn.Module):
    """Dense layers with dropout between them."""

    @nn.compact
    def __call__(self, x: jax.Array, deterministic: bool = True) -> jax.Array:
        x = nn.Dropout(0.4)(nn.relu(nn.Dense(16)(x)), deterministic=deterministic)
        return nn.Dense(4)(x)


def dropout_in_training() -> tuple[Any, Any]:
    """Dropout that is on, under a key that is part of the model."""
    module = WithDropout()
    variables = models.variables(module, jnp.ones((2, 8)))

    def function(variables: Any, x: jax.Array) -> jax.Array:
        return module.apply(variables, x, deterministic=False, rngs={"dropout": jax.random.key(3)})

    return function, variables


class Reparametrised(nn.Module):
    """Weight norm and spectral norm."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.relu(nn.WeightNorm(nn.Dense(12))(x))
        return nn.SpectralNorm(nn.Dense(6))(x, update_stats=False)


class LowRank(nn.Module):
    """Dense layers of several axes, einsums and a bilinear form."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.DenseGeneral((3, 4), axis=(-2, -1))(x)
        y = nn.Einsum((4, 3, 5), "bhk,khd->bhd", use_bias=False)(y)
        return y + nn.DenseGeneral((3, 5), axis=(1, 2), batch_dims=())(x)


ENTRIES = [
    linen("linen_mlp", MLP, x="b,20"),
    linen("linen_mnist_cnn", models.LinenCNN, image="b,28,28,1"),
    linen("linen_resnet", lambda: models.ResNet18(width=8, classes=10), image="b,32,32,3"),
    linen("linen_groupnorm_instancenorm", Norms, x="b,10,10,3"),
    linen("linen_convs_dilated_grouped_dw_transpose", Convolutions, x="b,12,12,4"),
    linen("linen_conv1d_3d_causal", OtherRanks, sound="b,16,4", video="b,4,6,6,2"),
    linen("linen_embed_lstm_rnn", Sentences, tokens="int32[b,8]"),
    linen("linen_bidirectional_simple_rnn_masked", BothWays, x="b,6,5", lengths="int32[b]"),
    linen("linen_vit", ViT, image="b,16,16,3"),
    linen("linen_decoder_causal_lm", LanguageModel, tokens="int32[b,8]"),
    row("linen_decode_cache", decode_cache, x="b,1,8", key="b,5,2,4", value="b,5,2,4", index="int32[]"),
    linen("linen_scan_remat_layers", ScannedLayers, x="b,8"),
    row("linen_dropout_training_rng", dropout_in_training, x="b,8"),
    linen("linen_weightnorm_spectral", Reparametrised, x="b,10"),
    linen("linen_dense_general_einsum", LowRank, x="b,4,6"),
]
