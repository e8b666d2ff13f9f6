"""Transposed convolutions: the places of the input are set apart, and a kernel moves over them backwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.shapes import reshape, shape_vector, transpose
from totfjs.recipes.slicing import reverse


def transposed_convolution(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    """`x` (N, spatial…, C), with gaps as wide as the strides, under a flipped kernel (spatial…, O, C).

    The pads of the window are around `x` with its gaps.
    """
    if window.rank == 1:
        return _one_dimensional(x, kernel, window)
    if window.rank == 2 and _fits_the_op(kernel, window):
        return _as_gradient(x, kernel, window)
    spatial = list(range(window.rank))
    turned = transpose(reverse(kernel, spatial), [*spatial, kernel.rank - 1, kernel.rank - 2])
    return convolution(x, turned, replace(window, strides=(1,) * window.rank, input_dilation=window.strides))


def _one_dimensional(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    """A line is an image of height 1."""
    flat = reshape(x, (x.shape[0], 1, *x.shape[1:]))
    wide = Window((1, *window.strides), ((0, 0), *window.pads), (1, *window.dilation), (1, 1))
    result = transposed_convolution(flat, reshape(kernel, (1, *kernel.shape)), wide)
    return reshape(result, (result.shape[0], *result.shape[2:]))


def _fits_the_op(kernel: Tensor, window: Window) -> bool:
    """Whether the op can do it: no dilation, and before the first place no more than the kernel reaches."""
    reach = [size - 1 if isinstance(size, int) else -1 for size in kernel.shape[:2]]
    fits = zip(window.pads, reach, window.strides, strict=True)
    return set(window.dilation) == {1} and all(
        isinstance(low, int) and isinstance(high, int) and low <= most and high - most < stride
        for (low, high), most, stride in fits
    )


def _as_gradient(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    """The gradient of the convolution that would make `x`: its pads are what the kernel reaches beyond these pads."""
    sizes: list[Size] = [x.shape[0]]
    cut: list[int] = []
    for size, length, step, (low, high) in zip(
        x.shape[1:-1], kernel.shape[:2], window.strides, window.pads, strict=True
    ):
        assert isinstance(length, int) and isinstance(low, int) and isinstance(high, int)
        sizes.append((size - 1) * step + (low + high + 2 - length))
        cut += [length - 1 - low, max(length - 1 - high, 0)]
    sizes.append(kernel.shape[-2])
    attrs: dict[str, Any] = {"strides": (1, *window.strides, 1), "padding": "VALID"}
    if any(cut):
        attrs |= {"padding": "EXPLICIT", "explicit_paddings": (0, 0, *cut, 0, 0)}
    return x.builder.op("Conv2DBackpropInput", shape_vector(x.builder, sizes), kernel, x, **attrs)


__all__ = ["transposed_convolution"]
