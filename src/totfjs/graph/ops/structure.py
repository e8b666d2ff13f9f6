"""The frame of a graph: inputs, constants, identities, shapes as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.ops.spec import (
    ANY,
    BACKENDS,
    C64,
    F32,
    I32,
    NO_COMPLEX_ON_WASM,
    TENSOR,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    operand_count,
    same_type,
)

_DTYPE, _SHAPE = Attr("dtype", "type"), Attr("shape", "shape")
_OUT_TYPE = Attr("out_type", "type", I32, choices=(I32,))


def _identity(name: str) -> OpSpec:
    return OpSpec(name, (Input("x", ANY),), same_type(), lambda x, T: x, (T,), (NO_COMPLEX_ON_WASM,))


def _number(name: str, numpy: Callable[[np.ndarray], int]) -> OpSpec:
    return OpSpec(
        name,
        (Input("x", TENSOR),),
        lambda call: TensorType(I32, ()),
        lambda x, **_: np.array(numpy(x), np.int32),
        (T, _OUT_TYPE),
        (NO_COMPLEX_ON_WASM,),
    )


def _types(start: int = 0) -> Callable[[Call], tuple[Any, ...]]:
    return lambda call: tuple(operand.type.dtype for operand in call.operands[start:])


def _shape(x: np.ndarray) -> np.ndarray:
    return np.array(np.shape(x), np.int32)


def _default_rule(call: Call) -> TensorType:
    default, shape = call.type(0), tuple(call.attrs["shape"])
    if len(shape) != default.rank or call.attrs["dtype"] is not default.dtype:
        raise ValueError(f"the default is {default}")
    for size, wanted in zip(default.shape, shape, strict=True):
        if isinstance(size, int) and isinstance(wanted, int) and size != wanted:
            raise ValueError(f"the default is {default}")
    return default.with_shape(*shape)


def _quantized(x: np.ndarray, low: np.ndarray, high: np.ndarray, num_bits: int, narrow_range: bool, **_: Any) -> Any:
    first, last = float(narrow_range), float(2**num_bits - 1)
    scale = (float(high) - float(low)) / (last - first)
    zero = np.clip(np.floor(first - float(low) / scale + 0.5), first, last)
    bounded = np.clip(x, (first - zero) * scale, (last - zero) * scale)
    return np.floor((bounded - (first - zero) * scale) / scale + 0.5) * scale + (first - zero) * scale


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Placeholder",
        (),
        lambda call: TensorType(call.attrs["dtype"], tuple(call.attrs["shape"])),
        None,
        (_DTYPE, _SHAPE),
        (Limit(("wasm",), "throws", "it has no complex numbers", lambda call: call.attrs["dtype"] is C64),),
    ),
    OpSpec(
        "PlaceholderWithDefault",
        (Input("default", TENSOR),),
        _default_rule,
        lambda default, **_: default,
        (_DTYPE, _SHAPE),
        (NO_COMPLEX_ON_WASM,),
    ),
    OpSpec("Const", (), lambda call: TensorType(call.attrs["dtype"], ()), None, (_DTYPE,)),
    _identity("Identity"),
    _identity("Snapshot"),
    _identity("StopGradient"),
    OpSpec(
        "IdentityN",
        (Input("x", ANY, variadic=True),),
        lambda call: tuple(operand.type for operand in call.operands),
        lambda x, **_: tuple(x),
        (Attr("T", "types", _types()),),
        (NO_COMPLEX_ON_WASM,),
    ),
    OpSpec(
        "Shape",
        (Input("x", TENSOR),),
        lambda call: TensorType(I32, (call.rank(0),)),
        lambda x, **_: _shape(x),
        (T, _OUT_TYPE),
        (NO_COMPLEX_ON_WASM,),
    ),
    OpSpec(
        "ShapeN",
        (Input("x", TENSOR, variadic=True),),
        lambda call: tuple(TensorType(I32, (operand.type.rank,)) for operand in call.operands),
        lambda x, **_: tuple(map(_shape, x)),
        (Attr("N", "int", operand_count()), T, _OUT_TYPE),
        (Limit(BACKENDS, "wrong", "the shapes come as float32", lambda call: True),),
    ),
    _number("Size", np.size),
    _number("Rank", np.ndim),
    OpSpec(
        "FakeQuantWithMinMaxVars",
        (Input("x", frozenset((F32,))), Input("min", frozenset((F32,))), Input("max", frozenset((F32,)))),
        same_type(),
        _quantized,
        (Attr("num_bits", "int", 8), Attr("narrow_range", "bool", False)),
        (Limit(BACKENDS, "wrong", "it returns its operand as it is", lambda call: True),),
    ),
    OpSpec(
        "Print",
        (Input("x", TENSOR), Input("data", TENSOR, variadic=True)),
        same_type(),
        lambda x, data, **_: x,
        (
            T,
            Attr("U", "types", _types(1)),
            Attr("message", "string", ""),
            Attr("first_n", "int", -1),
            Attr("summarize", "int", 3),
        ),
        (NO_COMPLEX_ON_WASM,),
        pure=False,
    ),
    OpSpec("NoOp", (), lambda call: (), None, pure=False),
)
