"""Gradients of convolutions by their input, which are the transposed convolutions of networks."""

from __future__ import annotations

from functools import partial

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.shapes import transpose
from totfjs.recipes.slicing import reverse
from totfjs.recipes.transposed_convolution import transposed_convolution
from totfjs.sources.tensorflow.ops.convolution import groups_of
from totfjs.sources.tensorflow.ops.op import Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats, is_channels_first, pads, spatial
from totfjs.sources.tensorflow.use import Use


def _transposed(use: Use, rank: int, sizes: Shape) -> Tensor:
    """The argument of a convolution from what came out of it: each place is spread over its window."""
    kernel, y = floats(use, 1), floats(use, 2)
    if y.rank != rank + 2 or kernel.rank != rank + 2:
        raise OpError(f"its operands have {kernel.rank} and {y.rank} dims where it takes {rank + 2}")
    y = channels_last(use, y)
    moving = _backwards(use, sizes, kernel, y)
    groups = groups_of(sizes[-1], kernel.shape[-2])
    if groups == 1:
        return as_given(use, transposed_convolution(y, kernel, moving))
    parts = zip(_split(y, groups), _split(kernel, groups), strict=True)
    found = [transposed_convolution(*part, moving) for part in parts]
    return as_given(use, use.op("ConcatV2", *found, y.rank - 1))


def _backwards(use: Use, sizes: Shape, kernel: Tensor, y: Tensor) -> Window:
    """How the kernel moves over `y`, whose places stand apart, so that results have the sizes of an argument."""
    rank = y.rank - 2
    strides, dilation = spatial(use, "strides", y.rank), spatial(use, "dilations", y.rank)
    extents = [(_known(size) - 1) * step + 1 for size, step in zip(kernel.shape[:rank], dilation, strict=True)]
    before = pads(use, sizes[1:-1], extents, strides)
    rows = zip(sizes[1:-1], y.shape[1:-1], extents, strides, before, strict=True)
    around = tuple(_around(*row) for row in rows)
    return Window(strides, around, dilation, (1,) * rank)


def _around(size: Size, made: Size, extent: int, step: int, pad: tuple[Size, Size]) -> tuple[Size, Size]:
    low = extent - 1 - pad[0]
    return low, size - (made - 1) * step - low + (extent - 2)


def _known(size: Size) -> int:
    if not isinstance(size, int):
        raise OpError("the size of its kernel is not known")
    return size


def _split(x: Tensor, groups: int) -> tuple[Tensor, ...]:
    return x.builder.ops("SplitV", x, [_known(x.shape[-1]) // groups] * groups, x.rank - 1)


def _told(use: Use, rank: int) -> Shape:
    """The sizes of the result, with channels last; the batch is that of what came out."""
    sizes, batch = use.sizes(0), use.shape(2)[0]
    if sizes is None:
        raise OpError("the sizes of its result are computed from data")
    if len(sizes) == rank:
        return (batch, *sizes, use.shape(1)[-2])
    if len(sizes) != rank + 2:
        raise OpError(f"it is told {len(sizes)} sizes of its result, which has {rank + 2} dims")
    inner, channels = (sizes[2:], sizes[1]) if is_channels_first(use) else (sizes[1:-1], sizes[-1])
    return (batch, *inner, channels)


def _by_sizes(use: Use, rank: int) -> Tensor:
    return _transposed(use, rank, _told(use, rank))


def _by_shape(use: Use, rank: int) -> Tensor:
    """The first operand is an argument whose gradient is wanted: its shape counts."""
    first = use.shape(0)
    return _transposed(use, rank, (first[0], *first[2:], first[1]) if is_channels_first(use) else first)


def _each_channel(use: Use) -> Tensor:
    """Each channel came out of a kernel of its own, several times over."""
    kernel, y = floats(use, 1), channels_last(use, floats(use, 2))
    if kernel.rank != 4:
        raise OpError("its kernel has to have 4 dims")
    moving = _backwards(use, _told(use, 2), kernel, y)
    turned = transpose(reverse(kernel, [0, 1]), [0, 1, 3, 2])
    apart = Window((1, 1), moving.pads, moving.dilation, moving.strides)
    return as_given(use, convolution(y, turned, apart, _known(kernel.shape[2])))


_KERNELS = (
    "Conv2DBackpropFilter", "Conv2DBackpropFilterV2", "Conv3DBackpropFilter", "Conv3DBackpropFilterV2",
    "DepthwiseConv2dNativeBackpropFilter",
)  # fmt: skip

OPS: dict[str, Row] = {
    "Conv2DBackpropInput": partial(_by_sizes, rank=2),
    "Conv2DBackpropInputV2": partial(_by_shape, rank=2),
    "Conv3DBackpropInputV2": partial(_by_sizes, rank=3),
    "DepthwiseConv2dNativeBackpropInput": _each_channel,
}
REFUSED = dict.fromkeys(_KERNELS, "it is the gradient of a kernel, which training alone needs")
