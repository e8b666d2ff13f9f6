"""Tensors made from sizes and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Size
from totfjs.graph.ops.elementwise import GPU_INTEGERS, GPU_RANK, MIXED, mixes
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
    REAL,
    Attr,
    Call,
    Difference,
    DType,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    element_type,
)

_INTEGER = frozenset((I32,))
_NO_COMPLEX_RESULT_ON_WASM = Limit(
    ("wasm",), "throws", "it has no complex numbers", lambda call: call.attrs["T"] is C64
)


def _filled(slot: int) -> Any:
    return lambda call: TensorType(call.attrs["T"], tuple(call.sizes(slot)))


def _range_rule(call: Call) -> TensorType:
    dtypes = {operand.type.dtype for operand in call.operands}
    if len(dtypes) > 1 or any(operand.type.rank for operand in call.operands):
        raise ValueError("start, limit and delta are scalars of one dtype")
    start, limit, delta = (_number(call, slot) for slot in range(3))
    if delta == 0:
        raise ValueError("delta is 0")
    return TensorType(call.dtype(0), (_range_length(call, start, limit, delta),))


def _number(call: Call, slot: int) -> Any:
    value = call.value(slot)
    if call.dtype(slot) is I32:
        return call.sizes(slot)[0]
    return None if value is None else float(value)


def _range_length(call: Call, start: Any, limit: Any, delta: Any) -> Size:
    if isinstance(delta, dims.Dim) or None in (start, limit, delta):
        return call.unknown()
    if isinstance(limit - start, dims.Dim):
        length = limit - start if delta > 0 else start - limit
        return dims.floordiv(length + (abs(delta) - 1), abs(delta))
    if (limit - start) * delta < 0:
        raise ValueError(f"a step of {delta} leads away from {limit} at {start}")
    return int(np.ceil((limit - start) / delta))


def _range(start: np.ndarray, limit: np.ndarray, delta: np.ndarray, **_: Any) -> np.ndarray:
    count = max(int(np.ceil((float(limit) - float(start)) / float(delta))), 0)
    return (float(start) + np.arange(count) * float(delta)).astype(start.dtype)


def _linspace_rule(call: Call) -> TensorType:
    count = call.sizes(2)[0]
    if isinstance(count, int) and count < 1:
        raise ValueError(f"the number of values is {count}")
    return TensorType(F32, (count,))


def _linspace(start: np.ndarray, stop: np.ndarray, num: np.ndarray, **_: Any) -> np.ndarray:
    return np.linspace(float(start), float(stop), int(num)).astype(np.float32)


def _one_hot_rule(call: Call) -> TensorType:
    if call.dtype(2) is not call.attrs["T"] or call.dtype(3) is not call.attrs["T"]:
        raise ValueError(f"the values are {call.dtype(2)} and {call.dtype(3)}, the result is {call.attrs['T']}")
    return TensorType(call.attrs["T"], (*call.shape(0), *call.sizes(1)))


def _one_hot(x: np.ndarray, depth: np.ndarray, on: np.ndarray, off: np.ndarray, **_: Any) -> np.ndarray:
    return np.where(x[..., None] == np.arange(int(depth)), on, off)


def _too_shallow(call: Call) -> bool:
    depth = call.sizes(1)[0]
    return isinstance(depth, int) and depth < 2


def _rounds_when_mixed(call: Call) -> bool:
    on, off = (np.asarray(call.known(slot), np.float32) for slot in (2, 3))
    return not mixes(off, on)


def _like(name: str, numpy: Any, dtypes: frozenset[DType]) -> OpSpec:
    return OpSpec(
        name,
        (Input("x", dtypes),),
        lambda call: call.type(0),
        lambda x, **_: numpy(x),
        (T,),
        limits=(NO_COMPLEX_ON_WASM, GPU_RANK),
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Fill",
        (Input("shape", _INTEGER, host=True), Input("value", PLAIN, host=True)),
        _filled(0),
        lambda shape, value, **_: np.full(shape, value),
        (Attr("T", "type", element_type(1)), Attr("index_type", "type", I32)),
        limits=(GPU_RANK,),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "Ones",
        (Input("shape", _INTEGER, host=True),),
        _filled(0),
        lambda shape, T, **_: np.ones(shape, T.numpy),
        (Attr("T", "type", F32, choices=tuple(sorted(NUMERIC))),),
        limits=(_NO_COMPLEX_RESULT_ON_WASM, GPU_RANK),
    ),
    OpSpec(
        "Zeros",
        (Input("shape", _INTEGER, host=True),),
        _filled(0),
        lambda shape, T, **_: np.zeros(shape, T.numpy),
        (Attr("T", "type", F32, choices=tuple(sorted(NUMERIC))),),
        limits=(_NO_COMPLEX_RESULT_ON_WASM, GPU_RANK),
    ),
    _like("OnesLike", np.ones_like, NUMERIC),
    _like("ZerosLike", np.zeros_like, NUMERIC),
    OpSpec(
        "Range",
        (Input("start", REAL, host=True), Input("stop", REAL, host=True), Input("step", REAL, host=True)),
        _range_rule,
        _range,
        (Attr("Tidx", "type", element_type()),),
        tolerance=1e-6,
    ),
    OpSpec(
        "LinSpace",
        (
            Input("start", frozenset((F32,)), host=True),
            Input("stop", frozenset((F32,)), host=True),
            Input("num", _INTEGER, host=True),
        ),
        _linspace_rule,
        _linspace,
        (T, Attr("Tidx", "type", I32)),
        limits=(Limit(("webgpu",), "wrong", "a single value is NaN", lambda call: call.sizes(2) == (1,)),),
        tolerance=1e-6,
        accumulates=True,
    ),
    OpSpec(
        "OneHot",
        (
            Input("indices", _INTEGER),
            Input("depth", _INTEGER, host=True),
            Input("onValue", PLAIN, host=True),
            Input("offValue", PLAIN, host=True),
        ),
        _one_hot_rule,
        _one_hot,
        (Attr("axis", "int", -1, choices=(-1,)), Attr("T", "type", element_type(2)), Attr("TI", "type", I32)),
        limits=(
            Limit(BACKENDS, "throws", "the depth has to be 2 at least", _too_shallow),
            Limit(("wasm",), "wrong", "it writes the bits of integers", lambda call: call.attrs["T"] is F32),
            Limit(("wasm",), "crashes", "it writes bools as 4 bytes each", lambda call: call.attrs["T"] is BOOL),
            GPU_RANK,
        ),
        differences=(GPU_INTEGERS, Difference(GPUS, MIXED, _rounds_when_mixed, certain=False)),
    ),
)
