"""Parts of images in other sizes, and images turned and bent."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.integers import from_float
from totfjs.recipes.sampling import Grid, grid_of, half_away, last_of, within
from totfjs.recipes.shapes import broadcast_to, expand, reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use

# --- boxes ----------------------------------------------------------------------------------------------------------


def _cropped(use: Use) -> Tensor:
    """The runtime's own op reads other pixels on cpu and wasm, depending on the boxes."""
    image, boxes, which = use.cast(use.tensor(0), DType.FLOAT32), use.cast(use.tensor(1), DType.FLOAT32), use.tensor(2)
    if image.rank != 4 or boxes.rank != 2:
        raise OpError("it takes images of 4 dims and boxes of 2")
    sizes = zip(image.shape[1:3], _two_sizes(use, 3, "crops"), strict=True)
    lines = [_along(use, boxes, axis, size, count) for axis, (size, count) in enumerate(sizes)]
    zero = use.const(0.0, "float32")
    inside = [within(line, zero, last_of(line, size)) for line, size in zip(lines, image.shape[1:3], strict=True)]
    rows, columns = grid_of(*lines)
    there = elementwise("LogicalAnd", expand(inside[0], (0, 1), 3), expand(inside[1], (0, 2), 3))
    grid = Grid(image, which, rows, columns)
    values = grid.nearest() if _is_nearest(use) else grid.between()
    return grid.filled(values, there, use.const(float(use.attr("extrapolation_value", 0.0)), "float32"))


def _is_nearest(use: Use) -> bool:
    method = use.text("method", "bilinear")
    if method not in ("bilinear", "nearest"):
        raise OpError(f"its method {method} is not known")
    return method == "nearest"


def _two_sizes(use: Use, index: int, what: str) -> Shape:
    sizes = use.sizes(index)
    if sizes is None or len(sizes) != 2:
        raise OpError(f"the size of the {what} is computed from data")
    return sizes


def _along(use: Use, boxes: Tensor, axis: int, size: Size, count: Size) -> Tensor:
    """Where each box is read along an axis: (boxes, count)."""
    first, last = (_side(boxes, axis), _side(boxes, axis + 2))
    most = last_of(boxes, size)
    if not isinstance(count, int):
        raise OpError("the size of its crops has to be known")
    if count == 1:
        return (first + last) * 0.5 * most
    step = (last - first) * most / float(count - 1)
    numbers = use.const(np.arange(count, dtype=np.float32)[None])
    return first * most + numbers * step


def _side(boxes: Tensor, place: int) -> Tensor:
    return slice_axes(boxes, [0, place], [boxes.shape[0], place + 1])


# --- projections ----------------------------------------------------------------------------------------------------


def _projected(use: Use) -> Tensor:
    images = use.tensor(0)
    if use.text("dtype") == "uint32" or images.rank != 4:
        raise OpError("it takes images of 4 dims")
    floats, fill = use.cast(images, DType.FLOAT32), use.const(0.0, "float32")
    if len(use) > 3:
        fill = reshape(use.cast(use.tensor(3), DType.FLOAT32), ())
    rows, columns, there = _sources(use, floats)
    mode = use.text("fill_mode", "CONSTANT")
    rows, columns = (_brought_back(x, size, mode) for x, size in ((rows, images.shape[1]), (columns, images.shape[2])))
    grid = Grid(floats, iota(use.builder, images.shape[0]), rows, columns)
    values = grid.filled(_read(use, grid, fill), there, fill)
    return values if images.dtype is DType.FLOAT32 else from_float(values, -(2**31), 2**31 - 1)


def _read(use: Use, grid: Grid, fill: Tensor) -> Tensor:
    match use.text("interpolation"):
        case "NEAREST":
            return _or_fill(grid, half_away(grid.rows), half_away(grid.columns), fill)
        case "BILINEAR":
            return _bilinear(grid, fill)
    raise OpError(f"its interpolation {use.text('interpolation')} is not known")


def _bilinear(grid: Grid, fill: Tensor) -> Tensor:
    """From the four pixels around, each of which may be outside."""
    top, left = elementwise("Floor", grid.rows), elementwise("Floor", grid.columns)
    bottom, right = top + 1.0, left + 1.0
    down, across = expand(grid.rows - top, (0, 1, 2), 4), expand(grid.columns - left, (0, 1, 2), 4)
    upper = (1.0 - across) * _or_fill(grid, top, left, fill) + across * _or_fill(grid, top, right, fill)
    lower = (1.0 - across) * _or_fill(grid, bottom, left, fill) + across * _or_fill(grid, bottom, right, fill)
    return (1.0 - down) * upper + down * lower


def _or_fill(grid: Grid, rows: Tensor, columns: Tensor, fill: Tensor) -> Tensor:
    zero = rows.builder.like(rows, 0.0)
    inside = [
        within(x, zero, last_of(x, size)) for x, size in zip((rows, columns), grid.images.shape[1:3], strict=True)
    ]
    return grid.filled(grid.read(rows, columns), elementwise("LogicalAnd", *inside), fill)


def _sources(use: Use, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where each place of the result comes from: rows, columns, and whether there is such a place."""
    transforms, (height, width) = use.cast(use.tensor(1), DType.FLOAT32), _two_sizes(use, 2, "result")
    if transforms.rank != 2 or transforms.shape[1] != 8:
        raise OpError("a transform has 8 numbers")
    y, x = (elementwise("Cast", iota(use.builder, size), DstT=DType.FLOAT32) for size in (height, width))
    y, x = expand(y, (1,), 3), expand(x, (2,), 3)
    a = [expand(reshape(_side(transforms, place), transforms.shape[:1]), (0,), 3) for place in range(8)]
    below = a[6] * x + a[7] * y + 1.0
    there = elementwise("NotEqual", below, use.const(0.0, "float32"))
    safe = select(there, below, use.const(1.0, "float32"))
    shape = (images.shape[0], height, width)
    rows, columns = (a[3] * x + a[4] * y + a[5]) / safe, (a[0] * x + a[1] * y + a[2]) / safe
    flags = broadcast_to(elementwise("Cast", there, DstT=DType.INT32), shape)
    return (
        broadcast_to(rows, shape),
        broadcast_to(columns, shape),
        elementwise("NotEqual", flags, use.const(0, "int32")),
    )


def _brought_back(x: Tensor, size: Size, mode: str) -> Tensor:
    """Places outside of an image as the fill mode has them."""
    if mode == "CONSTANT":
        return x
    if mode not in ("REFLECT", "WRAP", "NEAREST"):
        raise OpError(f"its fill_mode {mode} is not known")
    if not isinstance(size, int):
        raise OpError(f"{mode} needs to know the size {size} of its images")
    moved = x if mode == "NEAREST" else (_reflected if mode == "REFLECT" else _wrapped)(x, size)
    zero, last = x.builder.like(x, 0.0), x.builder.like(x, float(size - 1))
    return elementwise("Minimum", elementwise("Maximum", moved, zero), last)


def _reflected(x: Tensor, size: int) -> Tensor:
    """Mirrored at the edges, with the edge twice."""
    if size == 1:
        return x.builder.like(x, 0.0) * x
    twice = float(2 * size)
    below = select(_less(x, -twice), x + _truncated(elementwise("Neg", x) / twice) * twice, x)
    below = select(_less(below, -float(size)), below + twice, elementwise("Neg", below) - 1.0)
    above = x - _truncated(x / twice) * twice
    above = select(_less(above, float(size)), above, twice - above - 1.0)
    return _outside(x, size, below, above)


def _wrapped(x: Tensor, size: int) -> Tensor:
    if size == 1:
        return x.builder.like(x, 0.0) * x
    length, span = float(size), float(size - 1)
    below = x + (_truncated(elementwise("Neg", x) / span) + 1.0) * length
    return _outside(x, size, below, x - _truncated(x / span) * length)


def _outside(x: Tensor, size: int, below: Tensor, above: Tensor) -> Tensor:
    high = select(elementwise("Greater", x, x.builder.like(x, float(size - 1))), above, x)
    return select(_less(x, 0.0), below, high)


def _less(x: Tensor, bound: float) -> Tensor:
    return elementwise("Less", x, x.builder.like(x, bound))


def _truncated(x: Tensor) -> Tensor:
    """Of what is not negative."""
    return elementwise("Floor", x)


OPS: dict[str, Row] = {
    "CropAndResize": Op(_cropped, integers=True),
    "ImageProjectiveTransformV2": Op(_projected, integers=True),
    "ImageProjectiveTransformV3": Op(_projected, integers=True),
}
