"""Lists of tensors as values: what stands in for the handles of TensorList and TensorArray while a program is lowered.

| list | is | where |
|---|---|---|
| `Items` | its elements, one operand each | outside of loops, and in loops that are unrolled |
| `Rows` | one tensor, an element a row | in loops of frames, and what comes out of them |
| `Collector` | a list of the runtime that every turn puts one element into | a loop of frames that only writes it |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType, TensorType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.rows import put, row, stack
from totfjs.recipes.rows import rows as unstacked
from totfjs.recipes.shapes import broadcast_to, expand, reshape, shape_vector
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.tensorflow.dtypes import graph_dtype, numpy_dtype
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Handle, Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering

ElementShape: TypeAlias = "tuple[Size | None, ...] | None"
# Lists of more elements are one tensor from the beginning.
MOST_ITEMS = 4096


@dataclass(frozen=True, eq=False)
class Items(Handle):
    """A list of known length. Elements that were reserved and not set are None and read as zeros."""

    dtype: str
    shape: ElementShape
    items: tuple[Operand | None, ...]


@dataclass(frozen=True, eq=False)
class Rows(Handle):
    """A list whose elements are the rows of a tensor."""

    dtype: str
    shape: ElementShape
    rows: Tensor


@dataclass(frozen=True, eq=False)
class Unset(Handle):
    """A list of a length that the model computes, none of whose elements is set."""

    dtype: str
    shape: ElementShape
    length: Tensor


@dataclass(frozen=True, eq=False)
class Collector(Handle):
    """A list of the runtime that takes one element in each turn; `kinds` has the type of these, once one was put."""

    dtype: str
    shape: ElementShape
    handle: Tensor
    turn: Tensor
    kinds: list[TensorType] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Array(Handle):
    """What an array of TensorFlow 1 was made as; its content, a list, is in the flow."""

    dtype: str
    grows: bool


List: TypeAlias = "Items | Rows | Unset | Collector"


def list_of(operand: Operand) -> List:
    """An operand that is a list."""
    if not isinstance(operand, Items | Rows | Unset | Collector):
        raise OpError("it reads no list of tensors that totfjs has followed")
    return operand


# --- making -----------------------------------------------------------------------------------------------------------


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
        return Items(dtype, x.shape[1:], tuple(np.ascontiguousarray(each) for each in x))
    if isinstance(x, Complex):
        count, parts = x.real.shape[0], tuple(broadcast_to(part, shape_of(x)) for part in (x.real, x.imag))
        if not isinstance(count, int):
            raise OpError("a list of complex numbers has to have a known length")
        return Items(dtype, shape_of(x)[1:], tuple(map(Complex, *map(unstacked, parts))))
    tensor = lowering.tensor(x)
    assert isinstance(tensor, Tensor)
    return Rows(dtype, tensor.shape[1:], tensor)


# --- elements ---------------------------------------------------------------------------------------------------------


def known(shape: ElementShape) -> bool:
    """Whether every dim of an element is known."""
    return shape is not None and None not in shape


def merged(a: ElementShape, b: ElementShape) -> ElementShape:
    """What two shapes say together."""
    if a is None or b is None:
        return b if a is None else a
    if len(a) != len(b):
        raise OpError(f"elements of the list have {len(a)} dims and {len(b)} dims")
    return tuple(y if x is None else x for x, y in zip(a, b, strict=True))


def element_shape(items: List) -> ElementShape:
    """The shape of the elements, as far as it is known."""
    shape = items.shape
    if isinstance(items, Rows):
        return items.rows.shape[1:]
    for item in items.items if isinstance(items, Items) else ():
        if item is not None:
            shape = merged(shape_of(item), shape)
    return shape


def whole_shape(items: List) -> Shape:
    """The shape of the elements, all of it."""
    shape = element_shape(items)
    if shape is None or None in shape:
        raise OpError("the shape of an element that was never set is not known")
    return tuple(size for size in shape if size is not None)


def zeros(lowering: Lowering, items: List) -> Operand:
    """An element that was never set."""
    shape = whole_shape(items)
    if all(isinstance(size, int) for size in shape):
        sizes = tuple(size for size in shape if isinstance(size, int))
        if items.dtype == "string":
            return np.full(sizes, b"", object)
        return np.zeros(sizes, numpy_dtype(items.dtype))
    kind = graph_dtype(items.dtype)
    return broadcast_to(lowering.builder.const(b"" if kind is DType.STRING else 0, kind), shape)


# --- forms ------------------------------------------------------------------------------------------------------------


def longer(items: List, length: int) -> List:
    """The list with room for at least so many elements."""
    if not isinstance(items, Items) or len(items.items) >= length:
        return items
    return replace(items, items=items.items + (None,) * (length - len(items.items)))


def dense(lowering: Lowering, items: List) -> Rows:
    """The list as rows of a tensor."""
    if isinstance(items, Rows):
        return items
    if isinstance(items, Collector):
        raise OpError("the loop reads what it writes in another order than turn by turn")
    builder, kind = lowering.builder, graph_dtype(items.dtype)
    if isinstance(items, Unset):
        shape = whole_shape(items)
        sizes = builder.operand(items.length).sizes
        zero = builder.const(0, kind)
        if sizes is not None:
            return Rows(items.dtype, items.shape, broadcast_to(zero, (sizes[0], *shape)))
        lengths = [reshape(items.length, (1,)), *([shape_vector(builder, shape)] if shape else [])]
        filled = builder.op("ConcatV2", *lengths, 0) if shape else lengths[0]
        return Rows(items.dtype, items.shape, builder.op("Fill", filled, zero))
    if not items.items or all(item is None for item in items.items):
        shape = (len(items.items), *whole_shape(items))
        return Rows(items.dtype, items.shape, broadcast_to(builder.const(0, kind), shape))
    found = stacked(lowering, items)
    tensor = lowering.tensor(found)
    if not isinstance(tensor, Tensor):
        raise OpError("totfjs has no lowering for lists of complex numbers in loops")
    return Rows(items.dtype, items.shape, tensor)


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


# --- reading and writing ----------------------------------------------------------------------------------------------


def length_of(lowering: Lowering, items: List) -> Size | Tensor:
    """The number of elements."""
    if isinstance(items, Items):
        return len(items.items)
    if isinstance(items, Rows):
        return items.rows.shape[0]
    if isinstance(items, Unset):
        sizes = lowering.builder.operand(items.length).sizes
        return sizes[0] if sizes else items.length
    raise OpError("the loop asks for the length of the list that it fills")


def get(lowering: Lowering, items: List, index: Operand) -> Operand:
    """An element."""
    if isinstance(items, Collector):
        raise OpError("the loop reads what it writes in another order than turn by turn")
    if isinstance(index, np.ndarray):
        return _get_known(lowering, items, int(index))
    assert isinstance(index, Tensor)
    found = dense(lowering, items).rows
    if found.shape[0] == 0:
        return zeros(lowering, items)
    return at_rows(found, reshape(index, ()))


def _get_known(lowering: Lowering, items: Items | Rows | Unset, index: int) -> Operand:
    if isinstance(items, Unset):
        return zeros(lowering, items)
    if isinstance(items, Items):
        if not 0 <= index < len(items.items):
            raise OpError(f"it reads element {index} of a list of {len(items.items)}")
        item = items.items[index]
        return zeros(lowering, items) if item is None else item
    x, size = items.rows, items.rows.shape[0]
    if index < 0 or (isinstance(size, int) and index >= size):
        raise OpError(f"it reads element {index} of a list of {size}")
    if isinstance(size, Dim):
        return row(x, x.builder.const(index, DType.INT32))
    first = slice_axes(x, [index, *[0] * (x.rank - 1)], [index + 1, *x.shape[1:]])
    return reshape(first, x.shape[1:])


def at_rows(x: Tensor, places: Tensor) -> Tensor:
    """Rows of a tensor; bools are numbers meanwhile, where a backend cannot gather them."""
    if x.dtype is DType.BOOL and x.builder.refusal("GatherV2", x, places, x.builder.const(0)) is not None:
        found = x.builder.op("GatherV2", elementwise("Cast", x, DstT=DType.INT32), places, 0)
        return elementwise("NotEqual", found, x.builder.const(0))
    return row(x, places) if places.rank == 0 else x.builder.op("GatherV2", x, places, 0)


def with_item(lowering: Lowering, items: List, index: Operand, value: Operand, *, grows: bool = False) -> List:
    """The list with another element."""
    shape = merged(items.shape, None)
    if not _suits(shape, shape_of(value)):
        raise OpError(f"an element of shape {list(shape_of(value))} is put into a list of {shape}")
    if isinstance(items, Collector):
        return _collected(lowering, items, index, value)
    if isinstance(index, np.ndarray):
        apart = separate(items)
        if apart is not None:
            return _with_known(apart, int(index), value, grows)
        index = lowering.builder.const(int(index), DType.INT32)
    if grows:
        raise OpError("a list that grows is written at a computed place")
    item, place = lowering.tensor(value), lowering.tensor(index)
    if not isinstance(item, Tensor) or not isinstance(place, Tensor):
        raise OpError("totfjs has no lowering for lists of complex numbers in loops")
    if not isinstance(items, Rows):
        items = replace(items, shape=merged(element_shape(items), item.shape))
    return replace(items := dense(lowering, items), rows=_written(items.rows, reshape(place, ()), item))


def _with_known(items: Items, index: int, value: Operand, grows: bool) -> Items:
    found = list(items.items)
    if grows and index >= len(found):
        found += [None] * (index + 1 - len(found))
    if not 0 <= index < len(found):
        raise OpError(f"it writes element {index} of a list of {len(found)}")
    found[index] = value
    return replace(items, items=tuple(found))


def _written(rows: Tensor, index: Tensor, item: Tensor) -> Tensor:
    """The rows with one replaced: all of them are chosen anew, which needs no bounds."""
    if rows.shape[1:] != item.shape:
        raise OpError(f"an element of shape {list(item.shape)} is put among those of {list(rows.shape[1:])}")
    here = elementwise("Equal", iota(rows.builder, rows.shape[0]), index)
    return select(expand(here, [0], rows.rank), expand(item, range(1, rows.rank), rows.rank), rows)


def _collected(lowering: Lowering, items: Collector, index: Operand, value: Operand) -> Collector:
    item = lowering.tensor(value)
    if not isinstance(item, Tensor) or not isinstance(index, Tensor):
        raise OpError("totfjs has no lowering for lists of complex numbers in loops")
    items.kinds.append(item.type)
    if items.kinds[0] != item.type:
        raise OpError(f"elements of {items.kinds[0]} and of {item.type} are put into one list")
    return replace(items, handle=put(items.handle, reshape(index, ()), item))


def _suits(shape: ElementShape, found: Shape) -> bool:
    return shape is None or (
        len(shape) == len(found)
        and not any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in zip(shape, found, strict=True))
    )
