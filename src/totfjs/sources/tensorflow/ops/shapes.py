"""Shapes and the order of axes: the elements stay what they are."""

from __future__ import annotations

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.ops.transformation import reshaped
from totfjs.graph.types import DType
from totfjs.recipes.complex import conjugate
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_by, broadcast_to, dim_value, expand, reshape, shape_vector, transpose
from totfjs.recipes.sorting import order
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, moving, through_numbers, whole
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def normal(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        raise OpError(f"axis {axis} is none of the {rank} of its operand")
    return axis % rank


def _reshape(use: Use, x: Tensor) -> Tensor:
    sizes = use.sizes(1)
    if sizes is None:
        return use.op("Reshape", x, use.tensor(1))
    return reshape(x, reshaped(x.shape, sizes))


def _expand_dims(use: Use, x: Tensor) -> Tensor:
    return use.op("ExpandDims", x, normal(use.integer(1, "the new axis"), x.rank + 1))


def _squeeze(use: Use, x: Tensor) -> Tensor:
    axes = [normal(axis, x.rank) for axis in use.attr("squeeze_dims", ())]
    if not axes and all(isinstance(size, int) for size in x.shape):
        axes = [axis for axis, size in enumerate(x.shape) if size == 1]
        if not axes:
            return x
    return use.op("Squeeze", x, squeeze_dims=tuple(axes))


def _ensure_shape(use: Use, x: Tensor) -> Tensor:
    wanted = use.attr("shape", None)
    if wanted is None:
        return x
    sizes: list[Size] = [
        have if want is None or want < 0 else want for have, want in zip(x.shape, wanted, strict=False)
    ]
    wrong = [want for have, want in zip(x.shape, sizes, strict=False) if isinstance(have, int) and have != want]
    if len(wanted) != x.rank or wrong:
        raise OpError(f"a tensor of shape {list(x.shape)} is to have the shape {list(wanted)}, which it never has")
    if tuple(sizes) == x.shape:
        return x
    return use.op("EnsureShape", x, shape_vector(use.builder, sizes))


def _broadcast_to(use: Use, x: Tensor) -> Tensor:
    sizes = use.sizes(1)
    if sizes is None:
        return through_numbers(x, lambda part: broadcast_by(part, use.tensor(1)))
    return broadcast(x, sizes)


def broadcast(x: Tensor, sizes: Shape) -> Tensor:
    """`x` in a larger shape, where dims that are not known may turn out to be 1."""
    if 0 in sizes and all(isinstance(size, int) for size in sizes):
        return x.builder.const(np.zeros(tuple(map(int, sizes)), x.dtype.numpy))  # type: ignore[arg-type]
    pairs = zip(reversed(x.shape), reversed(sizes), strict=False)
    if all(have in (want, 1) for have, want in pairs):
        return broadcast_to(x, sizes)
    return through_numbers(x, lambda part: broadcast_by(part, shape_vector(part.builder, sizes)))


def _broadcast_args(use: Use) -> Operand:
    first, second = use.sizes(0), use.sizes(1)
    if first is None or second is None:
        raise OpError("a shape is computed from the data")
    return use.size_vector(broadcast_sizes(first, second), use.attr("T", "int32"))


def broadcast_sizes(first: Shape, second: Shape) -> list[Size]:
    """The shape of what is computed from tensors of two shapes."""
    rank = max(len(first), len(second))
    pairs = zip((1,) * (rank - len(first)) + tuple(first), (1,) * (rank - len(second)) + tuple(second), strict=True)
    return [dims.broadcast(a, b) for a, b in pairs]


def _transpose(use: Use, x: Tensor) -> Tensor:
    axes = use.integers(1, "the order of the axes")
    if sorted(axes) != list(range(x.rank)):
        raise OpError(f"{axes} is no order of {x.rank} axes")
    return transpose(x, axes)


def _conjugate_transpose(use: Use) -> Operand:
    found = each(whole(use, 0), lambda part: _transpose(use, part))
    return found if isinstance(found, Tensor) else conjugate(found)


def _size(use: Use) -> Operand:
    count = dims.product(use.shape(0))
    if isinstance(count, Dim):
        return dim_value(use.builder, count)
    return np.array(count, numpy_dtype(use.attr("out_type", "int32")))


def _invert_permutation(use: Use) -> Tensor:
    x = use.tensor(0)
    if isinstance(x.shape[0], int):
        return order([x], 0)
    places = iota(use.builder, x.shape[0])
    found = elementwise("Equal", expand(places, [0], 2), expand(x, [1], 2))
    return use.op("Sum", elementwise("Mul", use.cast(found, DType.INT32), expand(places, [1], 2)), [1])


OPS: dict[str, Row] = {
    "Reshape": moving(_reshape),
    "ExpandDims": moving(_expand_dims),
    "Squeeze": moving(_squeeze),
    "EnsureShape": moving(_ensure_shape),
    "BroadcastTo": moving(_broadcast_to),
    "BroadcastArgs": Op(_broadcast_args, integers=True),
    "Transpose": moving(_transpose),
    "ConjugateTranspose": Op(_conjugate_transpose, integers=True, complex=True),
    "Size": Op(_size, integers=True, complex=True),
    "InvertPermutation": Op(_invert_permutation, integers=True),
}
