"""How an operation of Keras is called: tensors, plain values and the arguments it was made with, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import leaves, mapped
from totfjs.sources.keras.layers.kind import Rule
from totfjs.sources.keras.use import Flow, Use

# What an operation means: call arguments by position or name, and those of its class by name. Unknown ones are refused.
Function: TypeAlias = Callable[..., Any]

_NARROW = ("int8", "uint8", "int16", "uint16", "uint32", "int4", "uint4")
_UNTOLD = ("name", "trainable", "input_dtypes")
# Names of arguments that mean something else in Python.
_RENAMED = {"ord": "order", "sorted": "in_order", "N": "count"}
# Operations that hand integers on as they are, or compare them.
KEEPING = frozenset((
    "Amax", "Amin", "Argmax", "Argmin", "ArraySplit", "BroadcastTo", "Cast", "Clip", "Concatenate",
    "ConvertToTensor", "Copy", "CountNonzero", "Diagonal", "ExpandDims", "Flip", "Fliplr", "Flipud", "GetItem",
    "Hstack", "Max", "MaxPool", "Maximum", "Min", "Minimum", "Moveaxis", "OneHot", "OnesLike", "Pad", "Ravel",
    "Relu", "Repeat", "Reshape", "Roll", "Rot90", "SaturateCast", "SearchSorted", "Slice", "Sort", "Split",
    "Squeeze", "Stack", "StopGradient", "Swapaxes", "Take", "TakeAlongAxis", "Tile", "TopK", "Transpose",
    "Tril", "Triu", "Unstack", "Vstack", "Where", "ZerosLike",
))  # fmt: skip


def operations(functions: Mapping[str, Function]) -> dict[str, Rule]:
    """The rules of operations of Keras 3, under the kinds that these have here."""
    return {f"ops.{name}": operation(name, function) for name, function in functions.items()}


def operation(name: str, function: Function) -> Rule:
    """The rule of one operation."""

    def lowered(use: Use) -> Any:
        config = {_RENAMED.get(key, key): value for key, value in use.config.items() if key not in _UNTOLD}
        args, kwargs = arguments(use)
        result = function(*args, **kwargs, **config)
        _check_narrow(use, name, result)
        _tell_halves(use)
        return mapped(lambda item: as_tensor(use.builder, item), result, np.ndarray)

    return lowered


def arguments(use: Use) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the call with Tensors for tensors and for arrays."""
    args, kwargs = (_tensors(use.builder, tree) for tree in (use.args, dict(use.kwargs)))
    return args, kwargs


def _tensors(builder: Builder, tree: Any) -> Any:
    flowing = mapped(lambda flow: flow.tensor, tree, Flow)
    return mapped(lambda array: as_tensor(builder, array), flowing, np.ndarray)


def as_tensor(builder: Builder, value: Any) -> Tensor:
    """A number or an array as a tensor, in the dtype that stands for its own."""
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    dtype = {"b": DType.BOOL, "i": DType.INT32, "u": DType.INT32, "f": DType.FLOAT32}.get(array.dtype.kind)
    if array.dtype.kind in "OUS" and dtype is None and all(isinstance(item, str) for item in array.reshape(-1)):
        return builder.const(array.astype(object))
    if dtype is None:
        raise OpError(f"a constant of {array.dtype} is not supported")
    return builder.const(array, dtype)


def tensors_in(tree: Any) -> Iterator[Tensor]:
    """The tensors in nested lists, tuples and dicts."""
    yield from leaves(tree, Tensor)


def _tell_halves(use: Use) -> None:
    for dtype in dict.fromkeys(use.config.get("input_dtypes", ())):
        if dtype in ("float16", "bfloat16", "float64"):
            use.note(f"Operations compute in {dtype} in Keras, and in float32 here.")


def _check_narrow(use: Use, name: str, result: Any) -> None:
    """Refuses arithmetic on integers that wrap around sooner than those of TensorFlow.js."""
    narrow = [dtype for dtype in use.config.get("input_dtypes", ()) if dtype in _NARROW]
    if narrow and name not in KEEPING and any(x.dtype is DType.INT32 for x in tensors_in(result)):
        raise use.refuse(
            f"it computes in {narrow[0]}, whose results wrap around where those of int32 do not",
            "Cast its inputs to int32 or float32 first.",
        )
