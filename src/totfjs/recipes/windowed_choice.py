"""The place of the largest or smallest element of moving windows: what it holds elsewhere, and what is added there."""

from __future__ import annotations

from functools import reduce

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.slicing import pad, slice_axes
from totfjs.recipes.windows import Windows, taps

_KEEPS = {"max": "GreaterEqual", "min": "LessEqual"}


def gathered(values: Tensor, keys: Tensor, windows: Windows, kind: str) -> Tensor:
    """The value at the place of the `max` or `min` key of each window, the first of equals; 0 where all is padding."""
    pairs = zip(_keys(keys, windows, kind), taps(values, windows, 0), strict=True)
    rows = [(key, value) for key, (_, value) in pairs]
    return reduce(lambda best, row: _better(best, row, kind), rows)[1]


def scattered(source: Tensor, keys: Tensor, windows: Windows, kind: str, total: Monoid) -> Tensor:
    """For each window, an element of `source` added at the place of its `max` or `min` key, the first of equals."""
    offsets = [offset for offset, _ in taps(keys, windows, 0)]
    numbers = [source.builder.const(number, DType.INT32) for number in range(len(offsets))]
    rows = list(zip(_keys(keys, windows, kind), numbers, strict=True))
    chosen = reduce(lambda best, row: _better(best, row, kind), rows)[1]
    parts = []
    for number, offset in zip(numbers, offsets, strict=True):
        here = elementwise("Equal", chosen, number) if len(offsets) > 1 else None
        part = source if here is None else select(here, source, source.builder.like(source, 0))
        parts.append(_put_back(part, keys, windows, offset))
    return reduce(total.combine, parts)


def _keys(keys: Tensor, windows: Windows, kind: str) -> list[Tensor]:
    return [key for _, key in taps(keys, windows, Monoid(kind).neutral(keys.dtype))]


def _better(best: tuple[Tensor, Tensor], row: tuple[Tensor, Tensor], kind: str) -> tuple[Tensor, Tensor]:
    keeps = elementwise(_KEEPS[kind], best[0], row[0])
    return select(keeps, best[0], row[0]), select(keeps, best[1], row[1])


def _put_back(part: Tensor, keys: Tensor, windows: Windows, offset: tuple[int, ...]) -> Tensor:
    """Elements of windows at one place of theirs, back where they stand in the operand."""
    if any(step != 1 for step in windows.dilation):
        raise OpError("adding back into windows with holes is not supported")
    low, high = [], []
    for axis, (place, step, (before, _)) in enumerate(zip(offset, windows.strides, windows.pads, strict=True)):
        low.append(place - before)
        high.append(keys.shape[axis] - ((part.shape[axis] - 1) * step + 1) - (place - before))
    zero = part.builder.like(part, 0)
    return slice_axes(
        pad(part, zero, low, high, [step - 1 for step in windows.strides]), [0] * part.rank, list(keys.shape)
    )


__all__ = ["gathered", "scattered"]
