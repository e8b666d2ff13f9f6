"""Spectrograms: frames of a signal, their transforms, and those on the mel scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise, maximum
from totfjs.recipes.fourier import rfft
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import slice_axes, take
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, weights
from totfjs.sources.keras.layers.space import is_channels_first, pads
from totfjs.sources.keras.use import Use

# The least that Keras takes roots and logarithms of.
_LEAST = 1e-7
# The mel scale of the Hidden Markov Model Toolkit.
_BREAK, _Q = np.float32(700.0), np.float32(1127.0)


def _kernels(layer: Layer) -> Any:
    mode = layer.config.get("mode", "log")
    return weights(*(() if mode == "imag" else ("real_kernel",)), *(() if mode == "real" else ("imag_kernel",)))


def _spectrogram(use: Use) -> Tensor:
    mode = use.config.get("mode", "log")
    # (batch, channels, times, frequencies), real parts before imaginary ones
    found = _transformed(use)
    if mode in ("real", "imag", "stft"):
        return _arranged(use, found)
    half = use.layer.weights["real_kernel"].shape[-1]
    real, imaginary = (_frequencies(found, first, first + half) for first in (0, half))
    if mode == "angle":
        return _arranged(use, elementwise("Atan2", imaginary, real))
    power = elementwise("AddV2", elementwise("Square", real), elementwise("Square", imaginary))
    if mode == "psd":
        twice = np.full(half, 2, np.float32)
        twice[[0, -1]] = 1
        return _arranged(use, elementwise("Mul", power, use.builder.const(twice)))
    size = elementwise("Sqrt", maximum(power, use.builder.const(_LEAST, DType.FLOAT32)))
    if mode == "magnitude":
        return _arranged(use, size)
    if mode != "log":
        raise use.refuse(f"its mode {mode!r} is not known")
    return _arranged(use, elementwise("Log", maximum(size, use.builder.const(_LEAST, DType.FLOAT32))))


def _transformed(use: Use) -> Tensor:
    x = use.float(use.x)
    x = x if is_channels_first(use) else transpose(x, [0, 2, 1])
    batch, channels, length = x.shape
    step = use.config.get("frame_step") or use.config["frame_length"] // 2
    window = Window((step,), pads(use, (length,), (use.config["frame_length"],), (step,)), (1,), (1,))
    kernels = [use.weight(item.name) for item in _kernels(use.layer)]
    kernel = kernels[0] if len(kernels) == 1 else use.builder.op("ConcatV2", *kernels, 2)
    found = convolution(reshape(x, (batch * channels, length, 1)), kernel, window)
    return reshape(found, (batch, channels, *found.shape[1:]))


def _frequencies(x: Tensor, first: int, last: int) -> Tensor:
    return slice_axes(x, [0, 0, 0, first], [*x.shape[:3], last])


def _arranged(use: Use, x: Tensor) -> Tensor:
    """From (batch, channels, times, frequencies) to what the layer gives."""
    batch, channels, times, frequencies = x.shape
    apart = bool(use.config.get("expand_dims", False))
    if is_channels_first(use):
        return x if apart else reshape(transpose(x, [0, 1, 3, 2]), (batch, channels * frequencies, times))
    return (
        transpose(x, [0, 2, 3, 1])
        if apart
        else reshape(transpose(x, [0, 2, 1, 3]), (batch, times, channels * frequencies))
    )


# --- mel ---


def _mel_spectrogram(use: Use) -> Tensor:
    config = use.config
    size = config.get("fft_length", 2048)
    frames = _frames(use, use.float(use.x), size, config.get("sequence_stride", 512))
    found = rfft(elementwise("Mul", frames, use.builder.const(_window(use, size), name="window")))
    power = elementwise("AddV2", elementwise("Square", found.real), elementwise("Square", found.imag))
    strength = _raised(power, config.get("mag_exp", 2.0) / 2)
    scale = use.builder.const(_mel_matrix(use, size // 2 + 1), name="mel")
    result = dot(strength, scale, ((strength.rank - 1,), (0,)), ((), ()))
    result = _decibels(use, result) if config.get("power_to_db", True) else result
    return transpose(result, [*range(result.rank - 2), result.rank - 1, result.rank - 2])


def _frames(use: Use, x: Tensor, size: int, step: int) -> Tensor:
    """(…, frames, size): the signal, reflected at its ends, in frames around every `step`-th place."""
    border = [[0, 0]] * (x.rank - 1) + [[size // 2, size // 2]]
    wide = use.builder.op("MirrorPad", x, np.array(border, np.int32), mode="REFLECT")
    count = dims.floordiv(wide.shape[-1] - size, step) + 1
    starts = reshape(elementwise("Mul", iota(use.builder, count), use.builder.const(step, DType.INT32)), (count, 1))
    places = elementwise("AddV2", starts, use.builder.const(np.arange(size, dtype=np.int32)))
    return take(wide, places, x.rank - 1)


def _window(use: Use, size: int) -> np.ndarray:
    """The window in the middle of a frame."""
    length, given = use.config.get("sequence_length") or size, use.config.get("window", "hann")
    if given is None:
        return np.ones(size, np.float32)
    if isinstance(given, str) and given not in _WINDOWS:
        raise use.refuse(f"its window {given!r} is not known")
    values = _cosine(*_WINDOWS[given], length) if isinstance(given, str) else np.asarray(given)
    before = (size - length) // 2
    return np.pad(values, (before, size - length - before)).astype(np.float32)


def _cosine(mean: float, swing: float, length: int) -> np.ndarray:
    return mean - swing * np.cos(2 * np.pi * np.arange(length) / length)


_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}


def _raised(x: Tensor, exponent: float) -> Tensor:
    if exponent == 1:
        return x
    return elementwise("Sqrt", x) if exponent == 0.5 else elementwise("Pow", x, x.builder.like(x, exponent))


def _mel_matrix(use: Use, bins: int) -> np.ndarray:
    """The weight (frequencies, bands) of each frequency in each band: triangles on the mel scale."""
    rate, bands = use.config.get("sampling_rate", 16000), use.config.get("num_mel_bins", 128)
    low, high = use.config.get("min_freq", 20.0), use.config.get("max_freq") or int(rate / 2)
    heard = _mel(np.linspace(0, np.float32(rate) / 2, bins, dtype=np.float32)[1:])[:, None]
    edges = np.linspace(_mel(np.float32(low)), _mel(np.float32(high)), bands + 2, dtype=np.float32)
    rising = (heard - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - heard) / (edges[2:] - edges[1:-1])
    return np.pad(np.maximum(0, np.minimum(rising, falling)), ((1, 0), (0, 0))).astype(np.float32)


def _mel(hertz: Any) -> Any:
    return _Q * np.log(1 + hertz / _BREAK)


def _decibels(use: Use, x: Tensor) -> Tensor:
    """Not further below the loudest of all the batch than `top_db`."""
    least = use.config.get("min_power", 1e-10)
    unit = 10 * np.log10(max(abs(use.config.get("ref_power", 1.0)), least))
    logarithm = elementwise("Log", maximum(x, x.builder.like(x, least)))
    loud = elementwise("Mul", logarithm, x.builder.like(x, 10 / np.log(10)))
    loud = elementwise("Sub", loud, x.builder.like(x, unit)) if unit else loud
    highest = x.builder.op("Max", loud, _all(x))
    return maximum(loud, elementwise("Sub", highest, x.builder.like(x, use.config.get("top_db", 80.0))))


def _all(x: Tensor) -> Sequence[int]:
    return list(range(x.rank))


LAYERS = {
    "STFTSpectrogram": Kind(_spectrogram, _kernels),
    "MelSpectrogram": Kind(_mel_spectrogram),
}
