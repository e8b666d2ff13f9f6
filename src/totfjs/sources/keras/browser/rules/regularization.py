"""Noise and dropout: nothing at inference, and in training what they are in Keras."""

from __future__ import annotations

from typing import Any

from totfjs.sources.keras.browser.flow import Flow
from totfjs.sources.keras.browser.rules.core import identity
from totfjs.sources.keras.browser.use import Use


def _seed(use: Use) -> dict[str, Any]:
    seed = use.get("seed")
    return {"seed": seed} if isinstance(seed, int) else {}


def _kept(use: Use, flow: Flow) -> Flow:
    return Flow(flow.source, flow.known_shape, use.x.dtype, given=flow.given)


def _dropout(use: Use) -> Flow:
    x, noise = use.x, use.get("noise_shape")
    shape: dict[str, Any] = {} if noise is None else {"noise_shape": [None if size == -1 else size for size in noise]}
    return _kept(use, use.emit("Dropout", x, x.known_shape, rate=use.get("rate", 0.0), **shape, **_seed(use)))


def _spatial(use: Use) -> Flow:
    x = use.x
    first = use.get("data_format", "channels_last") == "channels_first"
    spatial = [1] * (x.rank - 2)
    noise = [None, None, *spatial] if first else [None, *spatial, None]
    return _kept(use, use.emit("Dropout", x, x.shape, rate=use.get("rate", 0.0), noise_shape=noise, **_seed(use)))


def _noise(use: Use) -> Flow:
    x = use.x
    config = {key: use.get(key) for key in ("rate", "stddev", "noise_shape") if use.get(key) is not None}
    return _kept(use, use.emit(use.layer.kind, x, x.known_shape, **config))


def _activity(use: Use) -> Flow:
    use.untrained("TensorFlow.js lacks activity regularisers")
    return identity(use)


LAYERS = {
    "Dropout": _dropout,
    "SpatialDropout1D": _spatial,
    "SpatialDropout2D": _spatial,
    "SpatialDropout3D": _spatial,
    "GaussianNoise": _noise,
    "GaussianDropout": _noise,
    "AlphaDropout": _noise,
    "ActivityRegularization": _activity,
}
