"""The rows of a tensor one by one, and tensors made of rows: at once, or row by row in a loop."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.shapes import broadcast_to, dim_value, reshape, shape_vector
from totfjs.recipes.slicing import take

# More dims than this, with one for the rows, are too many for some backend.
_MOST_DIMS = 5


def rows(x: Tensor) -> list[Tensor]:
    """Every row of a tensor whose first dim is a number."""
    shape = x.shape[1:]
    flat = x if len(shape) <= _MOST_DIMS else reshape(x, (x.shape[0], dims.product(shape)))
    return [reshape(row, shape) for row in x.builder.ops("Unpack", flat, axis=0)]


def stack(parts: Sequence[Tensor]) -> Tensor:
    """Tensors of one shape as the rows of another."""
    shape = parts[0].shape
    flat = parts if len(shape) <= _MOST_DIMS else [reshape(part, (dims.product(shape),)) for part in parts]
    return reshape(flat[0].builder.op("Pack", *flat, axis=0), (len(parts), *shape))


def row(x: Tensor, index: Tensor) -> Tensor:
    """The row at an index which is in bounds."""
    return take(x, index, 0) if x.shape[0] != 1 else reshape(x, x.shape[1:])


def collect(shape: Shape, dtype: DType, length: Size, count: Tensor) -> Tensor:
    """A list that takes `length` rows; `count` is that number, from where the list is filled."""
    builder = count.builder
    kind = _stored(dtype)
    if isinstance(length, int):
        return builder.op("TensorListReserve", shape_vector(builder, shape), count, element_dtype=kind)
    # The runtime cannot stack an empty list, and a dynamic length may be 0: one more row stands at the end.
    items = builder.op("TensorListReserve", shape_vector(builder, shape), count + 1, element_dtype=kind)
    return builder.op("TensorListSetItem", items, count, broadcast_to(builder.const(0, kind), shape))


def put(items: Tensor, index: Tensor, value: Tensor) -> Tensor:
    """The list with a row in its place."""
    if value.dtype is DType.BOOL:
        value = elementwise("Cast", value, DstT=DType.INT32)
    return items.builder.op("TensorListSetItem", items, index, value)


def collected(items: Tensor, shape: Shape, dtype: DType, length: Size) -> Tensor:
    """The rows of a list, every one of which was put."""
    builder, count = items.builder, length if isinstance(length, int) else -1
    sizes = shape_vector(builder, shape)
    found = builder.op("TensorListStack", items, sizes, element_dtype=_stored(dtype), num_elements=count)
    if not isinstance(length, int):
        found = builder.op("Slice", found, [0] * found.rank, shape_vector(builder, (length, *shape)))
    return elementwise("NotEqual", found, builder.const(0)) if dtype is DType.BOOL else found


def places(index: Tensor, length: Size, reverse: bool) -> Tensor:
    """Where the rows of a turn are: at its number, or at that from the end."""
    return elementwise("Sub", dim_value(index.builder, length - 1), index) if reverse else index


def _stored(dtype: DType) -> DType:
    """Lists of bools are not a thing that every backend does."""
    return DType.INT32 if dtype is DType.BOOL else dtype
