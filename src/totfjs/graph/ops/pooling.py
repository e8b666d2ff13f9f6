"""Pools: the largest or the mean value in each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.ops.elementwise import GPU_INTEGERS
from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    REAL,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
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


def _pooled_with_places(call: Call) -> tuple[TensorType, ...]:
    values = _pooled(2)(call)
    assert isinstance(values, TensorType)
    return values, TensorType(I32, values.shape)


# --- limits and differences -----------------------------------------------------------------------------------------


def _input(call: Call) -> np.ndarray:
    x = call.value(0)
    assert x is not None
    return x


def _result(call: Call, compute: Callable[[np.ndarray, Windows], np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        return compute(_input(call), pooling_windows(call.attrs, call.rank(0) - 2))


def _maximum_below(least: float) -> Callable[[Call], bool]:
    return lambda call: call.dtype(0) is F32 and bool((_result(call, max_pool) < least).any())


def _holds_ties(call: Call) -> bool:
    """Whether the largest value of a window occurs twice in it."""
    x, largest = _input(call), _result(call, max_pool)
    view = pooling_windows(call.attrs, 2)
    seen = view.taps(view.padded(x.astype(np.float64), np.nan), largest.shape[1:-1])
    return bool((sum((values == largest).astype(int) for _, values in seen) > 1).any())


LATE_START = late_start(lambda call: pooling_windows(call.attrs, 3))
NAN = Difference(
    BACKENDS, "NaN is passed over or becomes -inf", lambda call: bool(np.isnan(_result(call, max_pool)).any())
)
LOWEST_ON_GPUS = Difference(("webgl", "webgpu"), "windows start from -1e20", _maximum_below(-1e20))
LEAST_ON_WASM = Difference(
    ("wasm",),
    "windows start from the least positive number",
    _maximum_below(float(np.finfo(np.float32).tiny)),
)

# --- the table ------------------------------------------------------------------------------------------------------

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "AvgPool",
        (Input("x", FLOAT),),
        _pooled(2),
        _pool(mean_pool),
        (T, KSIZE, STRIDES, PADDING, NHWC),
        differences=(
            Difference(("wasm",), "NaN becomes -inf", lambda call: bool(np.isnan(_result(call, mean_pool)).any())),
        ),
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
        (NAN, LOWEST_ON_GPUS, GPU_INTEGERS),
        category="convolution",
    ),
    OpSpec(
        "MaxPoolWithArgmax",
        (Input("x", REAL),),
        _pooled_with_places,
        _with_places,
        (T, KSIZE, STRIDES, PADDING, Attr("include_batch_in_index", "bool", False), Attr("Targmax", "type", I32)),
        (Limit(("webgl",), "wrong", "the places come as float32", lambda call: True),),
        (
            NAN,
            LOWEST_ON_GPUS,
            LEAST_ON_WASM,
            Difference(("wasm", "webgl", "webgpu"), "of equal values the last one wins", _holds_ties),
        ),
        category="convolution",
        note="MaxPool gives the values on every backend.",
    ),
    OpSpec(
        "AvgPool3D",
        (Input("x", FLOAT),),
        _pooled(3),
        _pool(mean_pool),
        (T, KSIZE, STRIDES, PADDING, NDHWC),
        (LATE_START,),
        category="convolution",
        tolerance=1e-5,
        accumulates=True,
    ),
    OpSpec(
        "MaxPool3D",
        (Input("x", FLOAT),),
        _pooled(3),
        _pool(max_pool),
        (T, KSIZE, STRIDES, PADDING, NDHWC),
        (LATE_START,),
        (NAN, LOWEST_ON_GPUS, LEAST_ON_WASM),
        category="convolution",
    ),
)
