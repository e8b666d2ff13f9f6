"""Lists of tensors as values: what stands in for the handles of TensorList and TensorArray while a program is lowered.

| list | is | where |
|---|---|---|
| `Items` | its elements, one operand each | outside of loops, and in loops that are unrolled |
| `Rows` | one tensor, an element a row | in loops of frames, and what comes out of them |
| `Unset` | a length that the model computes, and no element | before anything is put into it |
| `Collector` | a list of the runtime that every turn puts one element into | a loop of frames that only writes it |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType, TensorType
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.tensorflow.dtypes import graph_dtype, numpy_dtype
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Handle, Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering

ElementShape: TypeAlias = "tuple[Size | None, ...] | None"
"""What is known of the shape of the elements: nothing, or a size or None for each dim."""


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
