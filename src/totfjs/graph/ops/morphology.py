"""Morphology: the largest of input plus filter in each window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.graph.ops.spec import F32, REAL, Attr, Call, Difference, Input, OpSpec, T, TensorType, dtype_limit
from totfjs.graph.ops.windows import PADDING, STRIDES, Windows, kernel_of, rank_is, same_size, windows

FLOAT = frozenset((F32,))


def dilate(x: np.ndarray, weights: np.ndarray, view: Windows) -> np.ndarray:
    """Grayscale dilation: the largest of `x + weights` in each window; NaN is passed over."""
    counts: Any = view.counts(x.shape[1:-1])
    lowest = np.finfo(x.dtype).min if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    total = np.full((x.shape[0], *counts, x.shape[-1]), lowest, x.dtype)
    inside = view.taps(view.padded(np.ones_like(x, bool)), counts)
    for (place, seen), (_, there) in zip(view.taps(view.padded(x), counts), inside, strict=True):
        candidate = seen + weights[place]
        total = np.where(there & (candidate > total), candidate, total)
    return total


def _dilation(x: np.ndarray, weights: np.ndarray, **attrs: Any) -> np.ndarray:
    return dilate(x, weights, _dilation_windows(attrs, weights.shape[:-1]))


def _dilation_windows(attrs: Mapping[str, Any], kernel: Sequence[int]) -> Windows:
    return windows({**attrs, "dilations": attrs["rates"]}, kernel)


def _dilation_rule(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    rank_is(call, 1, 3)
    batch, *spatial, channels = call.shape(0)
    same_size("the channels of input and filter differ", channels, call.shape(1)[-1])
    if call.dtype(0) != call.dtype(1):
        raise ValueError("input and filter have different dtypes")
    counts = _dilation_windows(call.attrs, kernel_of(call.shape(1)[:-1])).counts(spatial)
    return TensorType(call.dtype(0), (batch, *counts, channels))


def _dilated_below(least: float) -> Callable[[Call], bool]:
    def below(call: Call) -> bool:
        x, weights = call.value(0), call.value(1)
        assert x is not None and weights is not None
        return x.dtype == np.float32 and bool((_dilation(x, weights, **call.attrs) < least).any())

    return below


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Dilation2D",
        (Input("input", REAL), Input("filter", REAL)),
        _dilation_rule,
        _dilation,
        (T, STRIDES, Attr("rates", "ints", (1, 1, 1, 1)), PADDING),
        (dtype_limit(0, FLOAT, "webgl", effect="wrong"),),
        (
            Difference(("cpu",), "windows start from -2**53", _dilated_below(-(2.0**53))),
            Difference(
                ("wasm",),
                "windows start from the least positive number, not from the lowest one",
                _dilated_below(float(np.finfo(np.float32).tiny)),
            ),
            Difference(("webgl", "webgpu"), "windows start from -3.4e38", _dilated_below(-3.4e38)),
        ),
        category="convolution",
    ),
)
