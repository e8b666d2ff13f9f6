"""Parts of a tensor that are given by where they begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import GPU_RANK
from totfjs.graph.ops.spec import (
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
    element_type,
    normal_axis,
    rank_limit,
)

_PLACES = frozenset((I32,))
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def slice_length(size: Size, start: Size | None, stop: Size | None, step: int) -> Size | None:
    """The number of elements of `x[start:stop:step]` where `x` has `size`; None when only the data decides."""
    if isinstance(size, int) and isinstance(start, int | None) and isinstance(stop, int | None):
        return len(range(*slice(start, stop, step).indices(size)))
    if start is None and stop is None:
        return dims.floordiv(size + (abs(step) - 1), abs(step))
    first = _clamped(size, 0 if start is None else start)
    last = _clamped(size, size if stop is None else stop)
    if step < 0 or first is None or last is None:
        return None
    if first == 0:
        return dims.floordiv(last + (step - 1), step)
    length = dims.minimum(size, -start) if isinstance(start, int) and start < 0 and stop is None else last - first
    return dims.floordiv(_nonnegative(length, start, stop) + (step - 1), step)


def _clamped(size: Size, place: Size) -> Size | None:
    """A begin or end, counted from the front and kept inside; None for one whose sign is not known."""
    if not isinstance(place, int):
        return size if place == size else None
    if place == 0:
        return 0
    return dims.minimum(size, place) if place > 0 else dims.maximum(size + place, 0)


def _nonnegative(length: Size, start: Size | None, stop: Size | None) -> Size:
    if isinstance(start, int) and start < 0 and stop is None:
        return length
    return dims.maximum(length, 0)


def _slice_rule(call: Call) -> TensorType:
    shape, begin, size = call.shape(0), call.sizes(1), call.sizes(2)
    if not len(shape) == len(begin) == len(size) or not shape:
        raise ValueError(f"{len(begin)} begins and {len(size)} sizes for {len(shape)} dims")
    return call.type(0).with_shape(*map(_slice_size, shape, begin, size))


def _slice_size(total: Size, begin: Size, size: Size) -> Size:
    if isinstance(begin, int) and begin < 0:
        raise ValueError(f"begin {begin} is negative")
    if isinstance(size, int) and size < 0:
        if size != -1:
            raise ValueError(f"size {size} is negative")
        size = total - begin
    over = begin + size - total
    if isinstance(over, int) and over > 0:
        raise ValueError(f"begin {begin} and size {size} reach beyond {total}")
    return size


def _slice(x: np.ndarray, begin: np.ndarray, size: np.ndarray, **_: Any) -> np.ndarray:
    ends = [total if count < 0 else first + count for total, first, count in zip(x.shape, begin, size, strict=True)]
    return x[tuple(map(slice, begin, ends))]


def _index(begin: Shape, end: Shape, strides: Shape, attrs: Mapping[str, Any]) -> tuple[Any, ...]:
    """The index expression of a StridedSlice, with dims where an index of numpy has numbers."""
    masks = {name: attrs[name] for name in _MASKS}
    entries: list[Any] = []
    for place, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        bits = {name for name, mask in masks.items() if mask >> place & 1}
        if "ellipsis_mask" in bits:
            entries.append(Ellipsis)
        elif "new_axis_mask" in bits:
            entries.append(None)
        elif "shrink_axis_mask" in bits:
            entries.append(first)
        else:
            start = None if "begin_mask" in bits else first
            entries.append(slice(start, None if "end_mask" in bits else last, step))
    return tuple(entries)


def _simple(call: Call) -> bool:
    entries = _index(call.sizes(1), call.sizes(2), call.sizes(3), call.attrs)
    return all(not isinstance(entry, slice) or entry.step == 1 for entry in entries)


def _strided_rule(call: Call) -> TensorType:
    strides = tuple(int(step) for step in call.known(3))
    if 0 in strides:
        raise ValueError("a stride is 0")
    entries = _index(call.sizes(1), call.sizes(2), strides, call.attrs)
    shape, taken = call.shape(0), sum(entry is not None and entry is not Ellipsis for entry in entries)
    if taken > len(shape):
        raise ValueError(f"{taken} indices for {len(shape)} dims")
    if Ellipsis not in entries:
        entries = (*entries, Ellipsis)
    result: list[Size] = []
    axis = 0
    for entry in entries:
        if entry is None:
            result.append(1)
            continue
        if entry is Ellipsis:
            result.extend(shape[axis : axis + len(shape) - taken])
            axis += len(shape) - taken
            continue
        if isinstance(entry, slice):
            length = slice_length(shape[axis], entry.start, entry.stop, entry.step)
            result.append(call.unknown(axis) if length is None else length)
        elif isinstance(entry, int) and isinstance(total := shape[axis], int):
            normal_axis_or_out_of_bounds(entry, total, axis)
        axis += 1
    return call.type(0).with_shape(*result)


def normal_axis_or_out_of_bounds(place: int, total: int, axis: int) -> int:
    """An index into a dim, counted from the front; raises ValueError when it lies outside."""
    try:
        return normal_axis(place, total)
    except ValueError:
        raise ValueError(f"index {place} is out of bounds of dim {axis}, which has size {total}") from None


def _strided(x: np.ndarray, begin: np.ndarray, end: np.ndarray, strides: np.ndarray, **attrs: Any) -> np.ndarray:
    places = [tuple(map(int, part)) for part in (begin, end, strides)]
    return np.asarray(x[_index(places[0], places[1], places[2], attrs)])


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Slice",
        (Input("x", TENSOR), Input("begin", _PLACES, host=True), Input("size", _PLACES, host=True)),
        _slice_rule,
        _slice,
        (T, Attr("Index", "type", I32)),
        limits=(NO_COMPLEX_ON_WASM, GPU_RANK),
    ),
    OpSpec(
        "StridedSlice",
        (
            Input("x", TENSOR),
            Input("begin", _PLACES, host=True),
            Input("end", _PLACES, host=True),
            Input("strides", _PLACES, host=True),
        ),
        _strided_rule,
        _strided,
        (T, Attr("Index", "type", element_type(1)), *(Attr(mask, "int", 0) for mask in _MASKS)),
        limits=(
            NO_COMPLEX_ON_WASM,
            Limit(("wasm",), "wrong", "the result of a stride is float32 whatever the operand is",
                  lambda call: call.dtype(0) is not F32 and not _simple(call)),
            rank_limit(4, "webgl", "webgpu"),
        ),
    ),
)  # fmt: skip
