"""The same elements in another dtype or shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import GPU_RANK, READ_BACK, broadcast_shapes, wrapped
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    C64,
    F32,
    GPUS,
    I32,
    NO_COMPLEX_ON_WASM,
    NUMERIC,
    PLAIN,
    TENSOR,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    element_type,
    normal_axis,
)
from totfjs.graph.types import DType


def cast(x: np.ndarray, dtype: DType) -> np.ndarray:
    """The elements in another dtype. Numbers become integers as in JavaScript: truncated, modulo 2**32, NaN as 0."""
    if x.dtype.kind == "c" and dtype is not C64:
        x = x.real
    if x.dtype.kind == "f" and dtype is I32:
        return wrapped(x)
    return x.astype(dtype.numpy)


def reshaped(shape: Shape, wanted: Shape) -> Shape:
    """The shape that `Reshape` gives: at most one size of `wanted` is -1, and the others decide it."""
    places = [index for index, size in enumerate(wanted) if isinstance(size, int) and size == -1]
    if len(places) > 1:
        raise ValueError("only one size can be -1")
    total = dims.product(shape)
    if not places:
        count = dims.product(wanted)
        if isinstance(count, int) and isinstance(total, int) and count != total:
            raise ValueError(f"{total} elements do not fit in {list(wanted)}")
        return wanted
    others = dims.product(size for index, size in enumerate(wanted) if index != places[0])
    if others == 0:
        raise ValueError("-1 stands for any size where another one is 0")
    if isinstance(total, int) and isinstance(others, int) and total % others:
        raise ValueError(f"{total} elements do not fit in {list(wanted)}")
    return tuple(dims.floordiv(total, others) if index == places[0] else size for index, size in enumerate(wanted))


def squeezed(shape: Shape, axes: tuple[int, ...]) -> Shape:
    """A shape without the given dims of size 1, or without all of them when none are given."""
    if not axes and not all(isinstance(size, int) for size in shape):
        raise ValueError("the dims to squeeze have to be named where a size is not known")
    gone = {normal_axis(axis, len(shape)) for axis in axes} or {i for i, size in enumerate(shape) if size == 1}
    for axis in gone:
        if isinstance(shape[axis], int) and shape[axis] != 1:
            raise ValueError(f"dim {axis} has size {shape[axis]}, not 1")
    return tuple(size for index, size in enumerate(shape) if index not in gone)


def _reshape_rule(call: Call) -> TensorType:
    return call.type(0).with_shape(*reshaped(call.shape(0), call.sizes(1)))


def _expand_rule(call: Call) -> TensorType:
    shape = list(call.shape(0))
    shape.insert(normal_axis(int(call.known(1)), len(shape) + 1), 1)
    return call.type(0).with_shape(*shape)


def _broadcast_rule(call: Call) -> TensorType:
    shape, wanted = call.shape(0), call.sizes(1)
    if len(wanted) < len(shape):
        raise ValueError(f"{list(shape)} has more dims than {list(wanted)}")
    for size, target in zip(reversed(shape), reversed(wanted), strict=False):
        if isinstance(size, int) and isinstance(target, int) and size not in (1, target):
            raise ValueError(f"size {size} does not broadcast to {target}")
    return call.type(0).with_shape(*wanted)


def _keeps_one(call: Call) -> bool:
    shape, wanted = call.shape(0), call.sizes(1)
    padded = (1,) * (len(wanted) - len(shape)) + shape
    repeats = [target for size, target in zip(padded, wanted, strict=True) if size != target]
    grow = any(isinstance(count, int) and count > 1 for count in repeats)
    return not grow and any(count == 0 or not isinstance(count, int) for count in repeats)


def _large_broadcast(call: Call) -> bool:
    wanted = call.sizes(1)
    return len(wanted) > 4 and call.shape(0) != wanted


def _ensure_rule(call: Call) -> TensorType:
    shape, wanted = call.shape(0), call.sizes(1)
    if len(shape) != len(wanted):
        raise ValueError(f"{list(shape)} is not {list(wanted)}")
    return call.type(0).with_shape(*(_ensured(a, b) for a, b in zip(shape, wanted, strict=True)))


def _ensured(size: Size, wanted: Size) -> Size:
    if wanted == -1:
        return size
    if isinstance(size, int) and isinstance(wanted, int) and size != wanted:
        raise ValueError(f"a size is {size}, not {wanted}")
    return size if isinstance(size, int) else wanted


def _ensure(x: np.ndarray, shape: np.ndarray, **_: Any) -> np.ndarray:
    if x.ndim != len(shape) or any(b not in (-1, a) for a, b in zip(x.shape, shape, strict=True)):
        raise ValueError(f"{x.shape} is not {shape.tolist()}")
    return x


def _broadcast_args_rule(call: Call) -> TensorType:
    if call.rank(0) != 1 or call.rank(1) != 1:
        raise ValueError("shapes are vectors")
    return TensorType(I32, (dims.maximum(call.shape(0)[0], call.shape(1)[0]),))


def _does_not_fit(call: Call) -> bool:
    x = call.value(0)
    assert x is not None
    return x.dtype.kind == "f" and call.attrs["DstT"] is I32 and not bool((np.abs(x) < 2.0**31).all())


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Cast",
        (Input("x", NUMERIC),),
        lambda call: TensorType(call.attrs["DstT"], call.shape(0)),
        lambda x, DstT, **_: cast(x, DstT),
        (Attr("SrcT", "type", element_type()), Attr("DstT", "type", choices=tuple(sorted(NUMERIC)))),
        limits=(
            Limit(("wasm",), "wrong", "it keeps the low 8 bits of the whole number: compare with 0 instead",
                  lambda call: call.dtype(0) in (F32, I32) and call.attrs["DstT"] is BOOL),
            Limit(("wasm",), "throws", "it has no complex numbers",
                  lambda call: C64 in (call.dtype(0), call.attrs["DstT"])),
            GPU_RANK,
        ),
        differences=(
            Difference(GPUS, "NaN, infinities and what does not fit become any integer", _does_not_fit, certain=False),
        ),
    ),
    OpSpec(
        "ExpandDims",
        (Input("x", TENSOR), Input("axis", frozenset((I32,)), host=True)),
        _expand_rule,
        lambda x, axis, **_: np.expand_dims(x, int(axis)),
        (T, Attr("Tdim", "type", I32)),
        limits=(NO_COMPLEX_ON_WASM,),
    ),
    OpSpec(
        "Squeeze",
        (Input("x", TENSOR),),
        lambda call: call.type(0).with_shape(*squeezed(call.shape(0), tuple(call.attrs["squeeze_dims"]))),
        lambda x, squeeze_dims, **_: np.squeeze(x, tuple(squeeze_dims) or None),
        (T, Attr("squeeze_dims", "ints", ())),
        limits=(NO_COMPLEX_ON_WASM,),
    ),
    OpSpec(
        "Reshape",
        (Input("x", TENSOR), Input("shape", frozenset((I32,)), host=True)),
        _reshape_rule,
        lambda x, shape, **_: x.reshape(shape),
        (T, Attr("Tshape", "type", I32)),
        limits=(NO_COMPLEX_ON_WASM,),
    ),
    OpSpec(
        "EnsureShape",
        (Input("x", TENSOR), Input("shape", frozenset((I32,)), host=True)),
        _ensure_rule,
        _ensure,
        (T,),
        limits=(
            NO_COMPLEX_ON_WASM,
            Limit(BACKENDS, "throws", "every size has to be given", lambda call: -1 in call.sizes(1)),
        ),
    ),
    OpSpec(
        "BroadcastTo",
        (Input("x", PLAIN), Input("shape", frozenset((I32,)), host=True)),
        _broadcast_rule,
        lambda x, shape, **_: np.broadcast_to(x, shape),
        (T, Attr("Tidx", "type", I32)),
        limits=(
            Limit(BACKENDS, "wrong", "it keeps size 1 where 0 may be wanted and no other size is sure to grow",
                  _keeps_one),
            Limit(("webgpu",), "undefined", READ_BACK, _large_broadcast),
            GPU_RANK,
        ),
    ),
    OpSpec(
        "BroadcastArgs",
        (Input("s0", frozenset((I32,))), Input("s1", frozenset((I32,)))),
        _broadcast_args_rule,
        lambda s0, s1, **_: np.array(broadcast_shapes(tuple(map(int, s0)), tuple(map(int, s1)))),
        (T,),
    ),
)  # fmt: skip
