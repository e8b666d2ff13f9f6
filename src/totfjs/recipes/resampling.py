"""Images in other sizes: repetition, and interpolation as products with constant matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.dot import dot
from totfjs.recipes.shapes import broadcast_to, dim_value, reshape, shape_vector, transpose
from totfjs.recipes.slicing import take


def repeat(x: Tensor, times: int, axis: int) -> Tensor:
    """Each element along an axis several times over."""
    if times == 1:
        return x
    before, size, after = dims.product(x.shape[:axis]), x.shape[axis], dims.product(x.shape[axis + 1 :])
    shape = (*x.shape[:axis], size * times, *x.shape[axis + 1 :])
    if x.dtype is not DType.FLOAT32 or 0 in x.shape:
        apart = reshape(x, (before, size, 1, after))
        return reshape(broadcast_to(apart, (before, size, times, after)), shape)
    # An image of that height: rows are copied whole, and half pixels keep clear of what is rounded.
    rows = x.builder.op(
        "ResizeNearestNeighbor",
        reshape(x, (before, size, 1, after)),
        shape_vector(x.builder, (size * times, 1)),
        half_pixel_centers=True,
    )
    return reshape(rows, shape)


def repeat_pixels(images: Tensor, down: int, across: int) -> Tensor:
    """Images (batch, height, width, channels) of floats with each pixel several times over."""
    size = shape_vector(images.builder, (images.shape[1] * down, images.shape[2] * across))
    return images.builder.op("ResizeNearestNeighbor", images, size, half_pixel_centers=True)


def bilinear(images: Tensor, height: dims.Size, width: dims.Size) -> Tensor:
    """Images (batch, height, width, channels) in another size, each pixel from its four neighbours."""
    size = shape_vector(images.builder, (height, width))
    return images.builder.op("ResizeBilinear", images, size, half_pixel_centers=True)


def interpolated(x: Tensor, axes: Sequence[int], sizes: Sequence[int], method: str, antialias: bool = False) -> Tensor:
    """`x` in other sizes along axes whose lengths are known."""
    for axis, size in zip(axes, sizes, strict=True):
        before = x.shape[axis]
        if not isinstance(before, int):
            raise OpError(f"{method} interpolation needs to know the size {before}")
        if before == size:
            continue
        x = mixed(x, axis, matrix_of(before, size, method, antialias))
    return x


def mixed(x: Tensor, axis: int, weights: np.ndarray) -> Tensor:
    """Each element along an axis as a sum of old ones with weights (before, after)."""
    moved = dot(x, x.builder.const(weights.astype(np.float32), name="interpolation"), ((axis,), (0,)), ((), ()))
    return transpose(moved, [*range(axis), x.rank - 1, *range(axis, x.rank - 1)])


def nearest(x: Tensor, axis: int, size: int) -> Tensor:
    """`x` in another size along an axis, each element that which lies where its middle is."""
    before, builder = x.shape[axis], x.builder
    middles = np.arange(size, dtype=np.float32) + np.float32(0.5)
    if isinstance(before, int):
        places = np.floor(middles * np.float32(before) / np.float32(size)).astype(np.int32)
        return take(x, builder.const(np.minimum(places, before - 1)), axis)
    length = dim_value(builder, before)
    exact = builder.const(middles) * builder.op("Cast", length, DstT=DType.FLOAT32) / float(size)
    found = builder.op("Cast", builder.op("Floor", exact), DstT=DType.INT32)
    return take(x, builder.op("Minimum", found, length - 1), axis)


def areas(before: int, after: int) -> np.ndarray:
    """The weights (before, after) of averages over what each new element covers of the old ones."""
    edges = np.arange(after + 1) * (before / after)
    old = np.arange(before)[:, None]
    covered = np.minimum(edges[None, 1:], old + 1) - np.maximum(edges[None, :-1], old)
    return np.asarray(np.maximum(covered, 0) * (after / before))


def matrix_of(
    before: int, after: int, method: str, antialias: bool = False, middles: np.ndarray | None = None
) -> np.ndarray:
    """The weights (before, after) of each old element in each new one; pixels are where their middle is.

    With `antialias` what shrinks is an average over all that goes in. `middles` are other places of the new ones.
    """
    radius_kernel = KERNELS[method]
    ratio = before / after
    spread = max(ratio, 1.0) if antialias else 1.0
    middles = (np.arange(after) + 0.5) * ratio - 0.5 if middles is None else middles
    weights = radius_kernel(np.abs(middles[None] - np.arange(before)[:, None]) / spread)
    total = weights.sum(0, keepdims=True)
    usable = np.abs(total) > 1000 * np.finfo(np.float32).eps
    return np.where(usable, weights / np.where(usable, total, 1), 0).astype(np.float32)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(0, 1 - x))


def _keys(x: np.ndarray) -> np.ndarray:
    """R. G. Keys, "Cubic convolution interpolation for digital image processing", with a = -1/2."""
    near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _mitchell(x: np.ndarray) -> np.ndarray:
    """Mitchell and Netravali, "Reconstruction filters in computer graphics", with B = C = 1/3."""
    near, far = (7 * x**3 - 12 * x**2 + 16 / 3) / 6, (-7 / 3 * x**3 + 12 * x**2 - 20 * x + 32 / 3) / 6
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _gaussian(x: np.ndarray) -> np.ndarray:
    """A bell of radius 1.5, a third of it the deviation."""
    return np.where(x >= 1.5, 0, np.exp(-(x**2) / (2 * 0.5**2)))


def _lanczos(radius: int) -> Callable[[np.ndarray], np.ndarray]:
    def kernel(x: np.ndarray) -> np.ndarray:
        near = x <= 1e-3
        safe = np.where(near, 1, x)
        waves = radius * np.sin(np.pi * safe) * np.sin(np.pi * safe / radius) / (np.pi**2 * safe**2)
        return np.where(x > radius, 0, np.where(near, 1, waves))

    return kernel


KERNELS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "bilinear": _triangle,
    "bicubic": _keys,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
    "gaussian": _gaussian,
    "mitchellcubic": _mitchell,
}
