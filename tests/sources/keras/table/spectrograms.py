"""Spectrograms of every mode, and on the mel scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import floats, model, row

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def stft(**arguments: Any) -> Callable[[], Any]:
    """An STFTSpectrogram of short frames, to be made."""
    return lambda: layers.STFTSpectrogram(**{"frame_length": 8, **arguments})


def mel(**arguments: Any) -> Callable[[], Any]:
    """A MelSpectrogram of short frames, to be made."""
    short = {"fft_length": 32, "sequence_stride": 10, "num_mel_bins": 5, "sampling_rate": 1000}
    return lambda: layers.MelSpectrogram(**{**short, **arguments})


def _any_length(make: Callable[[], Any], *shape: int | None) -> Callable[[], Any]:
    def made() -> Any:
        signal = Input(shape)
        return Model(signal, make()(signal))

    return made


ROWS = [
    *(row(f"STFTSpectrogram/{mode}", stft(mode=mode), (30, 2)) for mode in MODES),
    row("STFTSpectrogram/same", stft(padding="same"), (29, 2)),
    row("STFTSpectrogram/steps", stft(frame_step=3, mode="psd"), (29, 2)),
    row("STFTSpectrogram/longer transform", stft(fft_length=16, mode="stft"), (29, 2)),
    row("STFTSpectrogram/window", stft(window="hamming", periodic=True, scaling="spectrum"), (29, 1)),
    row("STFTSpectrogram/expand_dims", stft(mode="magnitude", expand_dims=True), (29, 2)),
    row("STFTSpectrogram/channels first", stft(data_format="channels_first"), (2, 29)),
    row("STFTSpectrogram/channels first, dims", stft(data_format="channels_first", expand_dims=True), (2, 29)),
    model("STFTSpectrogram/any length", _any_length(stft(), None, 2), floats(2, 25, 2)),
    row("MelSpectrogram", mel(), (100,)),
    row("MelSpectrogram/no decibels", mel(power_to_db=False), (100,)),
    row("MelSpectrogram/magnitudes", mel(power_to_db=False, mag_exp=1.0), (100,)),
    row("MelSpectrogram/exponent", mel(power_to_db=False, mag_exp=1.5), (100,)),
    row("MelSpectrogram/quiet", mel(top_db=10.0, ref_power=0.5, min_power=1e-3), (100,)),
    row("MelSpectrogram/shorter window", mel(sequence_length=20, window="hamming"), (100,)),
    row("MelSpectrogram/no window", mel(window=None), (100,)),
    row("MelSpectrogram/frequencies", mel(min_freq=50.0, max_freq=300.0, num_mel_bins=7), (100,)),
    row("MelSpectrogram/silence", mel(), np.zeros((2, 64), np.float32)),
    model("MelSpectrogram/any length", _any_length(mel(), None), floats(2, 90)),
]
