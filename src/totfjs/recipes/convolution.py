"""Convolutions in the general form: any layout, 1 to 3 dims, groups, strides, dilations of kernel and input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import every, pad, slice_axes, spread

Pads = tuple[tuple[Size, Size], ...]


@dataclass(frozen=True)
class Window:
    """How a kernel moves over the spatial dims."""

    strides: tuple[int, ...]
    pads: Pads
    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The number of spatial dims."""
        return len(self.strides)


def batch_grouped(x: Tensor, kernel: Tensor, window: Window, groups: int) -> Tensor:
    """A convolution of each group of the batch with its share of the outputs, side by side in the channels."""
    if groups == 1:
        return convolution(x, kernel, window)
    parts = zip(_split(x, groups, 0), _split(kernel, groups, kernel.rank - 1), strict=True)
    return x.builder.op("ConcatV2", *(convolution(*part, window) for part in parts), x.rank - 1)


def convolution(x: Tensor, kernel: Tensor, window: Window, groups: int = 1) -> Tensor:
    """The cross-correlation of `x` (N, spatial…, C) with a kernel (spatial…, C / groups, O)."""
    zero = x.builder.like(x, 0)
    if 0 in x.shape:  # which WebGPU cannot take
        return broadcast_to(zero, _shape(x, kernel, window))
    for axis, factor in enumerate(window.input_dilation):
        x = spread(x, zero, axis + 1, factor - 1) if factor > 1 else x
    window = replace(window, input_dilation=(1,) * window.rank)
    if window.rank == 0 or window.rank > 3:
        return _degenerate(x, kernel, window)
    if window.rank == 1:
        return _one_dimensional(x, kernel, window, groups)
    x, window = _cropped(x, window)
    if any(step > 1 for step in window.strides) and any(step > 1 for step in window.dilation):
        return _dense_then_strided(x, kernel, window, groups)
    return _grouped(x, kernel, window, groups)


def _shape(x: Tensor, kernel: Tensor, window: Window) -> Shape:
    """The shape of the result."""
    sizes: list[Size] = []
    for axis, step in enumerate(window.strides):
        size = dims.maximum((x.shape[axis + 1] - 1) * window.input_dilation[axis] + 1, 0)
        reach = (kernel.shape[axis] - 1) * window.dilation[axis] + 1
        sizes.append(dims.maximum(dims.floordiv(size + sum(window.pads[axis]) - reach, step) + 1, 0))
    return (x.shape[0], *sizes, kernel.shape[-1])


def _degenerate(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    if window.rank == 0:
        return x.builder.op("MatMul", x, kernel)
    raise OpError(f"TensorFlow.js convolves over at most 3 dims, not {window.rank}")


def _one_dimensional(x: Tensor, kernel: Tensor, window: Window, groups: int) -> Tensor:
    """A line is an image of height 1."""
    flat = reshape(x, (x.shape[0], 1, *x.shape[1:]))
    wide = Window((1, *window.strides), ((0, 0), *window.pads), (1, *window.dilation), (1, 1))
    if window.strides[0] > 1:  # some backends want equal strides
        wide = replace(wide, strides=(window.strides[0],) * 2)
    result = convolution(flat, reshape(kernel, (1, *kernel.shape)), wide, groups)
    return reshape(result, (result.shape[0], *result.shape[2:]))


def _cropped(x: Tensor, window: Window) -> tuple[Tensor, Window]:
    """Negative padding cuts the input."""
    if not any(isinstance(count, int) and count < 0 for pair in window.pads for count in pair):
        return x, window
    rows = ((0, 0), *window.pads, (0, 0))
    low, high = ([min(count, 0) if isinstance(count, int) else 0 for count in side] for side in zip(*rows, strict=True))
    cut = pad(x, x.builder.like(x, 0), low, high, [0] * x.rank)
    kept = tuple(tuple(c if isinstance(c, Dim) else max(c, 0) for c in pair) for pair in window.pads)
    return cut, replace(window, pads=kept)  # type: ignore[arg-type]


def _dense_then_strided(x: Tensor, kernel: Tensor, window: Window, groups: int) -> Tensor:
    """The runtime takes either strides or dilations: computes every place and keeps each `stride`-th."""
    strides = window.strides
    if _is_symbolic(window):  # SAME depends on the stride, which is taken away
        x, window = _pad_spatial(x, window.pads), replace(window, pads=((0, 0),) * window.rank)
    result = _grouped(x, kernel, replace(window, strides=(1,) * window.rank), groups)
    for axis, step in enumerate(strides):
        result = every(result, axis + 1, step) if step > 1 else result
    return result


def _grouped(x: Tensor, kernel: Tensor, window: Window, groups: int) -> Tensor:
    channels, outputs = x.shape[-1], kernel.shape[-1]
    if groups == 1:
        return _plain(x, kernel, window)
    if groups == channels and window.rank == 2 and isinstance(outputs, int):
        depthwise = reshape(kernel, (*kernel.shape[:2], groups, outputs // groups))
        return x.builder.op(
            "DepthwiseConv2dNative", *_padded(x, kernel, window, depthwise), **_attrs(x, kernel, window)
        )
    parts = zip(_split(x, groups, x.rank - 1), _split(kernel, groups, kernel.rank - 1), strict=True)
    return x.builder.op("ConcatV2", *(_plain(*part, window) for part in parts), x.rank - 1)


def _split(x: Tensor, groups: int, axis: int) -> tuple[Tensor, ...]:
    size = x.shape[axis]
    if not isinstance(size, int):
        raise OpError("the size of what is grouped has to be known")
    return x.builder.ops("SplitV", x, [size // groups] * groups, axis)


def _plain(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    if window.rank == 3:
        x = _pad_spatial(x, window.pads)
        attrs: dict[str, Any] = {
            "strides": (1, *window.strides, 1),
            "dilations": (1, *window.dilation, 1),
            "padding": "VALID",
        }
        return x.builder.op("Conv3D", x, kernel, **attrs)
    return x.builder.op("Conv2D", *_padded(x, kernel, window, kernel), **_attrs(x, kernel, window))


def _padded(x: Tensor, kernel: Tensor, window: Window, filters: Tensor) -> tuple[Tensor, Tensor]:
    """Paddings that are not constants and not those of SAME are carried out first."""
    if _is_symbolic(window) and not _is_same(x, kernel, window):
        return _pad_spatial(x, window.pads), filters
    return x, filters


def _attrs(x: Tensor, kernel: Tensor, window: Window) -> dict[str, Any]:
    attrs: dict[str, Any] = {
        "strides": (1, *window.strides, 1),
        "dilations": (1, *window.dilation, 1),
        "padding": "VALID",
    }
    if _is_symbolic(window):
        return {**attrs, "padding": "SAME"} if _is_same(x, kernel, window) else attrs
    if any(count for pair in window.pads for count in pair):
        flat = tuple(count for pair in ((0, 0), *window.pads, (0, 0)) for count in pair)
        return {**attrs, "padding": "EXPLICIT", "explicit_paddings": flat}
    return attrs


def _pad_spatial(x: Tensor, pads: Pads) -> Tensor:
    low, high = zip(*((0, 0), *pads, (0, 0)), strict=True)
    return pad(x, x.builder.like(x, 0), low, high, [0] * x.rank)


def _is_symbolic(window: Window) -> bool:
    return any(isinstance(count, Dim) for pair in window.pads for count in pair)


def _is_same(x: Tensor, kernel: Tensor, window: Window) -> bool:
    reach = [(int(k) - 1) * d + 1 for k, d in zip(kernel.shape, window.dilation, strict=False) if isinstance(k, int)]
    return is_same(x.shape[1:-1], reach, window.strides, window.pads)


def is_same(sizes: Sequence[Size], reach: Sequence[int], strides: Sequence[int], pads: Pads) -> bool:
    """Whether a padding is that which TensorFlow calls SAME, tried for many sizes of the dynamic dims.

    Not where windows stop short of the end: wasm then computes zeros.
    """
    names = {name for size in sizes if isinstance(size, Dim) for name in size.symbols}
    if any(isinstance(count, Dim) and not count.symbols <= names for pair in pads for count in pair):
        return False
    trials = range(1, 98) if names else (1,)
    return all(_is_same_for(dict.fromkeys(names, trial), sizes, reach, strides, pads) for trial in trials)


def _is_same_for(
    trial: dict[str, int], sizes: Sequence[Size], reach: Sequence[int], strides: Sequence[int], pads: Pads
) -> bool:
    for size, length, step, (low, high) in zip(sizes, reach, strides, pads, strict=True):
        number = dims.evaluate(size, trial)
        total = (-(-number // step) - 1) * step + length - number
        if total < 0 and max(reach) > 1:
            return False
        total = max(total, 0)
        if (dims.evaluate(low, trial), dims.evaluate(high, trial)) != (total // 2, total - total // 2):
            return False
    return True


def same(size: Size, extent: int, step: int) -> tuple[Size, Size]:
    """The padding that gives a window for each `step` places; the odd one comes last."""
    if extent == 1:
        return 0, 0
    windows = dims.floordiv(size + (step - 1), step)
    total = dims.maximum((windows - 1) * step + extent - size, 0)
    before = dims.floordiv(total, 2)
    return before, total - before


def to_layout(x: Tensor, spec: Sequence[int]) -> Tensor:
    """`x`, whose axes are (batch, channels, spatial…) at `spec`, as (batch, spatial…, channels)."""
    return transpose(x, [spec[0], *spec[2:], spec[1]])


def from_layout(x: Tensor, spec: Sequence[int]) -> Tensor:
    """The way back."""
    places = [spec[0], *spec[2:], spec[1]]
    return transpose(x, [places.index(axis) for axis in range(x.rank)])


def kernel_layout(kernel: Tensor, spec: Sequence[int]) -> Tensor:
    """A kernel, whose axes are (outputs, inputs, spatial…) at `spec`, as (spatial…, inputs, outputs)."""
    return transpose(kernel, [*spec[2:], spec[1], spec[0]])


__all__ = [
    "Window",
    "batch_grouped",
    "convolution",
    "from_layout",
    "is_same",
    "kernel_layout",
    "same",
    "slice_axes",
    "to_layout",
]
