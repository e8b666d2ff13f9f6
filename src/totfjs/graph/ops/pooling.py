"""Pools: the largest or the mean value in each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph.ops.spec import (
    F32,
    I32,
    REAL,
    Attr,
    Call,
    Input,
    OpSpec,
    Rule,
    T,
    TensorType,
    dtype_limit,
)
from totfjs.graph.ops.windows import (
    EXPLICIT_PADDINGS,
    NDHWC,
    NHWC,
    PADDING,
    STRIDES,
    Windows,
    late_start,
    pooling_windows,
    rank_is,
)

KSIZE = Attr("ksize", "ints")
FLOAT = frozenset((F32,))


def max_pool(x: np.ndarray, view: Windows) -> np.ndarray:
    """The largest value in each window; the padding does not count."""
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    counts: Any = view.counts(x.shape[1:-1])
    total = np.full((x.shape[0], *counts, x.shape[-1]), lowest, x.dtype)
    for _, seen in view.taps(view.padded(x, lowest), counts):
        np.maximum(total, seen, out=total)
    return total


def mean_pool(x: np.ndarray, view: Windows) -> np.ndarray:
    """The mean value in each window; the padding does not count."""
    counts: Any = view.counts(x.shape[1:-1])
    total = np.zeros((x.shape[0], *counts, x.shape[-1]), x.dtype)
    number = np.zeros((1, *counts, 1), x.dtype)
    inside = view.padded(np.ones((1, *x.shape[1:-1], 1), x.dtype))
    for (_, seen), (_, there) in zip(view.taps(view.padded(x), counts), view.taps(inside, counts), strict=True):
        total, number = total + seen, number + there
    return total / number


def largest_places(x: np.ndarray, view: Windows, include_batch: bool) -> np.ndarray:
    """Where the largest value of each window stands in the flattened image or batch: the first of equals."""
    flat = np.arange(x.size, dtype=np.int32).reshape(x.shape)
    flat = flat if include_batch else flat - flat[:, :1, :1, :1] + flat[:1, :1, :1, :1]
    counts: Any = view.counts(x.shape[1:-1])
    best = np.full((x.shape[0], *counts, x.shape[-1]), -np.inf, np.float64)
    place = np.zeros(best.shape, np.int32)
    values, places = view.padded(x.astype(np.float64), -np.inf), view.padded(flat, -1)
    for (_, seen), (_, where) in zip(view.taps(values, counts), view.taps(places, counts), strict=True):
        better = seen > best
        best, place = np.where(better, seen, best), np.where(better, where, place)
    return place


def _pool(compute: Callable[[np.ndarray, Windows], np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda x, **attrs: compute(x, pooling_windows(attrs, x.ndim - 2))


def _with_places(x: np.ndarray, **attrs: Any) -> tuple[np.ndarray, np.ndarray]:
    view = pooling_windows(attrs, 2)
    return max_pool(x, view), largest_places(x, view, attrs["include_batch_in_index"])


def _pooled(rank: int) -> Rule:
    def rule(call: Call) -> TensorType:
        rank_is(call, 0, rank + 2)
        batch, *spatial, channels = call.shape(0)
        return TensorType(call.dtype(0), (batch, *pooling_windows(call.attrs, rank).counts(spatial), channels))

    return rule


def _pooled_with_places(call: Call) -> Sequence[TensorType]:
    values = _pooled(2)(call)
    assert isinstance(values, TensorType)
    return values, TensorType(I32, values.shape)


_LATE_START = late_start(lambda call: pooling_windows(call.attrs, 3))

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "AvgPool",
        (Input("x", FLOAT),),
        _pooled(2),
        _pool(mean_pool),
        (T, KSIZE, STRIDES, PADDING, NHWC),
        category="convolution",
        tolerance=1e-5,
        accumulates=True,
    ),
    OpSpec(
        "MaxPool",
        (Input("x", REAL),),
        _pooled(2),
        _pool(max_pool),
        (T, KSIZE, STRIDES, PADDING, NHWC, EXPLICIT_PADDINGS),
        (dtype_limit(0, FLOAT, "wasm"),),
        category="convolution",
    ),
    OpSpec(
        "MaxPoolWithArgmax",
        (Input("x", REAL),),
        _pooled_with_places,  # type: ignore[arg-type]
        _with_places,
        (T, KSIZE, STRIDES, PADDING, Attr("include_batch_in_index", "bool", False), Attr("Targmax", "type", I32)),
        category="convolution",
    ),
    OpSpec(
        "AvgPool3D",
        (Input("x", FLOAT),),
        _pooled(3),
        _pool(mean_pool),
        (T, KSIZE, STRIDES, PADDING, NDHWC),
        (_LATE_START,),
        category="convolution",
        tolerance=1e-5,
        accumulates=True,
    ),
    OpSpec(
        "MaxPool3D",
        (Input("x", REAL),),
        _pooled(3),
        _pool(max_pool),
        (T, KSIZE, STRIDES, PADDING, NDHWC),
        (_LATE_START,),
        category="convolution",
    ),
)
