"""Models for images in Flax Linen."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from tests.corpus.rows import linen


def _norm(x: jax.Array) -> jax.Array:
    return nn.BatchNorm(use_running_average=True)(x)


class SqueezeExcite(nn.Module):
    """Channels weighed by the means of all of them."""

    reduced: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = x.mean((1, 2), keepdims=True)
        y = nn.relu(nn.Conv(self.reduced, (1, 1))(y))
        return x * nn.hard_sigmoid(nn.Conv(x.shape[-1], (1, 1))(y))


class Inverted(nn.Module):
    """The inverted residual block of MobileNetV3 and EfficientNet."""

    width: int
    stride: int = 1
    activation: str = "hard_swish"

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        act, wide = getattr(nn, self.activation), 4 * x.shape[-1]
        y = act(_norm(nn.Conv(wide, (1, 1), use_bias=False)(x)))
        strides = (self.stride, self.stride)
        y = act(_norm(nn.Conv(wide, (3, 3), strides, feature_group_count=wide, use_bias=False)(y)))
        y = SqueezeExcite(wide // 4)(y)
        y = _norm(nn.Conv(self.width, (1, 1), use_bias=False)(y))
        return x + y if x.shape == y.shape else y


class MobileNet(nn.Module):
    """A small MobileNetV3, or with swish an EfficientNet."""

    activation: str = "hard_swish"

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = getattr(nn, self.activation)(_norm(nn.Conv(8, (3, 3), (2, 2), use_bias=False)(x)))
        for width, stride in ((8, 1), (12, 2), (12, 1)):
            x = Inverted(width, stride, self.activation)(x)
        return nn.Dense(10)(x.mean((1, 2)))


class UNet(nn.Module):
    """Two levels down and up, by resizing."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        first = nn.relu(nn.Conv(8, (3, 3))(x))
        second = nn.relu(nn.Conv(12, (3, 3))(nn.max_pool(first, (2, 2), (2, 2))))
        y = nn.relu(nn.Conv(16, (3, 3))(nn.avg_pool(second, (2, 2), (2, 2))))
        for skip, method in ((second, "nearest"), (first, "bilinear")):
            y = jax.image.resize(y, (*skip.shape[:3], y.shape[-1]), method)
            y = nn.relu(nn.Conv(skip.shape[-1], (3, 3))(jnp.concatenate([y, skip], -1)))
        return nn.Conv(2, (1, 1))(y)


class ConvNeXt(nn.Module):
    """Two ConvNeXt blocks: depthwise 7×7, LayerNorm, gelu, layer scale."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.LayerNorm()(nn.Conv(8, (4, 4), (4, 4))(x))
        for _ in range(2):
            y = nn.LayerNorm()(nn.Conv(8, (7, 7), feature_group_count=8)(x))
            y = nn.Dense(8)(nn.gelu(nn.Dense(32)(y), approximate=False))
            x = x + y * self.param(f"gamma_{_}", nn.initializers.normal(), (8,))
        return nn.Dense(10)(nn.LayerNorm()(x.mean((1, 2))))


class Swin(nn.Module):
    """Attention within windows, shifted the second time, with a bias for each offset."""

    window: int = 4

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for shift in (0, self.window // 2):
            y = jnp.roll(nn.LayerNorm()(x), (-shift, -shift), (1, 2))
            y = self._attend(y, f"bias_{shift}")
            x = x + jnp.roll(y, (shift, shift), (1, 2))
            x = x + nn.Dense(x.shape[-1])(nn.gelu(nn.Dense(16)(nn.LayerNorm()(x))))
        return x

    def _attend(self, x: jax.Array, name: str) -> jax.Array:
        b, height, width, channels = x.shape
        m = self.window
        windows = x.reshape(b, height // m, m, width // m, m, channels).transpose(0, 1, 3, 2, 4, 5)
        qkv = nn.Dense(3 * channels)(windows.reshape(-1, m * m, channels)).reshape(-1, m * m, 3, 2, channels // 2)
        q, k, v = jnp.moveaxis(qkv, 2, 0)
        place = jnp.stack(jnp.meshgrid(jnp.arange(m), jnp.arange(m), indexing="ij"), -1).reshape(-1, 2)
        offset = place[:, None] - place[None] + m - 1
        table = self.param(name, nn.initializers.normal(), ((2 * m - 1) ** 2, 2))
        bias = table[offset[..., 0] * (2 * m - 1) + offset[..., 1]].transpose(2, 0, 1)
        scores = jnp.einsum("wqhd,wkhd->whqk", q, k) / (channels // 2) ** 0.5 + bias
        y = jnp.einsum("whqk,wkhd->wqhd", nn.softmax(scores), v).reshape(b, height // m, width // m, m, m, channels)
        return nn.Dense(channels)(y.transpose(0, 1, 3, 2, 4, 5).reshape(b, height, width, channels))


class Denoiser(nn.Module):
    """The U-Net of a diffusion model: residual blocks that know the time, attention in the middle."""

    @nn.compact
    def __call__(self, x: jax.Array, time: jax.Array) -> jax.Array:
        angles = time[:, None] * jnp.exp(-jnp.arange(8) * (jnp.log(10000.0) / 8))
        clock = nn.Dense(16)(nn.swish(nn.Dense(16)(jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], -1))))
        first = self._block(nn.Conv(8, (3, 3))(x), clock, 8)
        y = self._block(nn.Conv(16, (3, 3), (2, 2))(first), clock, 16)
        flat = nn.GroupNorm(4)(y).reshape(y.shape[0], -1, 16)
        y = y + nn.MultiHeadDotProductAttention(2)(flat, flat).reshape(y.shape)
        y = nn.ConvTranspose(8, (4, 4), (2, 2))(self._block(y, clock, 16))
        y = self._block(jnp.concatenate([y, first], -1), clock, 8)
        return nn.Conv(x.shape[-1], (3, 3))(nn.swish(nn.GroupNorm(4)(y)))

    def _block(self, x: jax.Array, clock: jax.Array, width: int) -> jax.Array:
        y = nn.Conv(width, (3, 3))(nn.swish(nn.GroupNorm(4)(x)))
        y = y + nn.Dense(width)(nn.swish(clock))[:, None, None]
        y = nn.Conv(width, (3, 3))(nn.swish(nn.GroupNorm(4)(y)))
        return y + (x if x.shape[-1] == width else nn.Conv(width, (1, 1))(x))


class Decoder(nn.Module):
    """The decoder of a VAE: dense, then nearest-neighbour upsampling and convolutions."""

    @nn.compact
    def __call__(self, z: jax.Array) -> jax.Array:
        x = nn.elu(nn.Dense(4 * 4 * 8)(z)).reshape(-1, 4, 4, 8)
        for width in (8, 4):
            x = jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)
            x = nn.elu(nn.Conv(width, (3, 3))(x))
        return nn.sigmoid(nn.Conv(3, (3, 3))(x))


class Generator(nn.Module):
    """The generator of a GAN: transposed convolutions, BatchNorm, pixel shuffle."""

    @nn.compact
    def __call__(self, z: jax.Array) -> jax.Array:
        x = nn.Dense(3 * 3 * 16)(z).reshape(-1, 3, 3, 16)
        x = nn.leaky_relu(_norm(nn.ConvTranspose(12, (4, 4), (2, 2))(x)), 0.2)
        x = nn.leaky_relu(_norm(nn.ConvTranspose(8, (5, 5), (2, 2), padding="SAME")(x)), 0.2)
        x = nn.Conv(3 * 4, (3, 3))(x)
        b, height, width, _ = x.shape
        x = x.reshape(b, height, width, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5)
        return jnp.tanh(x.reshape(b, 2 * height, 2 * width, 3))


class Mixer(nn.Module):
    """An MLP-Mixer."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Conv(12, (4, 4), (4, 4))(x)
        x = x.reshape(x.shape[0], -1, 12)
        for _ in range(2):
            y = nn.LayerNorm()(x).swapaxes(1, 2)
            x = x + nn.Dense(x.shape[1])(nn.gelu(nn.Dense(20)(y))).swapaxes(1, 2)
            x = x + nn.Dense(12)(nn.gelu(nn.Dense(24)(nn.LayerNorm()(x))))
        return nn.Dense(10)(nn.LayerNorm()(x).mean(1))


class DenseNet(nn.Module):
    """Layers that see all before them."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Conv(8, (3, 3))(x)
        for _ in range(3):
            y = nn.Conv(4, (3, 3), use_bias=False)(nn.relu(_norm(x)))
            x = jnp.concatenate([x, y], -1)
        x = nn.avg_pool(nn.Conv(10, (1, 1))(nn.relu(_norm(x))), (3, 3), (2, 2), padding="SAME")
        return nn.log_softmax(nn.Dense(5)(nn.relu(_norm(x)).max((1, 2))))


ENTRIES = [
    linen("linen_mobilenet_se_hswish", MobileNet, image="b,16,16,3"),
    linen("linen_efficientnet_swish", lambda: MobileNet("swish"), image="b,16,16,3"),
    linen("linen_unet_resize", UNet, image="b,16,16,3"),
    linen("linen_convnext", ConvNeXt, image="b,16,16,3"),
    linen("linen_swin_windows", Swin, image="b,8,8,8"),
    linen("linen_diffusion_unet_attention", Denoiser, image="b,8,8,3", time="b"),
    linen("linen_vae_decoder", Decoder, z="b,6"),
    linen("linen_gan_generator_pixel_shuffle", Generator, z="b,10"),
    linen("linen_mlp_mixer", Mixer, image="b,16,16,3"),
    linen("linen_densenet", DenseNet, image="b,8,8,3"),
]
