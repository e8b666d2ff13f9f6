"""Linear algebra, Fourier transforms, random numbers and physics, in JAX alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np

from tests.corpus.rows import pure

Params = Mapping[str, Any]


def decompositions(x: jax.Array) -> dict[str, Any]:
    """Of a batch of small matrices."""
    positive = x @ x.mT + 2 * jnp.eye(x.shape[-1])
    q, r = jnp.linalg.qr(x)
    sign = jnp.sign(jnp.diagonal(r, axis1=-2, axis2=-1))
    values, vectors = jnp.linalg.eigh(positive)
    return {
        "cholesky": jnp.linalg.cholesky(positive),
        "q": q * sign[..., None, :],
        "r": r * sign[..., None],
        "inverse": jnp.linalg.inv(positive),
        "determinant": jnp.linalg.det(positive),
        "log": jnp.linalg.slogdet(positive)[1],
        "solved": jnp.linalg.solve(positive, x),
        "singular": jnp.linalg.svd(x, compute_uv=False),
        "values": values,
        "projectors": jnp.einsum("bij,bkj,bj->bik", vectors, vectors, values),
        "power": jnp.linalg.matrix_power(x, 3),
        "norm": jnp.linalg.norm(x, axis=(1, 2)),
        "exponential": jax.vmap(jsl.expm)(x * 0.1),
    }


def gaussian_process(params: Params, x: jax.Array) -> dict[str, jax.Array]:
    """The mean and variance at new points, given some."""

    def kernel(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.exp(-0.5 * jnp.sum((a[:, None] - b[None]) ** 2, -1) / 0.8**2)

    seen = params["x"]
    factor = jsl.cho_factor(kernel(seen, seen) + 0.1 * jnp.eye(6), lower=True)
    across = kernel(x, seen)
    solved = jsl.solve_triangular(factor[0], across.T, lower=True)
    return {"mean": across @ jsl.cho_solve(factor, params["y"]), "variance": 1.1 - jnp.sum(solved**2, 0)}


def kalman(params: Params, seen: jax.Array) -> dict[str, jax.Array]:
    """A Kalman filter over sequences, with its likelihood."""
    move, look = jnp.eye(3) + 0.1 * params["move"], params["look"]

    def step(state: Any, y: jax.Array) -> Any:
        mean, spread = state
        mean, spread = move @ mean, move @ spread @ move.T + 0.1 * jnp.eye(3)
        error = y - look @ mean
        inner = look @ spread @ look.T + 0.2 * jnp.eye(2)
        gain = jnp.linalg.solve(inner, look @ spread).T
        likelihood = -0.5 * (error @ jnp.linalg.solve(inner, error) + jnp.linalg.slogdet(inner)[1])
        return (mean + gain @ error, spread - gain @ look @ spread), (mean, likelihood)

    def one(sequence: jax.Array) -> Any:
        return jax.lax.scan(step, (jnp.zeros(3), jnp.eye(3)), sequence)[1]

    means, likelihood = jax.vmap(one)(seen)
    return {"means": means, "likelihood": likelihood.sum(1)}


def flow(params: Params, x: jax.Array) -> dict[str, jax.Array]:
    """A normalizing flow backwards: couplings and triangular matrices, with the logarithm of the volume."""
    volume = jnp.zeros(x.shape[0])
    for layer in params["layers"]:
        lower = jnp.tril(layer["lower"], -1) + jnp.diag(jnp.exp(layer["scale"]))
        x = jax.vmap(lambda row, lower=lower: jsl.solve_triangular(lower, row, lower=True))(x)
        volume -= layer["scale"].sum()
        kept, moved = jnp.split(x, 2, -1)
        scale, shift = jnp.split(jnp.tanh(kept @ layer["w1"]) @ layer["w2"], 2, -1)
        x = jnp.concatenate([(moved - shift) * jnp.exp(-jnp.tanh(scale)), kept], -1)
        volume -= jnp.tanh(scale).sum(-1)
    return {"z": x, "log": volume + jax.scipy.stats.norm.logpdf(x).sum(-1)}


def transforms(x: jax.Array) -> dict[str, jax.Array]:
    """Fourier transforms there and back."""
    spectrum = jnp.fft.fft(x)
    low = jnp.fft.rfft(x) * (jnp.arange(7) < 4)
    return {
        "power": jnp.abs(spectrum) ** 2,
        "phase": jnp.angle(spectrum + 3),
        "real": jnp.fft.ifft(spectrum * jnp.exp(1j * jnp.arange(12.0))).real,
        "smooth": jnp.fft.irfft(low, 12),
        "plane": jnp.abs(jnp.fft.fft2(x.reshape(-1, 3, 4))),
        "convolved": jnp.fft.irfft(jnp.fft.rfft(x, 24) * jnp.fft.rfft(jnp.ones(5), 24), 24)[:, :12],
        "shifted": jnp.fft.fftshift(jnp.imag(spectrum), axes=1),
    }


def complex_spectrum(x: jax.Array) -> jax.Array:
    """What comes out is complex."""
    return jnp.fft.rfft(x) * jnp.conj(jnp.fft.rfft(x[:, ::-1]))


def mel_spectrogram(sound: jax.Array) -> jax.Array:
    """Frames, a window, a transform and triangular filters."""
    starts = np.arange(0, 64 - 16 + 1, 8)
    frames = sound[:, starts[:, None] + np.arange(16)] * np.hanning(16).astype(np.float32)
    power = jnp.abs(jnp.fft.rfft(frames, 16)) ** 2
    centres = np.linspace(0, 8, 7)
    filters = np.maximum(0, 1 - abs(np.arange(9)[:, None] - centres[None, 1:-1]) / 1.5).astype(np.float32)
    return jnp.log(power @ filters + 1e-3)


def stft_there_and_back(sound: jax.Array) -> dict[str, jax.Array]:
    """SciPy's transforms of short times: a spectrum is gated, and sound again."""
    _, _, spectrum = jax.scipy.signal.stft(sound, nperseg=16)
    gated = jnp.where(jnp.abs(spectrum) > 0.05, spectrum, 0)
    _, back = jax.scipy.signal.istft(gated, nperseg=16)
    return {"magnitude": jnp.abs(spectrum), "sound": back}


def state_space(params: Params, x: jax.Array) -> jax.Array:
    """S4D: diagonal complex states, whose kernel is convolved by Fourier transforms."""
    length = x.shape[1]
    a = -jnp.exp(params["real"]) + 1j * params["imag"] * 10
    step = 0.1
    weights = params["c"] * (jnp.exp(a * step) - 1) / a
    kernel = 2 * jnp.einsum("hn,hnl->hl", weights, jnp.exp(step * a[..., None] * jnp.arange(length))).real
    spectrum = jnp.fft.rfft(x, 2 * length, axis=1) * jnp.fft.rfft(kernel, 2 * length).T
    y = jnp.fft.irfft(spectrum, 2 * length, axis=1)[:, :length]
    return jax.nn.gelu(y + x * params["skip"])


def fourier_operator(params: Params, x: jax.Array) -> jax.Array:
    """An FNO: the low modes of a field are mixed by complex weights."""
    x = x @ params["lift"]
    for layer in params["layers"]:
        spectrum = jnp.fft.rfft2(x, axes=(1, 2))[:, :3, :3]
        weights = jax.lax.complex(layer["real"], layer["imag"])
        mixed = jnp.einsum("bxyi,xyio->bxyo", spectrum, weights)
        padded = jnp.zeros((x.shape[0], 8, 5, 6), jnp.complex64).at[:, :3, :3].set(mixed)
        x = jax.nn.gelu(jnp.fft.irfft2(padded, (8, 8), axes=(1, 2)) + x @ layer["w"])
    return x @ params["drop"]


def _operator() -> dict[str, Any]:
    layer = {"real": (3, 3, 6, 6), "imag": (3, 3, 6, 6), "w": (6, 6)}
    return {"lift": (2, 6), "layers": [layer, layer], "drop": (6, 1)}


def random_numbers(x: jax.Array) -> dict[str, jax.Array]:
    """Under a key that is part of the model."""
    keys = jax.random.split(jax.random.key(7), 6)
    shape = x.shape
    return {
        "noise": x + 0.1 * jax.random.normal(keys[0], shape),
        "uniform": jax.random.uniform(keys[1], shape, minval=-1),
        "mask": jax.random.bernoulli(keys[2], 0.3, shape),
        "word": jax.random.categorical(keys[3], x),
        "shuffled": jax.random.permutation(keys[4], jnp.arange(8)),
        "whole": jax.random.randint(jax.random.fold_in(keys[5], 3), (4,), 0, 10),
    }


def vae(params: Params, x: jax.Array, key: jax.Array) -> dict[str, jax.Array]:
    """A VAE which draws its latents under a key that is an input."""
    mean, log = jnp.split(jnp.tanh(x @ params["in"]) @ params["code"], 2, -1)
    noise = jax.random.normal(jax.random.wrap_key_data(key), mean.shape)
    z = mean + jnp.exp(0.5 * log) * noise
    divergence = -0.5 * jnp.sum(1 + log - mean**2 - jnp.exp(log), -1)
    return {"x": jax.nn.sigmoid(jnp.tanh(z @ params["up"]) @ params["out"]), "divergence": divergence}


def sampler(logits: jax.Array, seed: jax.Array, step: jax.Array) -> dict[str, jax.Array]:
    """The next token: temperature, the most likely ones, those of the nucleus, and a draw."""
    key = jax.random.fold_in(jax.random.key(seed), step)
    scaled = logits / 0.7
    best = jax.lax.top_k(scaled, 5)[0][:, -1:]
    scaled = jnp.where(scaled < best, -jnp.inf, scaled)
    ordered = -jnp.sort(-scaled, -1)
    total = jnp.cumsum(jax.nn.softmax(ordered), -1)
    least = jnp.min(jnp.where(total - jax.nn.softmax(ordered) < 0.9, ordered, jnp.inf), -1, keepdims=True)
    scaled = jnp.where(scaled < least, -jnp.inf, scaled)
    return {"token": jax.random.categorical(key, scaled), "next": jax.random.key_data(jax.random.split(key)[0])}


def diffusion(params: Params, x: jax.Array, key: jax.Array) -> jax.Array:
    """A few steps of ancestral sampling, each with new noise."""
    betas = jnp.linspace(0.01, 0.2, 4)
    kept = jnp.cumprod(1 - betas)

    def step(carry: Any, item: Any) -> Any:
        x, key = carry
        beta, total, time = item
        key, mine = jax.random.split(key)
        noise = jnp.tanh(jnp.concatenate([x, jnp.full_like(x[:, :1], time)], -1) @ params["w1"]) @ params["w2"]
        mean = (x - beta / jnp.sqrt(1 - total) * noise) / jnp.sqrt(1 - beta)
        return (mean + jnp.sqrt(beta) * jax.random.normal(mine, x.shape), key), None

    items = (betas[::-1], kept[::-1], jnp.arange(4)[::-1] / 4)
    return jax.lax.scan(step, (x, key), items)[0][0]


def particles(position: jax.Array, velocity: jax.Array) -> dict[str, jax.Array]:
    """Bodies that attract each other, by leapfrog steps on the gradient of their energy."""

    def energy(position: jax.Array) -> jax.Array:
        between = position[:, None] - position[None]
        distance = jnp.sqrt(jnp.sum(between**2, -1) + 0.1)
        return -jnp.sum(jnp.triu(1 / distance, 1))

    def step(_: Any, state: Any) -> Any:
        position, velocity = state
        velocity = velocity - 0.05 * jax.grad(energy)(position)
        return position + 0.05 * velocity, velocity

    position, velocity = jax.lax.fori_loop(0, 3, step, (position, velocity))
    return {"position": position, "velocity": velocity, "energy": energy(position)}


GP = {"x": (6, 2), "y": (6,)}
FLOW = {"layers": [{"lower": (4, 4), "scale": (4,), "w1": (2, 6), "w2": (6, 4)}] * 2}
S4 = {"real": (4, 3), "imag": (4, 3), "c": (4, 3), "skip": (4,)}
VAE = {"in": (8, 8), "code": (8, 6), "up": (3, 8), "out": (8, 8)}
KEY = np.array([0xDEADBEEF, 0x12345678], np.uint32)
ENTRIES = [
    pure("pure_linalg", decompositions, x="b,3,3"),
    pure("pure_gp_predict", gaussian_process, GP, x="n,2"),
    pure("pure_kalman_filter", kalman, {"move": (3, 3), "look": (2, 3)}, seen="b,4,2"),
    pure("pure_normalizing_flow", flow, FLOW, x="b,4"),
    pure("pure_fft", transforms, x="b,12"),
    pure("pure_fft_complex_output", complex_spectrum, x="b,10"),
    pure("pure_stft_melspec", mel_spectrogram, sound="b,64"),
    pure("pure_scipy_stft_istft", stft_there_and_back, sound="b,64"),
    pure("pure_s4_state_space", state_space, S4, x="b,16,4"),
    pure("pure_fourier_neural_operator", fourier_operator, _operator(), x="b,8,8,2"),
    pure("pure_random_threefry", random_numbers, x="2,8"),
    pure("pure_vae_random_key_input", vae, VAE, x="b,8", key=KEY),
    pure("pure_sampling_top_p_runtime_seed", sampler, logits="b,12", seed=np.int32(42), step=np.int32(3)),
    pure("pure_diffusion_sampler", diffusion, {"w1": (5, 8), "w2": (8, 4)}, x="b,4", key=KEY),
    pure("pure_particles_gradient", particles, position="5,3", velocity="5,3"),
]
