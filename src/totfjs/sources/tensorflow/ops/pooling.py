"""Pools: the largest or the mean value of each window."""

from __future__ import annotations

from functools import partial

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.image_pools import means, pool
from totfjs.recipes.windows import Windows
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats, in_order, numbers, pads
from totfjs.sources.tensorflow.use import Use


def windows(use: Use, x: Tensor, sizes: tuple[int, ...], strides: tuple[int, ...]) -> Windows:
    """How windows of a node move over `x`, whose channels are last."""
    if sizes[0] != 1 or strides[0] != 1:
        raise OpError("its windows have to be of one element of the batch")
    if sizes[-1] != 1 and use.text("padding") != "VALID":
        if sizes[-1] != strides[-1] or not isinstance(x.shape[-1], int) or x.shape[-1] % sizes[-1]:
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


def _ranked(x: Tensor, rank: int) -> Tensor:
    if x.rank != rank:
        raise OpError(f"its operand has {x.rank} dims where it takes {rank}")
    return x


OPS: dict[str, Row] = {
    "MaxPool": Op(partial(_largest, rank=4), integers=True),
    "MaxPoolV2": Op(_largest_by_operands, integers=True),
    "MaxPool3D": partial(_largest, rank=5),
    "AvgPool": partial(_mean, rank=4),
    "AvgPool3D": partial(_mean, rank=5),
}
