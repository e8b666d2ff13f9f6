"""Searching and ranking: sorted sequences, the largest elements, distinct elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    GPUS,
    I32,
    PLAIN,
    REAL,
    STRING,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    Operand,
    OpError,
    OpSpec,
    T,
    TensorType,
    no_kernel,
    normal_axis,
)

NOT_WIRED: dict[str, str] = {}


# --- sorted sequences -----------------------------------------------------------------------------------------------


def _bound_type(call: Call) -> TensorType:
    if call.rank(0) < 1 or call.rank(0) != call.rank(1):
        raise ValueError("sequence and values need the same number of dims, at least one")
    if call.dtype(0) != call.dtype(1):
        raise ValueError(f"the sequence is {call.dtype(0)}, the values are {call.dtype(1)}")
    for mine, other in zip(call.shape(0)[:-1], call.shape(1)[:-1], strict=True):
        if isinstance(mine, int) and isinstance(other, int) and mine != other:
            raise ValueError("sequence and values differ in their leading dims")
    return TensorType(I32, call.shape(1))


def _bound(side: Any) -> Any:
    def meaning(sequence: np.ndarray, values: np.ndarray, **_: Any) -> np.ndarray:
        rows = int(np.prod(values.shape[:-1]))
        found = [
            np.searchsorted(row, wanted, side=side)
            for row, wanted in zip(
                sequence.reshape(rows, sequence.shape[-1]), values.reshape(rows, values.shape[-1]), strict=True
            )
        ]
        return np.array(found, np.int32).reshape(values.shape)

    return meaning


def _has_nan(*slots: int) -> Any:
    def when(call: Call) -> bool:
        values = (call.value(slot) for slot in slots)
        return any(value is not None and value.dtype.kind == "f" and bool(np.isnan(value).any()) for value in values)

    return when


def _large(*slots: int) -> Any:
    """Whether there are integers beyond those that float32 holds."""

    def when(call: Call) -> bool:
        values = [value for slot in slots if (value := call.value(slot)) is not None]
        return any(
            value.dtype.kind == "i" and np.abs(value.astype(np.int64)).max(initial=0) > 2**24 for value in values
        )

    return when


def _bound_spec(name: str, side: str) -> OpSpec:
    return OpSpec(
        name,
        (Input("sorted_inputs", REAL), Input("values", REAL)),
        _bound_type,
        _bound(side),
        (T, Attr("out_type", "type", I32, (I32,))),
        limits=(
            Limit(
                BACKENDS,
                "wrong",
                "its result has two dims whatever the operands have",
                lambda call: call.rank(1) != 2,
            ),
            Limit(BACKENDS, "throws", "an empty operand cannot be reshaped", _empty_operand),
        ),
        differences=(
            Difference(GPUS, "integers are compared as float32", _large(0, 1), certain=False),
            Difference(BACKENDS, "NaN is not the largest number", _has_nan(0)),
            Difference(
                BACKENDS if side == "left" else ("cpu", "webgl", "webgpu"), "NaN is below everything", _has_nan(1)
            ),
        ),
        category="evaluation",
    )


def _empty_operand(call: Call) -> bool:
    return any(0 in operand.type.shape[-1:] for operand in call.operands)


# --- the largest elements -------------------------------------------------------------------------------------------


def _top_k_types(call: Call) -> tuple[TensorType, ...]:
    if not call.rank(0):
        raise ValueError("a scalar has no largest elements")
    if call.rank(1):
        raise ValueError("k has to be a scalar")
    (count,) = call.sizes(1)
    last = call.shape(0)[-1]
    if isinstance(count, int) and (count < 0 or (isinstance(last, int) and count > last)):
        raise ValueError(f"{last} elements do not have a top {count}")
    shape = (*call.shape(0)[:-1], count)
    return TensorType(call.dtype(0), shape), TensorType(I32, shape)


def _top_k(x: np.ndarray, k: np.ndarray, **_: Any) -> tuple[np.ndarray, np.ndarray]:
    """Equal elements keep their order; NaN is above everything."""
    keys = -x.astype(np.float64)
    keys = np.where(np.isnan(keys), -np.inf, keys)
    places = np.argsort(keys, axis=-1, kind="stable")[..., : int(k)]
    return np.take_along_axis(x, places, -1), places.astype(np.int32)


# --- distinct elements ----------------------------------------------------------------------------------------------


def _unique_axis(operand: Operand | None, rank: int) -> int:
    if operand is None:
        if rank != 1:
            raise ValueError("only a vector can do without an axis")
        return 0
    if operand.value is None:
        raise OpError("UniqueV2: the axis has to be a constant")
    axes = np.atleast_1d(operand.value)
    return normal_axis(int(axes[0]), rank) if axes.size else 0


def _unique_types(call: Call) -> tuple[TensorType, ...]:
    if not call.rank(0):
        raise ValueError("a scalar has no elements to compare")
    axis = _unique_axis(call.operands[1] if len(call.operands) > 1 else None, call.rank(0))
    shape: list[Size] = list(call.shape(0))
    shape[axis] = call.unknown()
    return call.type(0).with_shape(*shape), TensorType(I32, (call.shape(0)[axis],))


def _unique(x: np.ndarray, axis: np.ndarray | None = None, **_: Any) -> tuple[np.ndarray, np.ndarray]:
    """The distinct slices in the order in which they come first, and for each slice which of them it is."""
    places = np.atleast_1d(axis) if axis is not None else np.zeros(1, np.int32)
    along = int(places[0]) if places.size else 0
    return _distinct(x, along, lambda row: tuple(row.tolist()))


def _distinct(x: np.ndarray, along: int, key_of: Callable[[np.ndarray], Any]) -> tuple[np.ndarray, np.ndarray]:
    first: dict[Any, int] = {}
    kept: list[int] = []
    which: list[int] = []
    for index, row in enumerate(np.moveaxis(x, along, 0)):
        key = key_of(np.ravel(row))
        if key not in first:
            first[key] = len(kept)
            kept.append(index)
        which.append(first[key])
    return np.take(x, np.array(kept, np.intp), along), np.array(which, np.int32)


def _has_nan_twins(call: Call) -> bool:
    """Whether slices are equal but for NaN, which equals nothing."""
    if not _has_nan(0)(call):
        return False
    x, axis = call.value(0), _unique_axis(call.operands[1] if len(call.operands) > 1 else None, call.rank(0))
    assert x is not None
    together, _ = _distinct(x, axis, lambda row: str((row + 0).tolist()))
    return together.shape != _unique(x, np.array(axis))[0].shape


_UNIQUE_LIMITS = (
    no_kernel("webgpu"),
    Limit(
        BACKENDS,
        "wrong",
        "texts side by side are compared as one",
        lambda call: call.dtype(0) is STRING and call.rank(0) > 1,
    ),
)
_UNIQUE_DIFFERENCES = (Difference(("cpu", "wasm", "webgl"), "all NaNs count as one element", _has_nan_twins),)

OPS: tuple[OpSpec, ...] = (
    _bound_spec("LowerBound", "left"),
    _bound_spec("UpperBound", "right"),
    OpSpec(
        "TopKV2",
        (Input("x", PLAIN), Input("k", frozenset((I32,)), host=True)),
        _top_k_types,
        _top_k,
        # Without `sorted` the order is anyone's, the sorted one included.
        (T, Attr("sorted", "bool", True, (True,)), Attr("index_type", "type", I32, (I32,))),
        limits=(
            Limit(("wasm",), "wrong", "bool is not sorted", lambda call: call.dtype(0) is BOOL),
            Limit(("wasm",), "crashes", "it divides by the last dim", lambda call: call.shape(0)[-1:] == (0,)),
            Limit(GPUS, "undefined", "it overwrites the operand's shape", lambda call: call.sizes(1) == (0,)),
            Limit(("webgpu",), "throws", "an empty operand", lambda call: 0 in call.shape(0)[:-1]),
        ),
        differences=(
            Difference(BACKENDS, "NaN has no place in the order", _has_nan(0)),
            Difference(GPUS, "integers are compared as float32", _large(0), certain=False),
        ),
        category="evaluation",
    ),
    OpSpec(
        "Unique",
        (Input("x", PLAIN | {STRING}),),
        _unique_types,
        _unique,
        (T, Attr("out_idx", "type", I32, (I32,))),
        limits=_UNIQUE_LIMITS,
        differences=_UNIQUE_DIFFERENCES,
        category="evaluation",
    ),
    OpSpec(
        "UniqueV2",
        (Input("x", PLAIN | {STRING}), Input("axis", frozenset((I32,)), host=True)),
        _unique_types,
        _unique,
        (T, Attr("Taxis", "type", I32, (I32,)), Attr("out_idx", "type", I32, (I32,))),
        limits=_UNIQUE_LIMITS,
        differences=_UNIQUE_DIFFERENCES,
        category="evaluation",
    ),
)
