"""Lists of tensors, as loops use them to collect and to hand out rows.

A list is a value: the meanings here leave the list they are given as it is. The runtime changes the list in place and
gives the same handle back, so that a list must not be read once a newer one was made from it. Inside a function it
also frees every tensor that is neither an argument nor a result at the end, elements of lists included: what a body
puts into a list has to be a result of the body too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    F32,
    I32,
    STRING,
    Attr,
    Call,
    Difference,
    DType,
    Input,
    Limit,
    OpError,
    OpSpec,
    TensorType,
    element_type,
)

_HANDLE = TensorType(DType.VARIANT, ())
_LIST = Input("input_handle", frozenset((DType.VARIANT,)))
_INT = frozenset((I32,))
_ELEMENT = frozenset((F32, I32, BOOL, STRING))
_SHAPE = Input("element_shape", _INT, host=True)
_ELEMENT_DTYPE = Attr("element_dtype", "type")

NOT_WIRED = {
    "TensorListPopBack": "it gives the element alone; in TensorFlow its first output is the shorter list",
    "TensorListSplit": "its elements lose their first dim, or it throws",
}


@dataclass(frozen=True, slots=True)
class TensorList:
    """The elements of a list; those that were reserved and not set yet are None and read as zeros."""

    elements: tuple[np.ndarray | None, ...]
    dtype: DType
    shape: tuple[int, ...] | None = None

    def get(self, index: int, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """An element; raises OpError where the list ends."""
        if not 0 <= index < len(self.elements):
            raise OpError(f"element {index} of a list of {len(self.elements)}")
        found = self.elements[index]
        return np.zeros(self._merged(shape), self.dtype.numpy) if found is None else found

    def _merged(self, shape: tuple[int, ...] | None) -> tuple[int, ...]:
        set_shapes = [element.shape for element in self.elements if element is not None]
        known = [candidate for candidate in (shape, self.shape, *set_shapes) if candidate is not None]
        if not known:
            raise OpError("the shape of an element that was never set is not known")
        merged = tuple(max(sizes) for sizes in zip(*known, strict=True))
        if min(merged, default=0) < 0:
            raise OpError("the shape of an element that was never set is not known")
        return merged


# --- types ----------------------------------------------------------------------------------------------------------


def _element_shape(call: Call, slot: int, first: int = 0) -> Shape:
    """What an `element_shape` operand says; a dim of its own for each -1."""
    if call.rank(slot) != 1:
        raise OpError(f"{call.op}: the number of dims of the elements has to be known")
    return _resolved(call, call.sizes(slot), first)


def _resolved(call: Call, sizes: Shape, first: int = 0) -> Shape:
    return tuple(
        call.unknown(first + index) if isinstance(size, int) and size < 0 else size for index, size in enumerate(sizes)
    )


def _item_type(call: Call) -> TensorType:
    return TensorType(call.attrs["element_dtype"], _element_shape(call, 2))


def _length_type(call: Call) -> TensorType:
    return TensorType(I32, ())


def _stack_type(call: Call) -> TensorType:
    count: Size = call.attrs["num_elements"] if call.attrs["num_elements"] >= 0 else call.unknown()
    return TensorType(call.attrs["element_dtype"], (count, *_element_shape(call, 1, 1)))


def _gather_type(call: Call) -> TensorType:
    return TensorType(call.attrs["element_dtype"], (call.shape(1)[0], *_element_shape(call, 2)))


def _concat_type(call: Call) -> TensorType:
    shape = call.attrs["element_shape"]
    if not shape:
        raise ValueError("scalars cannot be joined")
    return TensorType(call.attrs["element_dtype"], (call.unknown(), *_resolved(call, shape[1:], 1)))


# --- meanings -------------------------------------------------------------------------------------------------------


def _shape(operand: np.ndarray) -> tuple[int, ...] | None:
    return None if operand.ndim == 0 else tuple(int(size) for size in operand)


def _reserve(shape: np.ndarray, count: np.ndarray, element_dtype: DType, **_: Any) -> TensorList:
    return TensorList((None,) * int(count), DType(element_dtype), _shape(shape))


def _empty(shape: np.ndarray, most: np.ndarray, element_dtype: DType, **_: Any) -> TensorList:
    return TensorList((), DType(element_dtype), _shape(shape))


def _from_tensor(tensor: np.ndarray, shape: np.ndarray, element_dtype: DType, **_: Any) -> TensorList:
    return TensorList(tuple(tensor), DType(element_dtype), _shape(shape))


def _scatter(
    tensor: np.ndarray,
    indices: np.ndarray,
    shape: np.ndarray,
    count: np.ndarray | None = None,
    *,
    element_dtype: DType,
    **_: Any,
) -> TensorList:
    least = int(indices.max(initial=-1)) + 1
    size = least if count is None or count < 0 else int(count)
    elements: list[np.ndarray | None] = [None] * size
    for index, element in zip(indices, tensor, strict=True):
        elements[index] = element
    return TensorList(tuple(elements), DType(element_dtype), _shape(shape))


def _set(items: TensorList, index: np.ndarray, element: np.ndarray, **_: Any) -> TensorList:
    place = int(index)
    if not 0 <= place < len(items.elements):
        raise OpError(f"element {place} of a list of {len(items.elements)}")
    return replace(items, elements=(*items.elements[:place], np.asarray(element), *items.elements[place + 1 :]))


def _push(items: TensorList, element: np.ndarray, **_: Any) -> TensorList:
    return replace(items, elements=(*items.elements, np.asarray(element)))


def _resize(items: TensorList, size: np.ndarray) -> TensorList:
    count = int(size)
    return replace(items, elements=items.elements[:count] + (None,) * (count - len(items.elements)))


def _stack(items: TensorList, shape: np.ndarray, **_: Any) -> np.ndarray:
    return _gather(items, np.arange(len(items.elements)), shape)


def _gather(items: TensorList, indices: np.ndarray, shape: np.ndarray, **_: Any) -> np.ndarray:
    if len(indices):
        return np.stack([items.get(int(index), _shape(shape)) for index in indices])
    return np.zeros((0, *items._merged(_shape(shape))), items.dtype.numpy)


def _concat(items: TensorList, element_shape: Shape, **_: Any) -> np.ndarray:
    shape = tuple(size if isinstance(size, int) else -1 for size in element_shape)
    if not items.elements:
        return np.zeros((0, *items._merged(shape)[1:]), items.dtype.numpy)
    return np.concatenate([items.get(index, shape) for index in range(len(items.elements))])


# --- the table ------------------------------------------------------------------------------------------------------


def _always(call: Call) -> bool:
    return True


def _repeats(call: Call) -> bool:
    indices = call.value(1)
    return indices is not None and len(np.unique(indices)) < indices.size


# Indices that differ are never more than there are elements.
REPEATED = Limit(
    BACKENDS, "wrong", "indices that repeat may be more than there are elements, and are dropped", _repeats
)


_IN_PLACE = Difference(BACKENDS, "the list is changed in place", _always)
_UNSET = Difference(BACKENDS, "an element that was never set throws instead of being zeros", _always)
_NO_SIZE = Difference(BACKENDS, "its length is 0 until elements are set", _always)
_DROPPED = Difference(BACKENDS, "of the indices, no more are read than the list has elements", _always)
_UNEQUAL = Difference(BACKENDS, "elements of different shape throw", _always)
_EMPTY_LIST = Difference(BACKENDS, "an empty list gives float32, or throws", _always)


def _list_op(name: str, inputs: tuple[Input, ...], rule: Any, meaning: Any, **more: Any) -> OpSpec:
    """Handles must be neither shared nor folded: nothing here is pure."""
    attrs = more.pop("attrs", (_ELEMENT_DTYPE,))
    return OpSpec(name, inputs, rule, meaning, attrs, category="control", pure=False, asynchronous=True, **more)


def _handle(call: Call) -> TensorType:
    return _HANDLE


_TENSOR, _INDEX = Input("tensor", _ELEMENT), Input("index", _INT, host=True)
_INDICES = Input("indices", _INT, host=True)
_DTYPE_OF_TENSOR = (Attr("element_dtype", "type", element_type()), Attr("shape_type", "type", I32))
_NEW = (_ELEMENT_DTYPE, Attr("shape_type", "type", I32))
_JOIN_DIFFERENCES = (_UNSET, _EMPTY_LIST, _UNEQUAL)
_JOIN = (_ELEMENT_DTYPE, Attr("element_shape", "shape"), Attr("shape_type", "type", I32))

OPS: tuple[OpSpec, ...] = (
    _list_op("EmptyTensorList", (_SHAPE, Input("max_num_elements", _INT, host=True)), _handle, _empty, attrs=_NEW),
    _list_op(
        "TensorListReserve",
        (_SHAPE, Input("num_elements", _INT, host=True)),
        _handle,
        _reserve,
        attrs=_NEW,
        differences=(_NO_SIZE,),
        note="a TensorListResize to the same size gives the list its length",
    ),
    _list_op("TensorListFromTensor", (_TENSOR, _SHAPE), _handle, _from_tensor, attrs=_DTYPE_OF_TENSOR),
    _list_op("TensorListScatter", (_TENSOR, _INDICES, _SHAPE), _handle, _scatter, attrs=_DTYPE_OF_TENSOR),
    _list_op(
        "TensorListScatterV2",
        (_TENSOR, _INDICES, _SHAPE, Input("num_elements", _INT, host=True)),
        _handle,
        _scatter,
        attrs=_DTYPE_OF_TENSOR,
        differences=(_NO_SIZE,),
    ),
    _list_op(
        "TensorListSetItem",
        (_LIST, _INDEX, Input("item", _ELEMENT)),
        _handle,
        _set,
        attrs=(Attr("element_dtype", "type", element_type(2)),),
        differences=(_IN_PLACE,),
    ),
    _list_op(
        "TensorListPushBack",
        (_LIST, Input("tensor", _ELEMENT)),
        _handle,
        _push,
        attrs=(Attr("element_dtype", "type", element_type(1)),),
        differences=(_IN_PLACE,),
    ),
    _list_op("TensorListResize", (_LIST, Input("size", _INT, host=True)), _handle, _resize, attrs=()),
    _list_op(
        "TensorListLength", (_LIST,), lambda call: TensorType(I32, ()), lambda items: len(items.elements), attrs=()
    ),
    _list_op(
        "TensorListGetItem",
        (_LIST, _INDEX, _SHAPE),
        _item_type,
        lambda items, index, shape, **_: items.get(int(index), _shape(shape)),
        differences=(_UNSET,),
    ),
    _list_op(
        "TensorListGather",
        (_LIST, _INDICES, _SHAPE),
        _gather_type,
        _gather,
        limits=(REPEATED,),
        differences=(_UNSET, _EMPTY_LIST, _DROPPED),
    ),
    _list_op(
        "TensorListStack",
        (_LIST, _SHAPE),
        _stack_type,
        _stack,
        attrs=(_ELEMENT_DTYPE, Attr("num_elements", "int", -1)),
        differences=(_UNSET, _EMPTY_LIST),
    ),
    _list_op(
        "TensorListConcat", (_LIST,), _concat_type, _concat, attrs=_JOIN, differences=(_UNSET, _EMPTY_LIST, _UNEQUAL)
    ),
    _list_op(
        "TensorListConcatV2", (_LIST,), _concat_type, _concat, attrs=_JOIN, differences=(_UNSET, _EMPTY_LIST, _UNEQUAL)
    ),
)
