"""Arrays of tensors, which loops of frames use: a handle that writes change, and a flow that puts them in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    F32,
    I32,
    Attr,
    Call,
    Difference,
    DType,
    Input,
    OpError,
    OpSpec,
    TensorType,
    element_type,
)
from totfjs.graph.ops.tensor_list import REPEATED, _resolved

NOT_WIRED = {"TensorArrayCloseV3": "it has no output, so that the runtime never gets to it"}

_INT, _ELEMENT = frozenset((I32,)), frozenset((F32, I32, BOOL))
_HANDLE = Input("handle", frozenset((DType.RESOURCE,)))
_FLOW = Input("flow_in", frozenset((F32,)))
_INDEX, _VALUE = Input("index", _INT, host=True), Input("value", _ELEMENT)
_INDICES = Input("indices", _INT, host=True)
_FLOW_TYPE = TensorType(F32, ())
_NO_FLOW = np.array(0, np.float32)


@dataclass(slots=True)
class TensorArray:
    """The elements that were written so far, by place."""

    size: int
    dtype: DType
    dynamic: bool
    clear: bool
    elements: dict[int, np.ndarray] = field(default_factory=dict)

    def write(self, index: int, value: np.ndarray) -> None:
        """Puts an element in a place that is still empty; raises OpError elsewhere."""
        if index in self.elements or index < 0 or (index >= self.size and not self.dynamic):
            raise OpError(f"element {index} of an array of {self.size} cannot be written")
        self.elements[index] = value
        self.size = max(self.size, index + 1)

    def read(self, index: int) -> np.ndarray:
        """An element, which is gone then if the array clears what was read; raises OpError for one never written."""
        if index not in self.elements:
            raise OpError(f"element {index} of an array of {self.size} cannot be read")
        return self.elements.pop(index) if self.clear else self.elements[index]


# --- types ----------------------------------------------------------------------------------------------------------


def _flow(call: Call) -> TensorType:
    return _FLOW_TYPE


def _rows(call: Call, count: Size) -> TensorType:
    return TensorType(call.attrs["dtype"], (count, *_resolved(call, call.attrs["element_shape"], 1)))


def _read_type(call: Call) -> TensorType:
    return TensorType(call.attrs["dtype"], _resolved(call, call.attrs["element_shape"]))


def _concat_type(call: Call) -> TensorType:
    return TensorType(call.attrs["dtype"], (call.unknown(), *_resolved(call, call.attrs["element_shape_except0"], 1)))


# --- meanings -------------------------------------------------------------------------------------------------------


def _create(
    size: np.ndarray, dtype: DType, dynamic_size: bool, clear_after_read: bool, **_: Any
) -> tuple[TensorArray, np.ndarray]:
    return TensorArray(int(size), DType(dtype), dynamic_size, clear_after_read), _NO_FLOW


def _write(array: TensorArray, index: np.ndarray, value: np.ndarray, flow: np.ndarray, **_: Any) -> np.ndarray:
    array.write(int(index), np.asarray(value))
    return _NO_FLOW


def _scatter(array: TensorArray, indices: np.ndarray, value: np.ndarray, flow: np.ndarray, **_: Any) -> np.ndarray:
    for index, row in zip(indices, value, strict=True):
        array.write(int(index), row)
    return _NO_FLOW


def _split(array: TensorArray, value: np.ndarray, lengths: np.ndarray, flow: np.ndarray, **_: Any) -> np.ndarray:
    for index, part in enumerate(np.split(value, np.cumsum(lengths)[:-1])):
        array.write(index, part)
    return _NO_FLOW


def _gather(array: TensorArray, indices: np.ndarray, flow: np.ndarray, **_: Any) -> np.ndarray:
    return np.stack([array.read(int(index)) for index in indices])


def _concat(array: TensorArray, flow: np.ndarray, **_: Any) -> np.ndarray:
    return np.concatenate([array.read(index) for index in range(array.size)])


# --- the table ------------------------------------------------------------------------------------------------------


def _always(call: Call) -> bool:
    return True


def _array_op(name: str, inputs: tuple[Input, ...], rule: Any, meaning: Any, *attrs: Attr, **more: Any) -> OpSpec:
    return OpSpec(name, inputs, rule, meaning, attrs, category="control", pure=False, asynchronous=True, **more)


_DTYPE, _SHAPE = Attr("dtype", "type"), Attr("element_shape", "shape")
_SIZE = Difference(BACKENDS, "the size is that of the part written so far", _always)
_OPEN = Difference(BACKENDS, "an array that leaves more than one dim of its elements open throws", _always)

OPS: tuple[OpSpec, ...] = (
    _array_op(
        "TensorArrayV3",
        (Input("size", _INT, host=True),),
        lambda call: (TensorType(DType.RESOURCE, ()), _FLOW_TYPE),
        _create,
        _DTYPE,
        _SHAPE,
        Attr("dynamic_size", "bool", False),
        Attr("clear_after_read", "bool", True),
        Attr("identical_element_shapes", "bool", False),
        Attr("tensor_array_name", "string", ""),
    ),
    _array_op(
        "TensorArrayWriteV3", (_HANDLE, _INDEX, _VALUE, _FLOW), _flow, _write, Attr("T", "type", element_type(2))
    ),
    _array_op(
        "TensorArrayReadV3",
        (_HANDLE, _INDEX, _FLOW),
        _read_type,
        lambda array, index, flow, **_: array.read(int(index)),
        _DTYPE,
        _SHAPE,
    ),
    _array_op(
        "TensorArrayGatherV3",
        (_HANDLE, _INDICES, _FLOW),
        lambda call: _rows(call, call.shape(1)[0]),
        _gather,
        _DTYPE,
        _SHAPE,
        limits=(REPEATED,),
    ),
    _array_op(
        "TensorArrayScatterV3", (_HANDLE, _INDICES, _VALUE, _FLOW), _flow, _scatter, Attr("T", "type", element_type(2))
    ),
    _array_op(
        "TensorArrayConcatV3", (_HANDLE, _FLOW), _concat_type, _concat, _DTYPE, Attr("element_shape_except0", "shape")
    ),
    _array_op(
        "TensorArraySplitV3",
        (_HANDLE, _VALUE, Input("lengths", _INT, host=True), _FLOW),
        _flow,
        _split,
        Attr("T", "type", element_type(1)),
        differences=(_OPEN,),
    ),
    _array_op(
        "TensorArraySizeV3",
        (_HANDLE, _FLOW),
        lambda call: TensorType(I32, ()),
        lambda array, flow: np.array(array.size, np.int32),
        differences=(_SIZE,),
    ),
)
