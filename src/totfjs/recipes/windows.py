"""Totals over moving windows, along any axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product as cross
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.convolution import is_same
from totfjs.recipes.monoids import Monoid
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
    if monoid.kind == "min" and x.dtype is DType.FLOAT32:
        return _negated(reduce_windows(_negated(x), windows, Monoid("max")))
    axes = windows.axes
    pools = x.dtype is DType.FLOAT32 and monoid.kind in ("max", "sum") and all(n == 1 for n in windows.dilation)
    if len(axes) > (2 if pools else 1):  # a window of many axes is a window of windows
        first = axes[:2] if pools else axes[:1]
        rest = windows.only([axis for axis in axes if axis not in first])
        return reduce_windows(reduce_windows(x, windows.only(first), monoid), rest, monoid)
    if not axes:
        return x
    return _pooled(x, windows, axes, monoid.kind) if pools else _shifted(x, windows, monoid)


def _pooled(x: Tensor, windows: Windows, axes: list[int], kind: str) -> Tensor:
    """A pool over the two spatial dims of an image; one window axis is an image of height 1."""
    rest = [axis for axis in range(x.rank) if axis not in axes]
    order = [*rest[:1], *axes, *rest[1:]]
    back = [order.index(axis) for axis in range(x.rank)]
    image = transpose(x, order)
    spatial = image.shape[len(rest[:1]) : len(rest[:1]) + len(axes)]
    shape = (*(image.shape[:1] if rest else (1,)), *((1,) * (2 - len(axes))), *spatial)
    image = reshape(image, (*shape, dims.product(x.shape[axis] for axis in rest[1:])))
    result = _pool(image, _spatial(windows, axes), kind)
    kept = result.shape[3 - len(axes) : 3]
    shape = (*(x.shape[axis] for axis in rest[:1]), *kept, *(x.shape[axis] for axis in rest[1:]))
    return transpose(reshape(result, shape), back)


def _spatial(windows: Windows, axes: list[int]) -> Windows:
    missing = 2 - len(axes)
    step = windows.strides[axes[0]] if missing else 1
    return Windows(
        (*((1,) * missing), *(windows.sizes[axis] for axis in axes)),
        (*((step,) * missing), *(windows.strides[axis] for axis in axes)),
        (*(((0, 0),) * missing), *(windows.pads[axis] for axis in axes)),
        (1, 1),
    )


def _pool(image: Tensor, windows: Windows, kind: str) -> Tensor:
    neutral = image.builder.const(-np.inf if kind == "max" else 0.0, DType.FLOAT32)
    attrs: dict[str, Any] = {"ksize": (1, *windows.sizes, 1), "strides": (1, *windows.strides, 1)}
    same = is_same(image.shape[1:3], windows.sizes, windows.strides, windows.pads)
    padded = any(count != 0 for pair in windows.pads for count in pair)
    if kind == "max" and padded and same:
        return image.builder.op("MaxPool", image, padding="SAME", **attrs)
    if kind == "max" and _covered(windows) and _never_negative(image):
        neutral = image.builder.const(0.0, DType.FLOAT32)  # no backend pads with -inf right, and zeros win nothing here
    low, high = zip((0, 0), *windows.pads, (0, 0), strict=True)
    image = pad(image, neutral, low, high, [0, 0, 0, 0])
    if kind == "max":
        return image.builder.op("MaxPool", image, padding="VALID", **attrs)
    return image.builder.op("AvgPool", image, padding="VALID", **attrs) * float(np.prod(windows.sizes))


def _covered(windows: Windows) -> bool:
    """Whether every window holds something that is not padding."""
    counts = zip(windows.sizes, windows.pads, strict=True)
    return all(isinstance(count, int) and count < size for size, pair in counts for count in pair)


def _never_negative(x: Tensor) -> bool:
    node = x.builder.nodes[x.value.node]
    while node.op in ("Reshape", "Transpose"):
        node = x.builder.nodes[node.inputs[0].node]
    return node.op in ("Relu", "Relu6", "Sigmoid", "Softmax", "Abs", "Square", "Exp")


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
