"""Lists of tensors made, and one form of them of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.recipes.rows import rows as unstacked
from totfjs.recipes.rows import stack
from totfjs.recipes.shapes import broadcast_to, reshape, shape_vector
from totfjs.sources.tensorflow.dtypes import graph_dtype, numpy_dtype
from totfjs.sources.tensorflow.flow.lists import (
    Collector,
    ElementShape,
    Items,
    List,
    Rows,
    Unset,
    known,
    whole_shape,
    zeros,
)
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering

# Lists of more elements are one tensor from the beginning.
MOST_ITEMS = 4096


def reserved(lowering: Lowering, dtype: str, shape: ElementShape, length: Operand, sizes: Shape | None) -> List:
    """A list with room for a number of elements."""
    if sizes is not None and isinstance(sizes[0], int):
        if sizes[0] < 0:
            raise OpError(f"the list would have {sizes[0]} elements")
        if sizes[0] <= MOST_ITEMS or not known(shape):
            return Items(dtype, shape, (None,) * sizes[0])
    found = lowering.tensor(length)
    assert isinstance(found, Tensor)
    return Unset(dtype, shape, reshape(found, ()))


def of_tensor(lowering: Lowering, dtype: str, x: Operand) -> List:
    """A list of the rows of a tensor."""
    if isinstance(x, np.ndarray):
        return Items(dtype, x.shape[1:], tuple(np.array(each, order="C") for each in x))
    if isinstance(x, Complex):
        count, parts = x.real.shape[0], tuple(broadcast_to(part, shape_of(x)) for part in (x.real, x.imag))
        if not isinstance(count, int):
            raise OpError("a list of complex numbers has to have a known length")
        return Items(dtype, shape_of(x)[1:], tuple(map(Complex, *map(unstacked, parts))))
    tensor = lowering.tensor(x)
    assert isinstance(tensor, Tensor)
    return Rows(dtype, tensor.shape[1:], tensor)


def dense(lowering: Lowering, items: List) -> Rows:
    """The list as rows of a tensor."""
    if isinstance(items, Rows):
        return items
    if isinstance(items, Collector):
        raise OpError("the loop reads what it writes in another order than turn by turn")
    if isinstance(items, Unset):
        return Rows(items.dtype, items.shape, _zeros(lowering, items))
    if not items.items or all(item is None for item in items.items):
        zero = lowering.builder.const(0, graph_dtype(items.dtype))
        return Rows(items.dtype, items.shape, broadcast_to(zero, (len(items.items), *whole_shape(items))))
    found = stacked(lowering, items)
    tensor = lowering.tensor(found)
    if not isinstance(tensor, Tensor):
        raise OpError("totfjs has no lowering for lists of complex numbers in loops")
    return Rows(items.dtype, items.shape, tensor)


def _zeros(lowering: Lowering, items: Unset) -> Tensor:
    """As many zeros as the list is long."""
    builder, shape = lowering.builder, whole_shape(items)
    zero, sizes = builder.const(0, graph_dtype(items.dtype)), builder.operand(items.length).sizes
    if sizes is not None:
        return broadcast_to(zero, (sizes[0], *shape))
    lengths = [reshape(items.length, (1,)), *([shape_vector(builder, shape)] if shape else [])]
    return builder.op("Fill", builder.op("ConcatV2", *lengths, 0) if shape else lengths[0], zero)


def separate(items: List) -> Items | None:
    """The list as separate elements, where their number is known."""
    if isinstance(items, Items):
        return items
    if not isinstance(items, Rows) or not isinstance(items.rows.shape[0], int) or items.rows.shape[0] > MOST_ITEMS:
        return None
    parts = unstacked(items.rows) if items.rows.shape[0] else []
    return Items(items.dtype, items.shape, tuple(parts))


def stacked(lowering: Lowering, items: List) -> Operand:
    """All elements as one tensor."""
    if not isinstance(items, Items):
        return dense(lowering, items).rows
    filled = [zeros(lowering, items) if item is None else item for item in items.items]
    return joined(lowering, items, filled)


def joined(lowering: Lowering, items: List, parts: Sequence[Operand]) -> Operand:
    """Elements of a list as the rows of one tensor."""
    if not parts:
        return empty(lowering, items)
    shapes = {shape_of(part) for part in parts}
    if len({len(shape) for shape in shapes}) > 1 or any(_differ(a, b) for a in shapes for b in shapes):
        raise OpError(f"the elements of the list have different shapes: {', '.join(sorted(map(str, shapes)))}")
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.stack([part for part in parts if isinstance(part, np.ndarray)])
    tensors = [lowering.tensor(part) for part in parts]
    pairs = [part for part in tensors if isinstance(part, Complex)]
    if pairs:
        if len(pairs) != len(tensors):
            raise OpError("the elements of the list are partly complex")
        real, imag = ([broadcast_to(part, shape_of(pair)) for pair, part in parts] for parts in _parted(pairs))
        return Complex(stack(real), stack(imag))
    return stack([part for part in tensors if isinstance(part, Tensor)])


def _parted(pairs: list[Complex]) -> tuple[list[tuple[Complex, Tensor]], list[tuple[Complex, Tensor]]]:
    return [(pair, pair.real) for pair in pairs], [(pair, pair.imag) for pair in pairs]


def _differ(a: Shape, b: Shape) -> bool:
    return any(isinstance(x, int) and isinstance(y, int) and x != y for x, y in zip(a, b, strict=True))


def empty(lowering: Lowering, items: List) -> Operand:
    """No elements as a tensor."""
    shape = whole_shape(items)
    if all(isinstance(size, int) for size in shape):
        return np.zeros((0, *(size for size in shape if isinstance(size, int))), numpy_dtype(items.dtype))
    return broadcast_to(lowering.builder.const(0, graph_dtype(items.dtype)), (0, *shape))
