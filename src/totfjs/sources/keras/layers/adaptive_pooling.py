"""Pools that give an output of a size: each place is the largest or the mean of its share of the input."""

from __future__ import annotations

from functools import partial
from math import ceil

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.image_pools import pool
from totfjs.recipes.slicing import take
from totfjs.recipes.windows import Windows
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.space import as_given, channels_last, numbers
from totfjs.sources.keras.use import Use


def _adaptive(use: Use, rank: int, kind: str) -> Tensor:
    x = channels_last(use, rank)
    for axis, count in enumerate(numbers(use, "output_size", rank), start=1):
        size = x.shape[axis]
        if not isinstance(size, int):
            raise use.refuse("the sizes of its input have to be known", "Give the model's input fixed sizes.")
        x = _along(x, axis, size, count, kind)
    return as_given(use, x)


def _along(x: Tensor, axis: int, size: int, count: int, kind: str) -> Tensor:
    """The windows along one axis have two lengths at most: both pools are made, and each place takes from one."""
    if size % count == 0:
        return _pooled(x, axis, size // count, size // count, kind)
    starts, stops = shares(size, count)
    short = ceil(size / count)
    parts = [_pooled(x, axis, short, 1, kind)]
    places = starts
    if (stops - starts > short).any():
        parts.append(_pooled(x, axis, short + 1, 1, kind))
        places = np.where(stops - starts > short, starts + size - short + 1, starts)
    both = parts[0] if len(parts) == 1 else x.builder.op("ConcatV2", *parts, axis)
    return take(both, x.builder.const(places.astype(np.int32)), axis)


def shares(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each share of an axis starts, and where it stops."""
    places = np.arange(count)
    return places * size // count, -(-(places + 1) * size // count)


def _pooled(x: Tensor, axis: int, length: int, step: int, kind: str) -> Tensor:
    def along(value: int) -> tuple[int, ...]:
        return tuple(value if index == axis else 1 for index in range(x.rank))

    windows = Windows(along(length), along(step), ((0, 0),) * x.rank, (1,) * x.rank)
    if kind == "max":
        return pool(x, windows, "max")
    total = pool(x, windows, "sum")
    return elementwise("RealDiv", total, x.builder.const(float(length), DType.FLOAT32))


LAYERS = {
    f"Adaptive{name}Pooling{rank}D": Kind(partial(_adaptive, rank=rank, kind=kind))
    for name, kind in (("Max", "max"), ("Average", "mean"))
    for rank in (1, 2, 3)
}
