"""Convolutions: of images and volumes, in groups, of each channel alone."""

from __future__ import annotations

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.shapes import reshape
from totfjs.sources.tensorflow.ops.op import Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats, pads, spatial
from totfjs.sources.tensorflow.use import Use


def window(use: Use, x: Tensor, kernel: Tensor) -> Window:
    """How the kernel of a node moves over `x`, whose channels are last."""
    rank = x.rank - 2
    sizes = [size for size in kernel.shape[:rank] if isinstance(size, int)]
    if len(sizes) != rank or kernel.rank != rank + 2:
        raise OpError("the size of its kernel is not known")
    strides, dilation = spatial(use, "strides", x.rank), spatial(use, "dilations", x.rank)
    extents = [(size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True)]
    return Window(strides, pads(use, x.shape[1:-1], extents, strides), dilation, (1,) * rank)


def convolved(use: Use, rank: int) -> Tensor:
    """The convolution of the first two operands, with channels last."""
    x, kernel = floats(use, 0), floats(use, 1)
    if x.rank != rank + 2:
        raise OpError(f"its operand has {x.rank} dims where it takes {rank + 2}")
    x = channels_last(use, x)
    return convolution(x, kernel, window(use, x, kernel), groups_of(x.shape[-1], kernel.shape[-2]))


def groups_of(channels: dims.Size, depth: dims.Size) -> int:
    """How many groups the channels make: as many as kernels of that depth need."""
    if channels == depth:
        return 1
    if not isinstance(channels, int) or not isinstance(depth, int) or not depth or channels % depth:
        raise OpError(f"a kernel of depth {depth} does not fit {channels} channels")
    return channels // depth


def each_channel(use: Use) -> Tensor:
    """The convolution of each channel with filters of its own, with channels last."""
    x, kernel = channels_last(use, floats(use, 0)), floats(use, 1)
    *sizes, channels, multiplier = kernel.shape
    if not isinstance(channels, int) or not isinstance(multiplier, int):
        raise OpError("the size of its kernel is not known")
    grouped = reshape(kernel, (*sizes, 1, channels * multiplier))
    return convolution(x, grouped, window(use, x, grouped), channels)


def _conv2d(use: Use) -> Tensor:
    return as_given(use, convolved(use, 2))


def _conv3d(use: Use) -> Tensor:
    return as_given(use, convolved(use, 3))


def _depthwise(use: Use) -> Tensor:
    return as_given(use, each_channel(use))


def _conv(use: Use) -> Tensor:
    """Of any rank; the dims before the last of the batch are part of it."""
    x, kernel, batch = floats(use, 0), floats(use, 1), int(use.attr("batch_dims", 1))
    more = x.shape[:batch]
    flat = reshape(x, (dims.product(more), *x.shape[batch:]))
    image = channels_last(use, flat)
    if kernel.rank not in (4, 5) or image.rank != kernel.rank:
        raise OpError(f"a kernel of {kernel.rank} dims does not fit {x.rank} dims")
    groups = groups_of(image.shape[-1], kernel.shape[-2])
    result = as_given(use, convolution(image, kernel, window(use, image, kernel), groups))
    return reshape(result, (*more, *result.shape[1:]))


OPS: dict[str, Row] = {
    "Conv2D": _conv2d,
    "Conv3D": _conv3d,
    "Conv": _conv,
    "DepthwiseConv2dNative": _depthwise,
}
