"""The shape of specs that work element by element: one operand, or two that broadcast; and limits that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape
from totfjs.graph.ops.spec import (
    F32,
    GPUS,
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
# The kernel of WebGPU that repeats a tensor falls back to the processor.
READ_BACK = "of more than 4 dims it waits for the GPU and reads the tensor back, which not every browser survives"
GPU_SELECT_RANK = Limit(
    ("webgl", "webgpu"), "throws", "it chooses among at most 4 dims", lambda call: len(_shape(call)) > 4
)
# The float32 kernels of XNNPACK return uninitialised memory for more dims.
XNNPACK_RANK = Limit(
    ("wasm",), "wrong", "at most 6 dims of float32", lambda call: call.dtype(0) is F32 and call.max_rank > 6
)
GPU_INTEGERS = Difference(
    GPUS, "integers go through float32, which is exact up to 2^24", lambda call: _beyond_float(call), certain=False
)
MIXED = "the new value is the old one plus their difference, which the driver may round"
GPU_SUBNORMALS = Difference(GPUS, "numbers below 1.2e-38 may count as 0", lambda call: _subnormal(call), certain=False)


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
    return OpSpec(
        name,
        inputs,
        broadcasting(result),
        untyped(meaning),
        **_shared(meaning if result is None else None, dtypes, more),
    )


def unary(name: str, meaning: Meaning, dtypes: frozenset[DType], *, result: DType | None = None, **more: Any) -> OpSpec:
    """An op on each element of one operand."""
    rule: Rule = same_type() if result is None else lambda call: TensorType(result, call.shape(0))
    return OpSpec(
        name,
        (Input("x", dtypes),),
        rule,
        untyped(meaning),
        **_shared(meaning if result is None else None, dtypes, more),
    )


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
    backends: Sequence[Backend], reason: str, condition: Callable[..., Any], *, of: DType = F32, certain: bool = True
) -> Difference:
    """A difference that shows where `condition` holds for an element of the operands, if they are of dtype `of`."""

    def when(call: Call) -> bool:
        if call.dtype(0) is not of:
            return False
        with np.errstate(all="ignore"):
            return bool(np.any(condition(*(call.known(slot) for slot in range(len(call.operands))))))

    return Difference(tuple(backends), reason, when, certain)


def gpus_may(reason: str, condition: Callable[..., Any], *, of: DType = F32) -> Difference:
    """A difference that the drivers of GPUs may show where `condition` holds for an element of the operands."""
    return differs_where(GPUS, reason, condition, of=of, certain=False)


def integers_as(
    backends: Sequence[Backend], reason: str, computed: Callable[..., Any], meaning: Callable[..., Any]
) -> Difference:
    """A difference that shows where what a backend computes on int32 operands is not the meaning."""
    return differs_where(backends, reason, lambda *operands: computed(*operands) != meaning(*operands), of=I32)


def integers_on_gpus(meaning: Callable[..., Any]) -> Difference:
    """The difference that shows where an integer, or what `meaning` makes of integers, does not fit float32."""

    def when(call: Call) -> bool:
        with np.errstate(all="ignore"):
            return _beyond_float(call) or (
                all(operand.type.dtype is I32 for operand in call.operands)
                and _large(doubles(meaning)(*(call.known(slot) for slot in range(len(call.operands)))))
            )

    return Difference(GPUS, GPU_INTEGERS.reason, when, certain=False)


def mixes(old: np.ndarray, new: np.ndarray) -> bool:
    """Whether old + (new - old), which a shader may compute in order to replace one by the other, is the new value."""
    old, new = np.asarray(old, np.float32), np.asarray(new, np.float32)
    with np.errstate(all="ignore"):
        return bool(((old + (new - old) == new) & np.isfinite(old)).all())


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


def _shared(meaning: Meaning | None, dtypes: frozenset[DType], more: dict[str, Any]) -> dict[str, Any]:
    integers = () if I32 not in dtypes else (GPU_INTEGERS,) if meaning is None else (integers_on_gpus(meaning),)
    floats = (GPU_SUBNORMALS,) if F32 in dtypes else ()
    limits, differences = more.pop("limits", ()), more.pop("differences", ())
    return {"attrs": (T,), **more, "limits": (*limits, GPU_RANK), "differences": (*differences, *integers, *floats)}


def _shape(call: Call) -> Shape:
    return broadcast_shapes(*(operand.type.shape for operand in call.operands))


def _beyond_float(call: Call) -> bool:
    return any(_large(call.known(slot)) for slot in range(len(call.operands)) if call.dtype(slot) is I32)


def _large(integers: Any) -> bool:
    return bool((np.abs(np.asarray(integers, np.float64)) > 2**24).any())


def _subnormal(call: Call) -> bool:
    floats = (np.abs(call.known(slot)) for slot in range(len(call.operands)) if call.dtype(slot) is F32)
    return any(((values > 0) & (values < np.finfo(np.float32).tiny)).any() for values in floats)


__all__ = [
    "GPU_INTEGERS",
    "GPU_RANK",
    "GPU_SELECT_RANK",
    "GPU_SUBNORMALS",
    "MIXED",
    "READ_BACK",
    "XNNPACK_RANK",
    "binary",
    "broadcast_shapes",
    "broadcasting",
    "differs_where",
    "doubles",
    "gpus_may",
    "integers_as",
    "integers_on_gpus",
    "mixes",
    "one_dtype",
    "precise",
    "truncated",
    "unary",
    "untyped",
    "wrapped",
]  # fmt: skip
