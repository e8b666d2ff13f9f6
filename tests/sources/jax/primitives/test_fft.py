"""Fourier transforms, and models around them, against JAX."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.scipy.signal as signal
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

fourier = jnp.fft
X = "float32[b,3,8]"


def complex_of(x: Any) -> Any:
    return lax.complex(x, jnp.cos(3 * x))


def on_complex(function: Any, **attrs: Any) -> Any:
    return lambda x: function(complex_of(x), **attrs)


def mel_filters(bins: int, count: int) -> np.ndarray:
    """Triangles, which overlap."""
    centers = np.linspace(0, bins, count + 2)
    places = np.arange(bins)[:, None]
    rising = (places - centers[:-2]) / (centers[1:-1] - centers[:-2])
    falling = (centers[2:] - places) / (centers[2:] - centers[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def mel_spectrogram(x: Any) -> Any:
    """The front end of a model of speech: frames, a window, powers, bands, a logarithm."""
    places = 40 * np.arange(11)[:, None] + np.arange(100)
    frames = x[:, places] * np.hanning(100).astype(np.float32)
    powers = jnp.abs(fourier.rfft(frames, n=128)) ** 2
    return jnp.log(powers @ mel_filters(65, 20) + 1e-3)


def spectral_filter(x: Any) -> Any:
    low = np.exp(-np.linspace(0, 4, 33, dtype=np.float32))
    return fourier.irfft(fourier.rfft(x) * low, n=64)


def fourier_layer(x: Any) -> Any:
    """A layer of a Fourier neural operator: a product of the lowest frequencies with complex weights."""
    random = np.random.default_rng(5)
    weights = (random.normal(size=(2, 4, 5, 6, 6)) / 6).astype(np.float32)
    spectrum = fourier.rfft2(x, axes=(1, 2))[:, :4, :5]
    mixed = jnp.einsum("bhwc,hwcd->bhwd", spectrum, lax.complex(*weights))
    found = fourier.irfft2(mixed, s=(16, 16), axes=(1, 2))
    return jnp.maximum(found + x, 0)


CASES = [
    case("fft", on_complex(fourier.fft), X),
    case("ifft", on_complex(fourier.ifft), X),
    case("fft-real", fourier.fft, X),
    case("ifft-real", fourier.ifft, X),
    case("rfft", fourier.rfft, X),
    case("irfft", on_complex(fourier.irfft), X),
    case("irfft-real", fourier.irfft, X),
    case("irfft-odd", on_complex(fourier.irfft, n=13), X),
    case("hfft", on_complex(fourier.hfft), X),
    case("ihfft", fourier.ihfft, X),
    case("shorter", on_complex(fourier.fft, n=5), X),
    case("longer", on_complex(fourier.fft, n=11), X),
    case("other-axis", on_complex(fourier.fft, axis=1), X),
    case("two-axes", on_complex(fourier.fft2), X),
    case("three-axes", on_complex(fourier.ifftn, axes=(1, 2, 3)), "float32[b,3,4,5]"),
    case("real-three-axes", lambda x: fourier.rfftn(x, axes=(1, 2, 3)), "float32[b,3,4,5]"),
    case("back-to-real-two-axes", on_complex(fourier.irfft2), X),
    case("one-element", on_complex(fourier.fftn), "float32[1,1]"),
    case("one-line", on_complex(fourier.fft), "float32[12]"),
    case("with-factors", on_complex(fourier.fft), "float32[b,360]"),
    case("prime", fourier.rfft, "float32[b,263]"),
    case("of-a-broadcast", lambda x: fourier.fft(complex_of(x) * jnp.ones((1, 6))), "float32[b,1]"),
    case("of-an-imaginary", lambda x: fourier.ifft(lax.complex(jnp.zeros_like(x), x)), X),
    case("shifted", lambda x: fourier.fftshift(fourier.fft(x)), X),
    case("no-rows", fourier.rfft, np.zeros((0, 8), np.float32)),
    case("convolution", lambda x: signal.fftconvolve(x, jnp.arange(5.0)), "float32[40]"),
    case("stft", lambda x: signal.stft(x, nperseg=32)[2], "float32[b,256]", tolerance=1e-5),
    case("istft", lambda x: signal.istft(signal.stft(x, nperseg=32)[2], nperseg=32)[1], "float32[b,256]",
         tolerance=1e-5),
    case("welch", lambda x: signal.welch(x, nperseg=32)[1], "float32[b,128]", tolerance=1e-5),
    case("mel-spectrogram", mel_spectrogram, "float32[b,512]", tolerance=1e-5),
    case("spectral-filter", spectral_filter, "float32[b,64]"),
    case("fourier-neural-operator", fourier_layer, "float32[b,16,16,6]", tolerance=1e-5),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_fourier_transforms(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_a_length_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="a dim of unknown size, t: a Fourier transform takes a fixed number"):
        source.load(fourier.rfft, inputs={"x": "float32[b,t]"}).graph()
