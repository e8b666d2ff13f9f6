"""Patches of images and volumes, and the largest sums of patches and a filter."""

from __future__ import annotations

from functools import partial, reduce

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import slice_axes
from totfjs.recipes.windows import Windows, taps
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import floats, pads, spatial
from totfjs.sources.tensorflow.use import Use


def _windows(use: Use, x: Tensor, sizes: tuple[int, ...], rates: tuple[int, ...]) -> Windows:
    strides = spatial(use, "strides", x.rank)
    extents = [(size - 1) * rate + 1 for size, rate in zip(sizes, rates, strict=True)]
    around = pads(use, x.shape[1:-1], extents, strides)
    return Windows((1, *sizes, 1), (1, *strides, 1), ((0, 0), *around, (0, 0)), (1, *rates, 1))


def _patches(use: Use, rank: int) -> Tensor:
    """The elements of each patch side by side in the channels."""
    x = use.tensor(0)
    if x.rank != rank:
        raise OpError(f"its operand has {x.rank} dims where it takes {rank}")
    windows = _windows(use, x, spatial(use, "ksizes", rank), spatial(use, "rates", rank))
    if (tiles := _tiles(x, windows)) is not None:
        return tiles
    if x.dtype is DType.BOOL:
        raise OpError("totfjs has no lowering for this op of bool")
    parts = [part for _, part in taps(x, windows, 0)]
    return parts[0] if len(parts) == 1 else use.op("ConcatV2", *parts, rank - 1)


def _tiles(x: Tensor, windows: Windows) -> Tensor | None:
    """Patches that lie side by side are cut apart at once; None where they do not, or do not fill the images."""
    sizes = windows.sizes[1:-1]
    exact = all(isinstance(have, int) and have % size == 0 for have, size in zip(x.shape[1:-1], sizes, strict=True))
    if not exact or windows.strides != windows.sizes or any(windows.pads[axis] != (0, 0) for axis in range(x.rank)):
        return None
    if set(windows.dilation) != {1} or x.rank != 4:
        return None
    batch, height, width, channels = x.shape
    assert isinstance(height, int) and isinstance(width, int)
    (high, wide), whole = sizes, (batch, height // sizes[0], width // sizes[1])
    rows = reshape(x, (_product(batch, whole[1]), high, whole[2], _product(channels, wide)))
    return reshape(transpose(rows, [0, 2, 1, 3]), (*whole, _product(channels, high * wide)))


def _product(a: Size, b: Size) -> Size:
    return a * b


def _dilated(use: Use) -> Tensor:
    """The largest sum of a patch and the filter; what is padded does not count."""
    x, weights = floats(use, 0), floats(use, 1)
    if x.rank != 4 or weights.rank != 3:
        raise OpError("it takes images of 4 dims and a filter of 3")
    sizes = tuple(size for size in weights.shape[:2] if isinstance(size, int))
    windows = _windows(use, x, sizes, spatial(use, "rates", 4))
    return reduce(maximum, (_raised(part, weights, offset) for offset, part in taps(x, windows, -float("inf"))))


def _raised(part: Tensor, weights: Tensor, offset: tuple[int, ...]) -> Tensor:
    _, row, column, _ = offset
    weight = slice_axes(weights, [row, column, 0], [row + 1, column + 1, weights.shape[2]])
    return elementwise("AddV2", part, reshape(weight, (weights.shape[2],)))


OPS: dict[str, Row] = {
    "ExtractImagePatches": Op(partial(_patches, rank=4), integers=True),
    "ExtractVolumePatches": Op(partial(_patches, rank=5), integers=True),
    "Dilation2D": _dilated,
}
