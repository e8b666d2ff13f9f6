"""Orders, running totals and the places of extremes."""

from __future__ import annotations

from collections.abc import Callable

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, not_a_number, select
from totfjs.recipes.shapes import transpose
from totfjs.recipes.slicing import pad, slice_axes


def largest(x: Tensor, count: int, axis: int) -> tuple[Tensor, Tensor]:
    """The `count` largest along an axis and their places, the largest first."""
    order = _last(x.rank, axis)
    values, places = x.builder.ops("TopKV2", transpose(x, order), count)
    back = [order.index(index) for index in range(x.rank)]
    return transpose(values, back), transpose(places, back)


def ascending(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """`x` in ascending order along an axis, and where each element was."""
    values, places = largest(_opposite(x), _known(x, axis), axis)
    return _opposite(values), places


def place_of_extreme(x: Tensor, axis: int, op: str) -> Tensor:
    """The first place of the largest (ArgMax) or smallest (ArgMin); of the first NaN, if there is one."""
    builder = x.builder
    if x.dtype is DType.BOOL:
        x = builder.op("Cast", x, DstT=DType.INT32)
    places = builder.op(op, x, axis)
    if x.dtype is not DType.FLOAT32:
        return places
    missing = not_a_number(x)
    first = builder.op("ArgMax", builder.op("Cast", missing, DstT=DType.FLOAT32), axis)
    return select(builder.op("Any", missing, [axis]), first, places)


def running(x: Tensor, axis: int, reverse: bool, combine: Callable[[Tensor, Tensor], Tensor], neutral: float) -> Tensor:
    """Running totals for any associative `combine`, in as many steps as the length has bits."""
    size, shift = _known(x, axis), 1
    filler = x.builder.const(neutral, x.dtype)
    while shift < size:
        low = [0 if reverse or index != axis else shift for index in range(x.rank)]
        high = [shift if reverse and index == axis else 0 for index in range(x.rank)]
        moved = pad(x, filler, low, high, [0] * x.rank)
        starts = [shift if reverse and index == axis else 0 for index in range(x.rank)]
        moved = slice_axes(moved, starts, [start + dim for start, dim in zip(starts, x.shape, strict=True)])
        x = combine(x, moved)
        shift *= 2
    return x


def _last(rank: int, axis: int) -> list[int]:
    return [*(index for index in range(rank) if index != axis), axis]


def _known(x: Tensor, axis: int) -> int:
    size: Size = x.shape[axis]
    if not isinstance(size, int):
        raise OpError(f"the length {size} of the axis has to be known")
    return size


def _opposite(x: Tensor) -> Tensor:
    """What comes in the opposite order; no integer is lost to it."""
    return elementwise("Sub", x.builder.like(x, -1), x) if x.dtype is DType.INT32 else elementwise("Neg", x)
