"""Dtypes of operands as Keras promotes them: bool, int32, float32; Python numbers give way to tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import from_float, wrapped
from totfjs.sources.keras.operations.binding import as_tensor, tensors_in

_ORDER = (DType.BOOL, DType.INT32, DType.FLOAT32, DType.COMPLEX64)
# How many values a narrow integer has, and the least.
_RANGES = {"int8": (256, -128), "uint8": (256, 0), "int16": (65536, -32768), "uint16": (65536, 0)}
_DTYPES = {
    "bool": DType.BOOL, "int32": DType.INT32, "int64": DType.INT32, "int": DType.INT32, "float": DType.FLOAT32,
    **dict.fromkeys(("float32", "float16", "bfloat16", "float64", "half", "double"), DType.FLOAT32),
    **dict.fromkeys(_RANGES, DType.INT32),
}  # fmt: skip


def builder_of(*values: Any) -> Builder:
    """The builder of the first tensor among values."""
    for tensor in tensors_in(values):
        return tensor.builder
    raise OpError("none of its arguments is a tensor")


def promoted(*values: Any, least: DType = DType.BOOL) -> list[Tensor]:
    """Tensors of one dtype: the widest among them, and at least `least`."""
    builder = builder_of(values)
    tensors = [as_tensor(builder, value) for value in values]
    if any(x.dtype is DType.STRING for x in tensors):
        if all(x.dtype is DType.STRING for x in tensors):
            return tensors
        raise OpError("strings and numbers do not go together")
    dtype = max((least, *(x.dtype for x in tensors)), key=_ORDER.index)
    return [converted(x, dtype) for x in tensors]


def numbers(*values: Any) -> list[Tensor]:
    """Tensors of one dtype that is not bool."""
    return promoted(*values, least=DType.INT32)


def floats(*values: Any) -> list[Tensor]:
    """Tensors of float32."""
    found = promoted(*values, least=DType.FLOAT32)
    if found[0].dtype is not DType.FLOAT32:
        raise OpError("complex numbers are not supported here")
    return found


def floating(value: Any) -> Tensor:
    """One tensor of float32."""
    return floats(value)[0]


def converted(x: Tensor, dtype: DType) -> Tensor:
    """A tensor in another dtype, as XLA converts."""
    if x.dtype is dtype:
        return x
    if dtype is DType.BOOL:
        return elementwise("NotEqual", x, x.builder.like(x, 0))
    if x.dtype is DType.FLOAT32 and dtype is DType.INT32:
        return from_float(x, -(2**31), 2**31 - 1)
    return elementwise("Cast", x, DstT=dtype)


def dtype_named(name: Any) -> DType:
    """What stands for a dtype of Keras."""
    if not isinstance(name, str) or name not in _DTYPES:
        raise OpError(f"the dtype {name} is none that TensorFlow.js has")
    return _DTYPES[name]


def cast(x: Tensor, name: str) -> Tensor:
    """A tensor as a dtype of Keras; narrow integers wrap around, and floats stay within their range."""
    dtype = dtype_named(name)
    if name not in _RANGES or x.dtype is DType.BOOL:
        return converted(x, dtype)
    count, least = _RANGES[name]
    if x.dtype is DType.FLOAT32:
        return from_float(x, least, least + count - 1)
    return wrapped(x, count, least)


def whole(value: Any) -> int:
    """A number that has to be known when the model is converted."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise OpError(f"{value!r} has to be a whole number that is known when the model is converted")
    return value


def axes_of(x: Tensor, axis: Any) -> list[int]:
    """The axes that an argument names, counted from the front: all for None."""
    if axis is None:
        return list(range(x.rank))
    listed = [whole(item) for item in axis] if isinstance(axis, list | tuple) else [whole(axis)]
    return sorted(place(item, x.rank) for item in listed)


def place(axis: Any, rank: int) -> int:
    """An axis counted from the front."""
    found = whole(axis)
    if not -rank <= found < rank:
        raise OpError(f"there is no axis {found} in {rank} dims")
    return found % rank


def known(x: Tensor, axis: int) -> int:
    """The length of an axis, where it has to be known."""
    size: Size = x.shape[axis]
    if not isinstance(size, int):
        raise OpError(f"the length {size} of axis {axis} has to be known")
    return size


def pairs(value: Any, count: int) -> Sequence[Any]:
    """One value for each of `count` axes: itself where there is one alone."""
    found = list(value) if isinstance(value, list | tuple) else [value] * count
    if len(found) == 1:
        found = found * count
    if len(found) != count:
        raise OpError(f"{value!r} has to be one number, or {count}")
    return found
