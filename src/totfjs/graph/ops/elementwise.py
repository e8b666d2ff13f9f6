"""The shape of specs that work element by element: one operand, or two that broadcast; and limits that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape
from totfjs.graph.ops.spec import (
    F32,
    I32,
    Backend,
    Call,
    Difference,
    DType,
    Input,
    Limit,
    Meaning,
    OpSpec,
    Rule,
    T,
    TensorType,
    rank_limit,
    same_type,
)

GPU_RANK = rank_limit(6, "webgl", "webgpu")
GPU_SELECT_RANK = Limit(
    ("webgl", "webgpu"), "throws", "it chooses among at most 4 dims", lambda call: len(_shape(call)) > 4
)
# The float32 kernels of XNNPACK return uninitialised memory for more dims.
XNNPACK_RANK = Limit(
    ("wasm",), "wrong", "at most 6 dims of float32", lambda call: call.dtype(0) is F32 and call.max_rank > 6
)
GPU_INTEGERS = Difference(
    ("webgl", "webgpu"), "integers go through float32, which is exact up to 2^24", lambda call: _beyond_float(call)
)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape in which all of `shapes` meet; raises ValueError when they do not."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = padded[0]
    for shape in padded[1:]:
        result = tuple(dims.broadcast(a, b) for a, b in zip(result, shape, strict=True))
    return result


def one_dtype(call: Call, slots: Sequence[int] | None = None) -> DType:
    """The dtype that the operands share; raises ValueError when they do not (the runtime would silently upcast)."""
    chosen = range(len(call.operands)) if slots is None else slots
    dtypes = {call.dtype(slot) for slot in chosen}
    if len(dtypes) > 1:
        raise ValueError(f"the operands have different dtypes: {', '.join(sorted(dtypes))}")
    return dtypes.pop()


def broadcasting(dtype: DType | None = None) -> Rule:
    """The operands have one dtype and broadcast; the result is of `dtype` if given, else of theirs."""

    def rule(call: Call) -> TensorType:
        shared = one_dtype(call)
        return TensorType(dtype or shared, _shape(call))

    return rule


def binary(
    name: str, meaning: Meaning, dtypes: frozenset[DType], *, result: DType | None = None, **more: Any
) -> OpSpec:
    """An op on two operands that broadcast."""
    inputs = (Input("a", dtypes), Input("b", dtypes))
    return OpSpec(name, inputs, broadcasting(result), untyped(meaning), **_shared(dtypes, more))


def unary(name: str, meaning: Meaning, dtypes: frozenset[DType], *, result: DType | None = None, **more: Any) -> OpSpec:
    """An op on each element of one operand."""
    rule: Rule = same_type() if result is None else lambda call: TensorType(result, call.shape(0))
    return OpSpec(name, (Input("x", dtypes),), rule, untyped(meaning), **_shared(dtypes, more))


def untyped(meaning: Meaning) -> Meaning:
    """The meaning of an op whose type attributes say only what the operands say already."""
    return lambda *operands, T=None, Tout=None, **attrs: meaning(*operands, **attrs)


def precise(function: Callable[..., Any]) -> Meaning:
    """A function of real numbers, computed in float64 so that its float32 result is right to the last bit or so."""
    return lambda *operands, **attrs: np.asarray(doubles(function)(*operands, **attrs), np.float32)


def doubles(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as JavaScript computes it: in float64."""
    return lambda *operands, **attrs: function(*(np.asarray(item, np.float64) for item in operands), **attrs)


def differs_where(
    backends: Sequence[Backend], reason: str, condition: Callable[..., Any], *, of: DType = F32
) -> Difference:
    """A difference that shows where `condition` holds for an element of the operands, if they are of dtype `of`."""

    def when(call: Call) -> bool:
        if call.dtype(0) is not of:
            return False
        with np.errstate(all="ignore"):
            return bool(np.any(condition(*(call.known(slot) for slot in range(len(call.operands))))))

    return Difference(tuple(backends), reason, when)


def integers_as(
    backends: Sequence[Backend], reason: str, computed: Callable[..., Any], meaning: Callable[..., Any]
) -> Difference:
    """A difference that shows where what a backend computes on int32 operands is not the meaning."""
    return differs_where(backends, reason, lambda *operands: computed(*operands) != meaning(*operands), of=I32)


def wrapped(value: Any) -> np.ndarray:
    """What becomes of a float64 that JavaScript stores as an int32: modulo 2^32, and 0 for NaN and infinities."""
    value = np.asarray(value, np.float64)
    whole = np.fmod(np.trunc(np.where(np.isfinite(value), value, 0.0)), 2.0**32)
    return whole.astype(np.int64).astype(np.int32)


def truncated(value: Any) -> np.ndarray:
    """What becomes of a float that WebAssembly stores as an int32: the least one for all that does not fit."""
    value = np.asarray(value, np.float64)
    fits = np.abs(value) < 2.0**31
    return np.where(fits, np.where(fits, value, 0.0), -(2.0**31)).astype(np.int32)


def _shared(dtypes: frozenset[DType], more: dict[str, Any]) -> dict[str, Any]:
    integers = (GPU_INTEGERS,) if I32 in dtypes else ()
    limits, differences = more.pop("limits", ()), more.pop("differences", ())
    return {"attrs": (T,), **more, "limits": (*limits, GPU_RANK), "differences": (*differences, *integers)}


def _shape(call: Call) -> Shape:
    return broadcast_shapes(*(operand.type.shape for operand in call.operands))


def _beyond_float(call: Call) -> bool:
    integers = (call.known(slot) for slot in range(len(call.operands)) if call.dtype(slot) is I32)
    return any((np.abs(values.astype(np.int64)) > 2**24).any() for values in integers)


__all__ = [
    "GPU_INTEGERS", "GPU_RANK", "GPU_SELECT_RANK", "XNNPACK_RANK", "binary", "broadcast_shapes", "broadcasting",
    "differs_where", "doubles", "integers_as", "one_dtype", "precise", "truncated", "unary", "untyped", "wrapped",
]  # fmt: skip
