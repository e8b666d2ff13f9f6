"""Attributes that ops over lines, images and volumes share: layouts, strides, paddings."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.convolution import Pads, same
from totfjs.recipes.shapes import transpose
from totfjs.sources.tensorflow.use import Use

_LAST = ("NHWC", "NDHWC", "NWC", "CHANNELS_LAST")
_FIRST = ("NCHW", "NCDHW", "NCW", "CHANNELS_FIRST")


def is_channels_first(use: Use) -> bool:
    """Whether channels come before the dims of space."""
    layout = use.text("data_format", "NHWC")
    if layout not in (*_LAST, *_FIRST):
        raise OpError(f"its data_format {layout} is not supported")
    return layout in _FIRST


def channels_last(use: Use, x: Tensor) -> Tensor:
    """An operand as (batch, space…, channels)."""
    return transpose(x, [0, *range(2, x.rank), 1]) if is_channels_first(use) else x


def as_given(use: Use, x: Tensor) -> Tensor:
    """A result in the layout of the operand."""
    return transpose(x, [0, x.rank - 1, *range(1, x.rank - 1)]) if is_channels_first(use) else x


def floats(use: Use, index: int) -> Tensor:
    """An operand of floats; integers are refused."""
    x = use.tensor(index)
    if x.dtype is not DType.FLOAT32:
        raise OpError("totfjs has no lowering for this op of integers")
    return x


def numbers(use: Use, key: str, rank: int) -> tuple[int, ...]:
    """An attribute with a number for each axis (of the layout of the operand), as (batch, space…, channels)."""
    given = tuple(int(number) for number in use.attr(key, ())) or (1,) * rank
    if len(given) != rank:
        raise OpError(f"its {key} {list(given)} are not for {rank} dims")
    return in_order(use, given)


def in_order(use: Use, given: Sequence[int]) -> tuple[int, ...]:
    """Numbers for each axis of the layout of the operand, as (batch, space…, channels)."""
    return (given[0], *given[2:], given[1]) if is_channels_first(use) else tuple(given)


def spatial(use: Use, key: str, rank: int) -> tuple[int, ...]:
    """An attribute for the dims of space alone."""
    batch, *inner, channels = numbers(use, key, rank)
    if batch != 1 or channels != 1:
        raise OpError(f"its {key} for the batch and the channels have to be 1")
    return tuple(inner)


def pads(use: Use, sizes: Sequence[Size], extents: Sequence[int], strides: Sequence[int]) -> Pads:
    """What `padding` adds before and after each dim of space; `extents` are what windows span."""
    kind = use.text("padding")
    if kind == "VALID":
        return ((0, 0),) * len(sizes)
    if kind == "SAME":
        return tuple(same(*item) for item in zip(sizes, extents, strides, strict=True))
    if kind == "EXPLICIT":
        return _explicit(use, len(sizes))
    raise OpError(f"its padding {kind} is not known")


def _explicit(use: Use, rank: int) -> Pads:
    given = [int(number) for number in use.attr("explicit_paddings", ())]
    if len(given) != 2 * rank + 4:
        raise OpError(f"its explicit_paddings {given} are not for {rank} dims of space")
    low, high = in_order(use, given[::2]), in_order(use, given[1::2])
    if any((low[0], high[0], low[-1], high[-1])):
        raise OpError("the batch or the channels are padded")
    return tuple(zip(low[1:-1], high[1:-1], strict=True))


__all__ = ["as_given", "channels_last", "floats", "in_order", "is_channels_first", "numbers", "pads", "spatial"]
