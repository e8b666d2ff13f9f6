"""Images in other sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import iota
from totfjs.recipes.resampling import mixed
from totfjs.recipes.shapes import dim_value, shape_vector
from totfjs.recipes.slicing import take
from totfjs.recipes.stepped_sampling import SPANS, area, cubic, nearest_places, spans
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use


def _sizes(use: Use, x: Tensor) -> Shape:
    """The height and the width that are wanted."""
    sizes = use.sizes(1)
    if x.rank != 4:
        raise OpError(f"its images have {x.rank} dims where it takes 4")
    if sizes is None or len(sizes) != 2:
        raise OpError("the size that it gives images is computed from data")
    if 0 in x.shape[1:3]:
        raise OpError("its images have no pixels")
    return sizes


def _flags(use: Use) -> dict[str, bool]:
    return {name: bool(use.attr(name, False)) for name in ("align_corners", "half_pixel_centers")}


def images(use: Use) -> Tensor:
    """The images as floats."""
    return use.cast(use.tensor(0), DType.FLOAT32)


def _bilinear(use: Use) -> Tensor:
    x = images(use)
    return use.op("ResizeBilinear", x, shape_vector(use.builder, _sizes(use, x)), **_flags(use))


def _nearest(use: Use) -> Tensor:
    x, flags = use.tensor(0), _flags(use)
    sizes = _sizes(use, x)
    if all(isinstance(size, int) for size in (*sizes, *x.shape[1:3])):
        wanted = shape_vector(use.builder, sizes)
        if use.builder.refusal("ResizeNearestNeighbor", x, wanted, **flags) is None:
            return use.op("ResizeNearestNeighbor", x, wanted, **flags)
    for axis, size in zip((1, 2), sizes, strict=True):
        if x.shape[axis] != size or size == 1:
            x = take(x, _places(use, x.shape[axis], size, **flags), axis)
    return x


def _places(use: Use, before: Size, after: Size, align_corners: bool, half_pixel_centers: bool) -> Tensor:
    """The old pixel that each new one is; in single precision, which not every backend does by itself."""
    if isinstance(before, int) and isinstance(after, int):
        return use.const(nearest_places(before, after, align_corners, half_pixel_centers))
    builder = use.builder
    old, new = (elementwise("Cast", dim_value(builder, size), DstT=DType.FLOAT32) for size in (before, after))
    if align_corners and after != 1:
        less = builder.op("Maximum", new - 1.0, builder.const(1.0)) if not isinstance(after, int) else new - 1.0
        scale = (old - 1.0) / less
    else:
        scale = old / new
    steps = elementwise("Cast", iota(builder, after), DstT=DType.FLOAT32)
    exact = (steps + 0.5 if half_pixel_centers else steps) * scale
    whole = elementwise("Floor", exact)
    if align_corners:
        up = elementwise("GreaterEqual", exact - whole, builder.const(0.5))
        whole = whole + elementwise("Cast", up, DstT=DType.FLOAT32)
    found = elementwise("Cast", whole, DstT=DType.INT32)
    return builder.op("Minimum", found, dim_value(builder, before - 1))


def _by_matrix(use: Use, weights: Callable[..., np.ndarray], what: str) -> Tensor:
    x = images(use)
    for axis, after in zip((1, 2), _sizes(use, x), strict=True):
        x = mixed(x, axis, weights(*_known(x.shape[axis], after, what)))
    return x


def _known(before: Size, after: Size, what: str) -> tuple[int, int]:
    if not isinstance(before, int) or not isinstance(after, int):
        raise OpError(f"{what} resizing needs to know the sizes {before} and {after}")
    return before, after


def _cubic(use: Use) -> Tensor:
    return _by_matrix(use, partial(cubic, **_flags(use)), "cubic")


def _area(use: Use) -> Tensor:
    return _by_matrix(use, partial(area, align_corners=bool(use.attr("align_corners", False))), "area")


def _scaled_and_moved(use: Use) -> Tensor:
    kind, antialias = use.text("kernel_type", "lanczos3"), bool(use.attr("antialias", True))
    if kind not in SPANS:
        raise OpError(f"its kernel_type {kind} is not known")
    x, scales, shifts = images(use), use.array(2, "the scale"), use.array(3, "the translation")
    for axis, after, scale, shift in zip((1, 2), _sizes(use, x), scales, shifts, strict=True):
        sizes = _known(x.shape[axis], after, kind)
        x = mixed(x, axis, spans(*sizes, float(scale), float(shift), SPANS[kind], antialias))
    return x


OPS: dict[str, Row] = {
    "ResizeBilinear": Op(_bilinear, integers=True),
    "ResizeNearestNeighbor": Op(_nearest, integers=True),
    "ResizeBicubic": Op(_cubic, integers=True),
    "ResizeArea": Op(_area, integers=True),
    "ScaleAndTranslate": Op(_scaled_and_moved, integers=True),
}
