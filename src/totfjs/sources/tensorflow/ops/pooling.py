"""Pools: the largest or the mean value of each window."""

from __future__ import annotations

from functools import partial, reduce

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.image_pools import means, pool
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.recipes.windows import Windows, taps
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats, in_order, numbers, pads
from totfjs.sources.tensorflow.use import Use


def windows(use: Use, x: Tensor, sizes: tuple[int, ...], strides: tuple[int, ...]) -> Windows:
    """How windows of a node move over `x`, whose channels are last."""
    if sizes[0] != 1 or strides[0] != 1:
        raise OpError("its windows have to be of one element of the batch")
    if sizes[-1] != strides[-1] or (sizes[-1] != 1 and (not isinstance(x.shape[-1], int) or x.shape[-1] % sizes[-1])):
        raise OpError("its windows over channels do not divide them")
    around = pads(use, x.shape[1:-1], sizes[1:-1], strides[1:-1])
    return Windows(sizes, strides, ((0, 0), *around, (0, 0)), (1,) * x.rank)


def _by_attributes(use: Use, x: Tensor) -> Windows:
    return windows(use, x, numbers(use, "ksize", x.rank), numbers(use, "strides", x.rank))


def _largest(use: Use, rank: int) -> Tensor:
    x = channels_last(use, _ranked(use.tensor(0), rank))
    return as_given(use, pool(x, _by_attributes(use, x), "max"))


def _largest_by_operands(use: Use) -> Tensor:
    x = channels_last(use, _ranked(use.tensor(0), 4))
    sizes, strides = (in_order(use, use.integers(index, what)) for index, what in ((1, "ksize"), (2, "strides")))
    return as_given(use, pool(x, windows(use, x, sizes, strides), "max"))


def _mean(use: Use, rank: int) -> Tensor:
    x = channels_last(use, _ranked(floats(use, 0), rank))
    return as_given(use, means(x, _by_attributes(use, x)))


def _largest_with_place(use: Use) -> list[Tensor]:
    """Places count the elements of each image, or of the whole batch; of equal values the first one wins."""
    x = _ranked(use.tensor(0), 4)
    if use.text("T") == "uint32":
        raise OpError("totfjs has no lowering for this op of uint32")
    over = _by_attributes(use, x)
    rows = zip(taps(x, over, 0), taps(_places(use, x), over, -1), strict=True)
    best, place = reduce(_better, ((value, place) for (_, value), (_, place) in rows))
    return [best, broadcast_to(place, best.shape)]


def _better(best: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The larger of two elements and its place; a place of -1 is padding. What is not less stays, NaN too."""
    none = best[1].builder.like(best[1], 0)
    free, there = elementwise("Less", best[1], none), elementwise("GreaterEqual", other[1], none)
    larger = elementwise("LogicalOr", free, elementwise("Less", best[0], other[0]))
    taken = elementwise("LogicalAnd", larger, there)
    return select(taken, other[0], best[0]), select(taken, other[1], best[1])


def _places(use: Use, x: Tensor) -> Tensor:
    """The number of each element."""
    counted = bool(use.attr("include_batch_in_index", False))
    shape = x.shape if counted else (1, *x.shape[1:])
    return reshape(iota(x.builder, dims.product(shape)), shape)


def _ranked(x: Tensor, rank: int) -> Tensor:
    if x.rank != rank:
        raise OpError(f"its operand has {x.rank} dims where it takes {rank}")
    return x


OPS: dict[str, Row] = {
    "MaxPool": Op(partial(_largest, rank=4), integers=True),
    "MaxPoolV2": Op(_largest_by_operands, integers=True),
    "MaxPool3D": partial(_largest, rank=5),
    "MaxPoolWithArgmax": Op(_largest_with_place, outputs=("output", "argmax"), integers=True),
    "AvgPool": partial(_mean, rank=4),
    "AvgPool3D": partial(_mean, rank=5),
}
