"""Layers that move, repeat, cut and pad elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.rules.core import identity
from totfjs.sources.keras.browser.spatial import added, as_image, channels_last, padded, product, reshaped, sizes
from totfjs.sources.keras.browser.use import Use


def _typed(use: Use, flow: Flow) -> Flow:
    """The result with the dtype of the input, which Keras keeps."""
    return replace(flow, dtype=use.x.dtype)


def _flatten(use: Use) -> Flow:
    x = use.x
    if use.get("data_format", "channels_last") == "channels_first" and x.rank > 2:
        x = use.emit("Permute", x, (x.shape[0], *x.shape[2:], x.shape[1]), "last", dims=[*range(2, x.rank), 1])
    size = product(*x.shape[1:])
    if x.rank == 2:
        return identity(use)
    if size is None:
        return _typed(use, reshaped(use, x, (None,), ""))
    return _typed(use, use.emit("Flatten", x, (x.shape[0], size)))


def _permute(use: Use) -> Flow:
    x, order = use.x, list(use.get("dims"))
    shape = (x.shape[0], *(x.shape[axis] for axis in order))
    return _typed(use, use.emit("Permute", x, shape, dims=order))


def _reshape(use: Use) -> Flow:
    x = use.x
    target: list[int | None] = [None if size in (-1, None) else int(size) for size in use.get("target_shape")]
    total, known = product(*x.shape[1:]), product(*(size for size in target if size is not None))
    if total is not None and known:
        target = [total // known if size is None else size for size in target]
    if tuple(target) == x.shape[1:]:
        return identity(use)
    return _typed(use, reshaped(use, x, target, ""))


def _repeat_vector(use: Use) -> Flow:
    x, count = use.x, use.get("n")
    return _typed(use, use.emit("RepeatVector", x, (x.shape[0], count, x.shape[1]), n=count))


def _pairs(use: Use, key: str, rank: int, default: int) -> list[list[int]]:
    """How much at both ends of each spatial dim."""
    value: Any = use.get(key, default)
    if isinstance(value, int):
        value = [value] * rank
    elif rank == 1 and len(value) == 2 and all(isinstance(item, int) for item in value):
        value = [value]
    elif rank == 2 and len(value) == 4:
        value = [value[:2], value[2:]]
    pairs = [[item, item] if isinstance(item, int) else [int(end) for end in item] for item in value]
    if len(pairs) != rank or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise Obstacle(f"its {key} is {value}")
    return pairs


# Adds zeros to an image, or cuts it, at both ends of rows and columns.
_Edges = Callable[[Use, Flow, Sequence[Sequence[int]], str], Flow]


def _cropped(use: Use, x: Flow, edges: Sequence[Sequence[int]], part: str) -> Flow:
    spatial = [added(size, -sum(pair)) for size, pair in zip(x.shape[1:3], edges, strict=True)]
    if any(size is None or size < 1 for size in spatial):
        raise Obstacle("it crops dims that are dynamic, or all of one")
    shape = (x.shape[0], *spatial, x.shape[3])
    return use.emit("Cropping2D", x, shape, part, cropping=[list(pair) for pair in edges], data_format="channels_last")


def _volume(use: Use, x: Flow, edges: Sequence[Sequence[int]], rule: _Edges) -> Flow:
    """Edges of a volume: depth and rows as those of an image whose columns are rows, then columns by themselves."""
    depth, rows, columns, channels = x.shape[1:]
    if columns is None or rows is None or channels is None:
        raise Obstacle("it has dims that are dynamic")
    wide = [[edge * columns for edge in edges[1]], edges[2]]
    flat = reshaped(use, x, (depth, rows * columns, channels), "rows")
    flat = rule(use, flat, [edges[0], wide[0]], "depth")
    depth, rows = flat.shape[1], (flat.shape[2] or 0) // columns
    image = reshaped(use, flat, (product(depth, rows), columns, channels), "columns")
    image = rule(use, image, [[0, 0], edges[2]], "width")
    return reshaped(use, image, (depth, rows, image.shape[2], channels), "volume")


def _edged(rank: int, key: str, default: int, rule: _Edges) -> Callable[[Use], Flow]:
    def drawn(use: Use, x: Flow) -> Flow:
        edges = _pairs(use, key, rank, default)
        if rank == 1:
            return as_image(use, x, lambda image: rule(use, image, [*edges, [0, 0]], ""))
        return rule(use, x, edges, "") if rank == 2 else _volume(use, x, edges, rule)

    return lambda use: _typed(use, channels_last(use, use.x, lambda x: drawn(use, x)))


def _repeats(count: int, sizes: Sequence[int]) -> bool:
    """Whether TensorFlow.js, which multiplies each place by in/out and rounds down, finds the right one."""
    for size in sizes:
        places = np.arange(size * count)
        for kind in (np.float32, np.float64):
            scale = np.divide(size, size * count, dtype=kind)
            if (np.floor(np.multiply(places.astype(kind), scale, dtype=kind)) != places // count).any():
                return False
    return True


def _up_sampled(use: Use, x: Flow, times: Sequence[int], part: str = "") -> Flow:
    for size, count in zip(x.shape[1:3], times, strict=True):
        if not _repeats(count, range(1, 65) if size is None else [size]):
            raise Obstacle("TensorFlow.js rounds to wrong places at this size")
    shape = (x.shape[0], *(product(size, count) for size, count in zip(x.shape[1:3], times, strict=True)), x.shape[3])
    return use.emit("UpSampling2D", x, shape, part, size=list(times), interpolation="nearest",
                    data_format="channels_last")  # fmt: skip


def _up_sampling(rank: int) -> Callable[[Use], Flow]:
    def drawn(use: Use, x: Flow) -> Flow:
        times = sizes(use, "size", rank, 2)
        if use.get("interpolation", "nearest") != "nearest":
            raise Obstacle("tfjs-layers resizes by corners of pixels, Keras by their centres")
        if rank == 1:
            return as_image(use, x, lambda image: _up_sampled(use, image, [*times, 1]))
        return _up_sampled(use, x, times) if rank == 2 else _up_sampled_volume(use, x, times)

    return lambda use: _typed(use, channels_last(use, use.x, lambda x: drawn(use, x)))


def _up_sampled_volume(use: Use, x: Flow, times: Sequence[int]) -> Flow:
    depth, rows, columns, channels = x.shape[1:]
    flat = reshaped(use, x, (depth, product(rows, columns), channels), "rows")
    flat = _up_sampled(use, flat, [times[0], 1], "depth")
    image = reshaped(use, flat, (product(flat.shape[1], rows), columns, channels), "columns")
    image = _up_sampled(use, image, times[1:], "width")
    return reshaped(use, image, (flat.shape[1], product(rows, times[1]), image.shape[2], channels), "volume")


LAYERS = {
    "Flatten": _flatten,
    "Permute": _permute,
    "Reshape": _reshape,
    "RepeatVector": _repeat_vector,
    **{f"ZeroPadding{rank}D": _edged(rank, "padding", 1, padded) for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": _edged(rank, "cropping", 0 if rank == 2 else 1, _cropped) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": _up_sampling(rank) for rank in (1, 2, 3)},
}
