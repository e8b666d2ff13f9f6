"""Orders, running totals and the places of extremes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, not_a_number, select
from totfjs.recipes.indexing import Place, gather, iota
from totfjs.recipes.reductions import reduced
from totfjs.recipes.shapes import behind, dim_value, expand, reshape, transpose
from totfjs.recipes.slicing import pad, slice_axes

# Among so many values and more, WebGPU takes any of equals for the first.
_SEARCHED_IN_ORDER = 32


def largest(x: Tensor, count: int | Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The `count` largest along an axis and their places, the largest first. NaN is larger than all numbers."""
    places = _places_of_largest(_key(x), count, axis)
    return along(x, places, axis), places


def smallest(x: Tensor, count: int | Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The `count` smallest along an axis and their places, the smallest first. NaN is larger than all numbers."""
    places = _places_of_largest(_opposite(_key(x)), count, axis)
    return along(x, places, axis), places


def order(keys: Sequence[Tensor], axis: int) -> Tensor:
    """The places that bring the first key in ascending order, equal ones in the order of the next key, and so on.

    What is equal in all keys stays as it was. NaN comes last.
    """
    size = _known(keys[0], axis)
    places = smallest(keys[-1], size, axis)[1]
    for key in reversed(keys[:-1]):
        places = along(places, smallest(along(key, places, axis), size, axis)[1], axis)
    return places


def along(x: Tensor, places: Tensor, axis: int) -> Tensor:
    """The elements of `x` at places along an axis; the places have the dims of `x` but for that axis."""
    builder, rank = x.builder, x.rank
    if not rank or places.shape[axis] == 0:
        return x if not rank else slice_axes(x, [0] * rank, places.shape)
    others = [
        Place(index, expand(iota(builder, size), [index], rank), 1)
        for index, size in enumerate(x.shape)
        if index != axis and size != 1
    ]
    found = sorted([*others, Place(axis, places, 1)], key=lambda item: item.axis)
    if x.dtype is DType.BOOL:
        numbers = gather(elementwise("Cast", x, DstT=DType.INT32), found, places.shape)
        return reshape(elementwise("NotEqual", numbers, builder.like(numbers, 0)), places.shape)
    return reshape(gather(x, found, places.shape), places.shape)


def _key(x: Tensor) -> Tensor:
    """Numbers in the same order, of which none is NaN or infinite, for the runtime cannot place these.

    It takes differences, and ∞ - ∞ is NaN. Halves of floats leave room; only subnormal numbers may become equal.
    """
    if x.dtype is DType.BOOL:
        return elementwise("Cast", x, DstT=DType.INT32)
    if x.dtype is not DType.FLOAT32:
        return x
    half = elementwise("Mul", x, x.builder.like(x, 0.5))
    bounded = elementwise("ClipByValue", half, x.builder.like(x, -(2.0**127)), x.builder.like(x, 2.0**127))
    missing = elementwise("AddV2", x.builder.op("ZerosLike", x), x.builder.like(x, 1.5 * 2.0**127))
    return select(not_a_number(x), missing, bounded)


def _places_of_largest(key: Tensor, count: int | Tensor, axis: int) -> Tensor:
    order = _last(key.rank, axis)
    places = key.builder.ops("TopKV2", transpose(key, order), count)[1]
    return transpose(places, [order.index(index) for index in range(key.rank)])


def place_of_extreme(x: Tensor, axis: int, op: str, nan: bool = True) -> Tensor:
    """The first place of the largest (ArgMax) or smallest (ArgMin); of the first NaN, if there may be one."""
    axis %= x.rank
    if x.dtype is DType.BOOL:
        x = x.builder.op("Cast", x, DstT=DType.FLOAT32)
        nan = False
    nan = nan and x.dtype is DType.FLOAT32
    if _few(x, axis):
        places = _place(op, x, axis)
        missing = not_a_number(x) if nan else None
        return places if missing is None else select(reduced("Any", missing, [axis]), first_true(missing, axis), places)
    peak = reduced({"ArgMax": "Max", "ArgMin": "Min"}[op], x, [axis], keep_dims=True)
    found = elementwise("Equal", x, peak)
    return first_true(elementwise("LogicalOr", found, not_a_number(x)) if nan else found, axis)


def first_true(found: Tensor, axis: int) -> Tensor:
    """The first place along an axis where a bool holds, and any where there is none."""
    if _few(found, axis):
        return _place("ArgMax", found.builder.op("Cast", found, DstT=DType.FLOAT32), axis)
    builder, size = found.builder, found.shape[axis]
    places = builder.op("Cast", iota(builder, size), DstT=DType.FLOAT32)
    last = builder.op("Cast", dim_value(builder, size - 1), DstT=DType.FLOAT32)
    kept = select(found, expand(places, [axis], found.rank), last)
    return builder.op("Cast", builder.op("Min", kept, [axis]), DstT=DType.INT32)


def _few(x: Tensor, axis: int) -> bool:
    """Whether the runtime's own search gives the first of equals: on WebGPU it does for so few."""
    size = x.shape[axis]
    return isinstance(size, int) and size < _SEARCHED_IN_ORDER


def _place(op: str, x: Tensor, axis: int) -> Tensor:
    if x.rank == 1:  # of which WebGPU makes a vector
        return reshape(x.builder.op(op, reshape(x, (1, x.shape[0])), 1), ())
    if x.dtype is DType.INT32 and x.rank > 2 and axis != x.rank - 1:
        places = behind(x, axis, axis + 1, lambda rows: reshape(x.builder.op(op, rows, 1), (rows.shape[0], 1)))
        return reshape(places, tuple(size for index, size in enumerate(x.shape) if index != axis))
    return x.builder.op(op, x, axis)


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
