"""Parts of a tensor that are given by where they begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import GPU_RANK
from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    PLAIN,
    STRING,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    element_type,
)

_TYPES = PLAIN | {STRING}
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


def _reversed_bounds(call: Call) -> bool:
    """Whether some range ends before it begins, which the runtime takes for a size of -1: all the rest."""
    axes = [entry for entry in _dense_index(call) if entry is not None]
    bounds = zip(call.shape(0), axes, strict=True)
    return _simple(call) and any(_ends_early(size, entry) for size, entry in bounds if isinstance(entry, slice))


def _ends_early(size: Size, entry: slice[Any, Any, Any]) -> bool:
    start, stop = entry.start or 0, size if entry.stop is None else entry.stop
    if not isinstance(start, int) or not isinstance(stop, int):
        return False
    if isinstance(size, int):
        start, stop, _ = slice(start, stop).indices(size)
    return start > stop and (isinstance(size, int) or (start < 0) == (stop < 0))


def _dense_index(call: Call) -> tuple[Any, ...]:
    """The index expression with a full range for each dim that it leaves out."""
    entries = _index(call.sizes(1), call.sizes(2), call.sizes(3), call.attrs)
    if Ellipsis not in entries:
        entries = (*entries, Ellipsis)
    at, taken = entries.index(Ellipsis), sum(entry is not None and entry is not Ellipsis for entry in entries)
    if taken > call.rank(0):
        raise ValueError(f"{taken} indices for {call.rank(0)} dims")
    return entries[:at] + (slice(None, None, 1),) * (call.rank(0) - taken) + entries[at + 1 :]


def _strided_rule(call: Call) -> TensorType:
    if 0 in call.known(3):
        raise ValueError("a stride is 0")
    result: list[Size] = []
    axis = 0
    for entry in _dense_index(call):
        if entry is None:
            result.append(1)
            continue
        if isinstance(entry, slice):
            length = slice_length(call.shape(0)[axis], entry.start, entry.stop, entry.step)
            result.append(call.unknown(axis) if length is None else length)
        elif isinstance(entry, int) and isinstance(total := call.shape(0)[axis], int):
            _check_index(entry, total, axis)
        axis += 1
    return call.type(0).with_shape(*result)


def _check_index(place: int, total: int, axis: int) -> None:
    if not -total <= place < total:
        raise ValueError(f"index {place} is out of bounds of dim {axis}, which has size {total}")


def _strided(x: np.ndarray, begin: np.ndarray, end: np.ndarray, strides: np.ndarray, **attrs: Any) -> np.ndarray:
    places = [tuple(map(int, part)) for part in (begin, end, strides)]
    return np.asarray(x[_index(places[0], places[1], places[2], attrs)])


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Slice",
        (Input("x", _TYPES), Input("begin", _PLACES, host=True), Input("size", _PLACES, host=True)),
        _slice_rule,
        _slice,
        (T, Attr("Index", "type", I32)),
        limits=(GPU_RANK,),
    ),
    OpSpec(
        "StridedSlice",
        (
            Input("x", _TYPES),
            Input("begin", _PLACES, host=True),
            Input("end", _PLACES, host=True),
            Input("strides", _PLACES, host=True),
        ),
        _strided_rule,
        _strided,
        (T, Attr("Index", "type", element_type(1)), *(Attr(mask, "int", 0) for mask in _MASKS)),
        limits=(
            Limit(BACKENDS, "wrong", "a range that ends before it begins gives all the rest", _reversed_bounds),
            Limit(BACKENDS, "wrong", "a stride in one dim is taken for that of another beside a dim that goes",
                  lambda call: call.attrs["shrink_axis_mask"] != 0 and not _simple(call)),
            Limit(("wasm",), "wrong", "the result of a stride is float32 whatever the operand is",
                  lambda call: call.dtype(0) is not F32 and not _simple(call)),
            Limit(("webgl", "webgpu"), "throws", "it has no strings where there is a stride",
                  lambda call: call.dtype(0) is STRING and not _simple(call)),
            Limit(("webgl", "webgpu"), "throws", "strides in at most 4 dims",
                  lambda call: call.rank(0) > 4 and not _simple(call)),
            GPU_RANK,
        ),
    ),
)  # fmt: skip
