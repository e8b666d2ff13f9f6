"""Pools: the largest or the mean value in each window, or of all places."""

from __future__ import annotations

from functools import partial

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.convolution import Pads
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.image_pools import means, pool
from totfjs.recipes.shapes import expand
from totfjs.recipes.windows import Windows
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.layers.space import as_given, channels_last, is_channels_first, numbers, pads
from totfjs.sources.keras.use import Flow, Use


def _largest(use: Use, rank: int) -> Tensor:
    x = channels_last(use, rank)
    return as_given(use, pool(x, _windows(use, x), "max"))


def _mean(use: Use, rank: int) -> Tensor:
    x = channels_last(use, rank)
    return as_given(use, means(x, _windows(use, x)))


def _windows(use: Use, x: Tensor) -> Windows:
    rank = x.rank - 2
    sizes = numbers(use, "pool_size", rank, 2)
    strides = sizes if use.config.get("strides") is None else numbers(use, "strides", rank)
    around: Pads = ((0, 0), *pads(use, x.shape[1:-1], sizes, strides), (0, 0))
    return Windows((1, *sizes, 1), (1, *strides, 1), around, (1,) * x.rank)


# --- of all places --------------------------------------------------------------------------------------------------


def _of_all(use: Use, rank: int, op: str) -> Tensor:
    x = use.float(use.x)
    return x.builder.op(op, x, _space(use, rank), keep_dims=_keeps(use))


def _mean_of_steps(use: Use) -> Flow:
    """The mean over time of the steps that the mask lets count; it has no steps, and so no mask."""
    if use.mask is None:
        return Flow(_of_all(use, 1, "Mean"))
    x, (axis,) = use.float(use.x), _space(use, 1)
    there = expand(use.mask, (0, axis), x.rank)
    counts = x.builder.op("Cast", there, DstT=DType.FLOAT32)
    kept = select(there, x, x.builder.like(x, 0)) if use.layer.generation >= 3 else elementwise("Mul", x, counts)
    total, number = (x.builder.op("Sum", item, [axis], keep_dims=_keeps(use)) for item in (kept, counts))
    return Flow(elementwise("RealDiv", total, number))


def _space(use: Use, rank: int) -> list[int]:
    if use.x.rank != rank + 2:
        raise use.refuse(f"its input has {use.x.rank} dims where it takes {rank + 2}")
    return list(range(2, rank + 2) if is_channels_first(use) else range(1, rank + 1))


def _keeps(use: Use) -> bool:
    return bool(use.config.get("keepdims", False))


LAYERS = {
    **{f"MaxPooling{rank}D": Kind(partial(_largest, rank=rank)) for rank in (1, 2, 3)},
    **{f"AveragePooling{rank}D": Kind(partial(_mean, rank=rank)) for rank in (1, 2, 3)},
    **{f"GlobalMaxPooling{rank}D": Kind(partial(_of_all, rank=rank, op="Max")) for rank in (1, 2, 3)},
    "GlobalAveragePooling1D": Kind(_mean_of_steps),
    **{f"GlobalAveragePooling{rank}D": Kind(partial(_of_all, rank=rank, op="Mean")) for rank in (2, 3)},
}
