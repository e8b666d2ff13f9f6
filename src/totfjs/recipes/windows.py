"""Totals over moving windows, along any axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product as cross

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.pools import Pool, fits, maxima, sums
from totfjs.recipes.reductions import reduce_axes
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import pad, slice_axes


@dataclass(frozen=True)
class Windows:
    """A window for each axis of the operand."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[tuple[Size, Size], ...]
    dilation: tuple[int, ...]

    @property
    def axes(self) -> list[int]:
        """The axes along which anything happens."""
        rows = zip(self.sizes, self.strides, self.pads, strict=True)
        return [axis for axis, (size, step, pads) in enumerate(rows) if size != 1 or step != 1 or pads != (0, 0)]

    def only(self, axes: Sequence[int]) -> Windows:
        """These windows along some of the axes."""
        return Windows(
            tuple(size if axis in axes else 1 for axis, size in enumerate(self.sizes)),
            tuple(step if axis in axes else 1 for axis, step in enumerate(self.strides)),
            tuple(pair if axis in axes else (0, 0) for axis, pair in enumerate(self.pads)),
            tuple(step if axis in axes else 1 for axis, step in enumerate(self.dilation)),
        )


def reduce_windows(x: Tensor, windows: Windows, monoid: Monoid) -> Tensor:
    """The total of each window; what is padded does not count."""
    whole = [axis for axis in windows.axes if _is_whole(x, windows, axis)]
    if whole:
        kept = tuple(1 if axis in whole else size for axis, size in enumerate(x.shape))
        rest = windows.only([axis for axis in windows.axes if axis not in whole])
        return reduce_windows(reshape(reduce_axes(x, whole, monoid), kept), rest, monoid)
    if monoid.kind == "min" and x.dtype is DType.FLOAT32:
        return _negated(reduce_windows(_negated(x), windows, Monoid("max")))
    axes = windows.axes
    if not axes:
        return x
    first = _pooling(x, windows, monoid)
    if len(axes) > max(len(first), 1):  # a window of many axes is a window of windows
        now = first or axes[:1]
        rest = windows.only([axis for axis in axes if axis not in now])
        return reduce_windows(reduce_windows(x, windows.only(now), monoid), rest, monoid)
    return _pooled(x, windows, first, monoid.kind) if first else _shifted(x, windows, monoid)


def _is_whole(x: Tensor, windows: Windows, axis: int) -> bool:
    """Whether there is one window along an axis, which is all of it."""
    size = x.shape[axis]
    if not isinstance(size, int) or windows.pads[axis] != (0, 0) or not size:
        return False
    return windows.sizes[axis] == size and windows.dilation[axis] == 1


def _pooling(x: Tensor, windows: Windows, monoid: Monoid) -> list[int]:
    """The axes of windows for one pool: two, or one; none where there is no pool for it."""
    if x.dtype is not DType.FLOAT32 or monoid.kind not in ("max", "sum") or any(n != 1 for n in windows.dilation):
        return []
    for axes in (windows.axes[:2], windows.axes[:1]):
        channels = dims.product([x.shape[axis] for axis in range(x.rank) if axis not in axes][1:])
        if fits([windows.sizes[axis] for axis in axes], channels) or (len(axes) == 1 and isinstance(channels, int)):
            return axes
    return []


def _pooled(x: Tensor, windows: Windows, axes: list[int], kind: str) -> Tensor:
    """A pool over the two spatial dims of an image; one window axis is an image of height 1."""
    rest = [axis for axis in range(x.rank) if axis not in axes]
    order = [*rest[:1], *axes, *rest[1:]]
    back = [order.index(axis) for axis in range(x.rank)]
    image = transpose(x, order)
    spatial = image.shape[len(rest[:1]) : len(rest[:1]) + len(axes)]
    shape = (*(image.shape[:1] if rest else (1,)), *((1,) * (2 - len(axes))), *spatial)
    image = reshape(image, (*shape, dims.product(x.shape[axis] for axis in rest[1:])))
    result = (maxima if kind == "max" else sums)(image, _spatial(windows, axes))
    kept = result.shape[3 - len(axes) : 3]
    shape = (*(x.shape[axis] for axis in rest[:1]), *kept, *(x.shape[axis] for axis in rest[1:]))
    return transpose(reshape(result, shape), back)


def _spatial(windows: Windows, axes: list[int]) -> Pool:
    missing = 2 - len(axes)
    step = windows.strides[axes[0]] if missing else 1
    return Pool(
        (*((1,) * missing), *(windows.sizes[axis] for axis in axes)),
        (*((step,) * missing), *(windows.strides[axis] for axis in axes)),
        (*(((0, 0),) * missing), *(windows.pads[axis] for axis in axes)),
    )


def _shifted(x: Tensor, windows: Windows, monoid: Monoid) -> Tensor:
    """One strided slice for each place in the window, combined."""
    return reduce(monoid.combine, (values for _, values in taps(x, windows, monoid.neutral(x.dtype))))


def taps(x: Tensor, windows: Windows, filler: float) -> Iterator[tuple[tuple[int, ...], Tensor]]:
    """For each place in the window, the element of every window that stands there."""
    low, high = zip(*windows.pads, strict=True)
    padded = pad(x, x.builder.const(filler, x.dtype), low, high, [0] * x.rank)
    for offset in cross(*(range(size) for size in windows.sizes)):
        yield offset, _slice_at(padded, offset, windows)


def _slice_at(x: Tensor, offset: Sequence[int], windows: Windows) -> Tensor:
    rows = zip(offset, windows.sizes, windows.strides, windows.dilation, x.shape, strict=True)
    starts: list[Size] = []
    stops: list[Size] = []
    for place, size, step, dilation, length in rows:
        count = dims.floordiv(length - ((size - 1) * dilation + 1), step) + 1
        starts.append(place * dilation)
        stops.append((count - 1) * step + (place * dilation + 1))
    return slice_axes(x, starts, stops, windows.strides)


def _negated(x: Tensor) -> Tensor:
    return x.builder.op("Neg", x)


__all__ = ["Windows", "reduce_windows", "taps"]
