"""Elements of lists of tensors, read and written at places that are known or computed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.rows import put, row
from totfjs.recipes.shapes import expand, reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.tensorflow.flow.forms import dense, separate
from totfjs.sources.tensorflow.flow.lists import (
    Collector,
    ElementShape,
    Items,
    List,
    Rows,
    Unset,
    element_shape,
    merged,
    zeros,
)
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering


def longer(items: List, length: int) -> List:
    """The list with room for at least so many elements."""
    if not isinstance(items, Items) or len(items.items) >= length:
        return items
    return replace(items, items=items.items + (None,) * (length - len(items.items)))


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
