"""Borders around tensors, and space exchanged with the batch and the channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.recipes import slicing
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import moving, through_numbers, whole
from totfjs.sources.tensorflow.ops.strides import pairs_of
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _pad(use: Use, x: Tensor) -> Tensor:
    return padded(x, pairs_of(use, 1, x.rank), x.builder.const(np.zeros((), x.dtype.numpy)))


def _pad_v2(use: Use) -> Operand:
    x, value = whole(use, 0), whole(use, 2)
    pairs = pairs_of(use, 1, len(use.shape(0)))
    if isinstance(x, Complex) and isinstance(value, Complex):
        return Complex(*(padded(part, pairs, filler) for part, filler in zip(x, value, strict=True)))
    assert isinstance(x, Tensor) and isinstance(value, Tensor)
    return padded(x, pairs, value)


def padded(x: Tensor, pairs: Sequence[tuple[Size, Size]], value: Tensor) -> Tensor:
    """`x` with so many values before and after it along each axis."""
    low, high = [before for before, _ in pairs], [after for _, after in pairs]
    if any(isinstance(size, int) and size < 0 for size in (*low, *high)):
        raise OpError("a padding is negative")
    return slicing.pad(x, value, low, high, [0] * x.rank)


def _mirror(use: Use, x: Tensor) -> Tensor:
    edge = int(use.text("mode") == "REFLECT")
    pairs = np.array(use.integers(1, "the paddings")).reshape(-1, 2)
    for size, pair in zip(x.shape, pairs, strict=True):
        if isinstance(size, int) and max(pair) > size - edge:
            raise OpError(f"a padding of {max(pair)} is more than a dim of {size} can mirror")
    if not pairs.any():
        return x
    return through_numbers(x, lambda part: _mirrored(part, pairs, use.text("mode")))


def _mirrored(x: Tensor, pairs: np.ndarray, mode: str) -> Tensor:
    builder = x.builder
    counts = builder.const(pairs.astype(np.int32))
    if builder.refusal("MirrorPad", x, counts, mode=mode) is None:
        return builder.op("MirrorPad", x, counts, mode=mode)
    for axis, (pair, size) in enumerate(zip(pairs, x.shape, strict=True)):
        if pair.any():
            if not isinstance(size, int):
                raise OpError("a dim that is not known is mirrored in a tensor of many dims")
            places = np.pad(np.arange(size), pair, "reflect" if mode == "REFLECT" else "symmetric")
            x = take(x, builder.const(places.astype(np.int32)), axis)
    return x


def _space_to_batch(use: Use, x: Tensor) -> Tensor:
    block = use.integers(1, "the block shape") if len(use) == 3 else [use.attr("block_size")] * 2
    pads = pairs_of(use, len(use) - 1, len(block))
    rest = [(0, 0)] * (x.rank - 1 - len(block))
    x = padded(x, [(0, 0), *pads, *rest], x.builder.const(np.zeros((), x.dtype.numpy)))
    batch, space, others = x.shape[0], x.shape[1 : 1 + len(block)], x.shape[1 + len(block) :]
    outer = [_divided(size, by) for size, by in zip(space, block, strict=True)]
    apart = reshape(x, (batch, *(size for pair in zip(outer, block, strict=True) for size in pair), *others))
    count = len(block)
    order = [*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2), *range(2 * count + 1, apart.rank)]
    return reshape(transpose(apart, order), (batch * dims.product(block), *outer, *others))


def _batch_to_space(use: Use, x: Tensor) -> Tensor:
    block = use.integers(1, "the block shape") if len(use) == 3 else [use.attr("block_size")] * 2
    crops, count = pairs_of(use, len(use) - 1, len(block)), len(block)
    batch, space, others = _divided(x.shape[0], int(np.prod(block))), x.shape[1 : 1 + count], x.shape[1 + count :]
    apart = reshape(x, (*block, batch, *space, *others))
    order = [count, *(axis for index in range(count) for axis in (count + 1 + index, index))]
    moved = transpose(apart, [*order, *range(2 * count + 1, apart.rank)])
    sizes = [size * by for size, by in zip(space, block, strict=True)]
    found = reshape(moved, (batch, *sizes, *others))
    stops = [size - after for size, (_, after) in zip(sizes, crops, strict=True)]
    return slice_axes(found, [0, *(before for before, _ in crops), *[0] * len(others)], [batch, *stops, *others])


def _divided(size: Size, by: int) -> Size:
    if isinstance(size, int) and size % by:
        raise OpError(f"a dim of {size} is not divisible by {by}")
    return dims.floordiv(size, by)


def _depth_to_space(use: Use, x: Tensor) -> Tensor:
    by, layout = use.attr("block_size"), _layout(use, x)
    if use.builder.refusal("DepthToSpace", x, block_size=by, data_format=layout) is None:
        return use.op("DepthToSpace", x, block_size=by, data_format=layout)
    if layout == "NCHW":
        n, c, h, w = x.shape
        c = _divided(c, by * by)
        apart = reshape(x, (n, by, by, c, h, w))
        return reshape(transpose(apart, [0, 3, 4, 1, 5, 2]), (n, c, h * by, w * by))
    n, h, w, c = x.shape
    c = _divided(c, by * by)
    return reshape(transpose(reshape(x, (n, h, w, by, by, c)), [0, 1, 3, 2, 4, 5]), (n, h * by, w * by, c))


def _space_to_depth(use: Use, x: Tensor) -> Tensor:
    by = use.attr("block_size")
    if _layout(use, x) == "NCHW":
        n, c, h, w = x.shape
        h, w = _divided(h, by), _divided(w, by)
        return reshape(transpose(reshape(x, (n, c, h, by, w, by)), [0, 3, 5, 1, 2, 4]), (n, by * by * c, h, w))
    n, h, w, c = x.shape
    h, w = _divided(h, by), _divided(w, by)
    return reshape(transpose(reshape(x, (n, h, by, w, by, c)), [0, 1, 3, 2, 4, 5]), (n, h, w, by * by * c))


def _layout(use: Use, x: Tensor) -> str:
    layout = use.text("data_format", b"NHWC")
    if layout not in ("NHWC", "NCHW") or x.rank != 4:
        raise OpError(f"the data format {layout} of {x.rank} dims is not supported")
    return layout


OPS: dict[str, Row] = {
    "Pad": moving(_pad),
    "PadV2": Op(_pad_v2, integers=True, complex=True),
    "MirrorPad": moving(_mirror),
    "SpaceToBatch": moving(_space_to_batch),
    "SpaceToBatchND": moving(_space_to_batch),
    "BatchToSpace": moving(_batch_to_space),
    "BatchToSpaceND": moving(_batch_to_space),
    "DepthToSpace": moving(_depth_to_space),
    "SpaceToDepth": moving(_space_to_depth),
}
