"""Totals over windows of lines, images and volumes (batch, space…, channels), which stay where they are in memory."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.pools import Pool, fits, maxima, sums
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.recipes.windows import Windows, reduce_windows


def pool(x: Tensor, windows: Windows, kind: str) -> Tensor:
    """The `max` or `sum` of each window; what is padded does not count."""
    if x.dtype is not DType.FLOAT32 or not _is_spatial(x, windows) or any(_is_whole(x, windows)):
        return reduce_windows(x, windows, Monoid(kind))
    return _OVER[x.rank](x, windows, kind)


def means(x: Tensor, windows: Windows) -> Tensor:
    """The mean of each window; what is padded does not count."""
    return elementwise("RealDiv", pool(x, windows, "sum"), _counts(x, windows))


def _counts(x: Tensor, windows: Windows) -> Tensor:
    """How many places each window has: those of the padding do not count."""
    if not any(size != 0 for pair in windows.pads for size in pair):
        return x.builder.const(float(np.prod(windows.sizes)), DType.FLOAT32)
    sizes = tuple(1 if axis in (0, x.rank - 1) else size for axis, size in enumerate(x.shape))
    if all(isinstance(size, int) for size in sizes):
        return x.builder.const(_counted(sizes, windows), DType.FLOAT32)  # type: ignore[arg-type]
    ones = broadcast_to(x.builder.const(np.ones((1,) * x.rank, np.float32)), sizes)
    return pool(ones, windows, "sum")


def _counted(sizes: tuple[int, ...], windows: Windows) -> np.ndarray:
    """The counts of windows over an array of known sizes: a product of those along each axis."""
    result = np.ones((1,) * len(sizes), np.float32)
    for axis, size in enumerate(sizes):
        length, step, pair = windows.sizes[axis], windows.strides[axis], windows.pads[axis]
        inside = np.pad(np.ones(size, np.float32), [int(count) for count in pair])  # type: ignore[arg-type]
        counts = np.lib.stride_tricks.sliding_window_view(inside, length)[::step].sum(-1)
        result = result * counts.reshape([-1 if index == axis else 1 for index in range(len(sizes))])
    return result


def _is_spatial(x: Tensor, windows: Windows) -> bool:
    """Whether windows without holes, small enough for filters, move over one to three dims of space."""
    inside = all(0 < axis < x.rank - 1 for axis in windows.axes) and set(windows.dilation) == {1}
    return inside and x.rank in _OVER and fits(windows.sizes, x.shape[-1])


def _is_whole(x: Tensor, windows: Windows) -> list[bool]:
    """For each axis, whether its only window is all of it: what a reduction does better."""
    rows = zip(x.shape, windows.sizes, windows.pads, strict=True)
    return [size == length != 1 and pads == (0, 0) for size, length, pads in rows]


def _line(x: Tensor, windows: Windows, kind: str) -> Tensor:
    """A line is an image of height 1."""
    step, (size, pads) = windows.strides[1], (windows.sizes[1], windows.pads[1])
    flat = reshape(x, (x.shape[0], 1, *x.shape[1:]))
    result = _pooled(flat, Pool((1, size), (step, step), ((0, 0), pads)), kind)
    return reshape(result, (result.shape[0], *result.shape[2:]))


def _image(x: Tensor, windows: Windows, kind: str) -> Tensor:
    return _pooled(x, Pool(windows.sizes[1:3], windows.strides[1:3], windows.pads[1:3]), kind)


def _volume(x: Tensor, windows: Windows, kind: str) -> Tensor:
    """A volume is a batch of images; then an image whose width is all of theirs."""
    if set(windows.axes) & {2, 3}:
        batch, depth, *image = x.shape
        flat = reshape(x, (batch * depth, *image))
        flat = _pooled(flat, Pool(windows.sizes[2:4], windows.strides[2:4], windows.pads[2:4]), kind)
        x = reshape(flat, (batch, depth, *flat.shape[1:]))
    if 1 not in windows.axes:
        return x
    batch, depth, height, width, channels = x.shape
    flat = reshape(x, (batch, depth, height * width, channels))
    flat = _pooled(flat, Pool((windows.sizes[1], 1), (windows.strides[1], 1), (windows.pads[1], (0, 0))), kind)
    sizes: tuple[Size, ...] = (batch, flat.shape[1], height, width, channels)
    return reshape(flat, sizes)


def _pooled(x: Tensor, moving: Pool, kind: str) -> Tensor:
    return (maxima if kind == "max" else sums)(x, moving)


_OVER = {3: _line, 4: _image, 5: _volume}
__all__ = ["means", "pool"]
