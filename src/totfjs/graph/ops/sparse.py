"""Sparse tensors as index lists, and sums over segments of gathered rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    BOOL,
    F32,
    I32,
    PLAIN,
    REAL,
    Attr,
    Call,
    Input,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    element_type,
    no_kernel,
)

NOT_WIRED: dict[str, str] = {}

INDICES = frozenset((I32,))


def _rank(call: Call, *wanted: int) -> None:
    for slot, rank in enumerate(wanted):
        if call.rank(slot) != rank:
            raise ValueError(f"operand {slot} needs {rank} dims, not {call.rank(slot)}")


def _fill_types(call: Call) -> tuple[TensorType, ...]:
    _rank(call, 2, 1, 1, 0)
    if call.dtype(1) != call.dtype(3):
        raise ValueError("values and default value differ in dtype")
    count = call.unknown()
    return (
        TensorType(I32, (count, call.shape(0)[1])),
        TensorType(call.dtype(1), (count,)),
        TensorType(BOOL, (call.sizes(2)[0],)),
        TensorType(I32, (call.shape(0)[0],)),
    )


def _fill(indices: np.ndarray, values: np.ndarray, shape: np.ndarray, default: np.ndarray, **_: Any) -> Any:
    """Rows that hold nothing get the default in column 0; entries are put in row order."""
    rows = indices[:, 0]
    empty = ~np.isin(np.arange(shape[0]), rows)
    extra = np.zeros((int(empty.sum()), indices.shape[1]), np.int32)
    extra[:, 0] = np.flatnonzero(empty)
    everything = np.concatenate([indices, extra])
    order = np.argsort(everything[:, 0], kind="stable")
    back = np.argsort(order, kind="stable")[: len(indices)]
    filled = np.concatenate([values, np.full(len(extra), default, values.dtype)])
    return everything[order], filled[order], empty, back.astype(np.int32)


def _reshape_types(call: Call) -> tuple[TensorType, ...]:
    _rank(call, 2, 1, 1)
    rank = call.shape(2)[0]
    return TensorType(I32, (call.shape(0)[0], rank)), TensorType(I32, (rank,))


def _reshape(indices: np.ndarray, shape: np.ndarray, target: np.ndarray, **_: Any) -> tuple[np.ndarray, np.ndarray]:
    resolved = np.where(target < 0, int(np.prod(shape)) // max(1, int(np.prod(target[target >= 0]))), target)
    places = indices @ _strides(shape)
    return places[:, None] // _strides(resolved) % np.maximum(resolved, 1), resolved


def _strides(shape: np.ndarray) -> np.ndarray:
    return np.cumprod(np.concatenate([[1], shape[:0:-1]]), dtype=np.int64)[::-1][: len(shape)]


def _segment_type(call: Call) -> TensorType:
    if not call.rank(0):
        raise ValueError("the data has no rows")
    _rank(call, call.rank(0), 1, 1)
    segments = call.value(2)
    rows: Size = call.unknown() if segments is None else int(segments[-1]) + 1 if len(segments) else 0
    return call.type(0).with_shape(rows, *call.shape(0)[1:])


def _segment(mean: bool) -> Any:
    def meaning(data: np.ndarray, indices: np.ndarray, segments: np.ndarray, **_: Any) -> np.ndarray:
        rows = int(segments[-1]) + 1 if len(segments) else 0
        total = np.zeros((rows, *data.shape[1:]), data.dtype)
        np.add.at(total, segments, data[indices])
        if not mean:
            return total
        counts = np.maximum(np.bincount(segments, minlength=rows), 1).reshape(-1, *[1] * (data.ndim - 1))
        return np.asarray(total / counts.astype(data.dtype))

    return meaning


def _segment_spec(name: str, mean: bool, dtypes: frozenset[Any]) -> OpSpec:
    return OpSpec(
        name,
        (Input("data", dtypes), Input("indices", INDICES), Input("segment_ids", INDICES)),
        _segment_type,
        _segment(mean),
        (T, Attr("Tidx", "type", I32), Attr("Tsegmentids", "type", I32)),
        category="sparse",
        tolerance=1e-6,
        accumulates=True,
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "SparseFillEmptyRows",
        (
            Input("indices", INDICES),
            Input("values", PLAIN),
            Input("dense_shape", INDICES),
            Input("default_value", PLAIN),
        ),
        _fill_types,
        _fill,
        (Attr("T", "type", element_type(1)),),
        limits=(no_kernel("webgpu"), dtype_limit(1, REAL, "wasm", effect="wrong")),
        category="sparse",
    ),
    OpSpec(
        "SparseReshape",
        (Input("input_indices", INDICES), Input("input_shape", INDICES), Input("new_shape", INDICES)),
        _reshape_types,
        _reshape,
        (T,),
        limits=(no_kernel("webgpu"),),
        category="sparse",
    ),
    _segment_spec("SparseSegmentSum", False, frozenset((F32, I32))),
    _segment_spec("SparseSegmentMean", True, frozenset((F32,))),
)
