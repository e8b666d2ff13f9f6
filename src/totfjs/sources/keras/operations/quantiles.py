"""Values at places of the sorted order: medians, quantiles, percentiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, not_a_number, select
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import take
from totfjs.recipes.sorting import smallest
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.numbers import axes_of, floating, known
from totfjs.sources.keras.operations.reductions import left, logical

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The value below which a share of the numbers lies; several shares are along a first axis."""
    x = floating(x)
    shares = constant(q) if isinstance(q, Tensor) else np.asarray(q, np.float32)
    if shares is None or method not in _METHODS:
        raise OpError("shares have to be known when the model is converted, and the method one of numpy's simple ones")
    axes = axes_of(x, axis)
    rest = [index for index in range(x.rank) if index not in axes]
    rows = reshape(transpose(x, [*rest, *axes]),
                   (*(x.shape[index] for index in rest), dims.product(x.shape[index] for index in axes)))  # fmt: skip
    size = known(rows, rows.rank - 1)
    ordered = smallest(rows, size, rows.rank - 1)[0]
    found = _at(ordered, np.asarray(shares, np.float32).reshape(-1), size, method)
    missing = logical("Any")(not_a_number(rows), -1, True)
    found = select(missing, found.builder.like(found, np.nan), found)
    shape = left(x, axes, keepdims)
    if shares.ndim == 0:
        return reshape(found, shape)
    return reshape(transpose(found, [found.rank - 1, *range(found.rank - 1)]), (shares.size, *shape))


def _at(ordered: Tensor, shares: np.ndarray, size: int, method: str) -> Tensor:
    """The values at places between those of a sorted line."""
    places = shares * np.float32(size - 1)
    low, high = np.floor(places).astype(np.int32), np.ceil(places).astype(np.int32)
    if method == "nearest":
        low = high = np.rint(places).astype(np.int32)
    part = {"lower": np.zeros_like(places), "higher": np.ones_like(places), "midpoint": np.full_like(places, 0.5)}
    weight = part.get(method, places - np.floor(places)).astype(np.float32)
    below, above = (take(ordered, ordered.builder.const(index), ordered.rank - 1) for index in (low, high))
    if not weight.any() or (low == high).all():
        return below
    if (weight == 1).all():
        return above
    share = ordered.builder.const(weight, DType.FLOAT32)
    return elementwise("AddV2", elementwise("Mul", below, 1.0 - share),
                       elementwise("Mul", above, share))  # fmt: skip


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The value in the middle, or between the two there."""
    return quantile(x, 0.5, axis, "midpoint", keepdims)


def percentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """A quantile by hundredths."""
    shares = constant(q) if isinstance(q, Tensor) else np.asarray(q)
    if shares is None:
        raise OpError("shares have to be known when the model is converted")
    return quantile(x, shares.astype(np.float32) / np.float32(100), axis, method, keepdims)


FUNCTIONS: dict[str, Function] = {"Median": median, "Quantile": quantile, "Percentile": percentile}
OPERATIONS = operations(FUNCTIONS)
