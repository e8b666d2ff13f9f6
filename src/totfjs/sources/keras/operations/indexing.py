"""Elements at places: slices, gathers, scatters, one-hot codes, sorted orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import slicing
from totfjs.recipes.elementwise import constant, elementwise, negate, select
from totfjs.recipes.indexing import Place, dynamic_slice, dynamic_update, iota, outside, size_like
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.scatter import scatter
from totfjs.recipes.shapes import broadcast_to, expand, reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.recipes.sorting import along, largest
from totfjs.sources.keras.operations.binding import Function, as_tensor, operations
from totfjs.sources.keras.operations.numbers import builder_of, converted, dtype_named, place, promoted, whole
from totfjs.sources.keras.operations.reductions import total
from totfjs.sources.keras.operations.shapes import flat, flipped, sizes_of

_LEAST = -(2**31)


def item(x: Tensor, key: Any) -> Tensor:
    """`x[key]` for numbers, slices, `...` and None."""
    keys = list(key) if isinstance(key, list | tuple) else [key]
    taken = sum(one is not None and one is not Ellipsis for one in keys)
    if Ellipsis not in keys:
        keys.append(Ellipsis)
    at = keys.index(Ellipsis)
    keys[at : at + 1] = [slice(None)] * (x.rank - taken)
    return _cut(x, keys)


def _cut(x: Tensor, keys: list[Any]) -> Tensor:
    """Slices first, then what goes and what is new."""
    starts: list[Size] = []
    stops: list[Size] = []
    steps, back, shape = [], [], list[Any]()
    for one in keys:
        if one is None:
            shape.append(1)
            continue
        axis = len(starts)
        begin, end, step = _stretch(one, x.shape[axis])
        starts.append(begin)
        stops.append(end)
        steps.append(abs(step))
        back += [axis] if step < 0 else []
        shape += [axis] if isinstance(one, slice) else []
    sizes = dict[int, Size]()
    if back:  # counted from the last of the stretch on
        for axis in back:
            length = stops[axis] - starts[axis]
            starts[axis] = stops[axis] - (dims.floordiv(length - 1, steps[axis]) * steps[axis] + 1)
    x = _sliced(x, starts, stops, steps)
    x = flipped(x, back) if back else x
    sizes = dict(enumerate(x.shape))
    places = iter([axis for axis, one in enumerate([one for one in keys if one is not None]) if isinstance(one, slice)])
    return reshape(x, tuple(1 if one is None else sizes[next(places)] for one in keys if _stays(one)))


def _stays(one: Any) -> bool:
    return one is None or isinstance(one, slice)


def _sliced(x: Tensor, starts: list[Size], stops: list[Size], steps: list[int]) -> Tensor:
    if x.dtype is DType.BOOL and any(step != 1 for step in steps):
        return converted(slice_axes(converted(x, DType.INT32), starts, stops, steps), DType.BOOL)
    return slice_axes(x, starts, stops, steps)


def _stretch(one: Any, size: Size) -> tuple[Size, Size, int]:
    """From where to where, always forwards, and the step, which may go backwards."""
    if isinstance(one, Tensor):
        one = _number(one)
    if isinstance(one, int) and not isinstance(one, bool):
        if isinstance(size, int) and not -size <= one < size:
            raise OpError(f"there is no element {one} among {size}")
        return (one, one + 1, 1) if one >= 0 else (size + one, size + one + 1, 1)
    if not isinstance(one, slice):
        raise OpError(f"an index {one!r} is not supported: use slices, numbers, ... and None, or keras.ops.take")
    start, stop, step = (None if given is None else _number(given) for given in (one.start, one.stop, one.step))
    step = 1 if step is None else step
    if step == 0:
        raise OpError("a slice has the step 0")
    if isinstance(size, int):
        found = range(*slice(start, stop, step).indices(size))
        if step > 0:
            return found.start, max(found.start, found.stop), step
        return (min(found.stop, found.start) + 1, found.start + 1, step) if len(found) else (0, 0, step)
    if step < 0:
        if start is not None or stop is not None:
            raise OpError("a part of an axis whose size is not known cannot be read backwards")
        return 0, size, step
    return _bound(start, size, 0), _bound(stop, size, size), step


def _bound(value: int | None, size: Dim, default: Size) -> Size:
    if value is None or value == 0:
        return default if value is None else 0
    if value < 0:
        return size + value if default == size else dims.maximum(size + value, 0)
    return dims.minimum(size, value) if default == size else value


def _number(value: Any) -> int:
    if isinstance(value, Tensor):
        held = constant(value)
        if held is None or held.size != 1:
            raise OpError("an index that is computed is not supported: use keras.ops.take")
        return int(held.reshape(-1)[0])
    return whole(value)


def _as_places(indices: Tensor) -> Tensor:
    if indices.dtype is DType.FLOAT32:
        raise OpError("indices have to be integers")
    return converted(indices, DType.INT32)


def _counted_from_front(places: Tensor, size: Size) -> Tensor:
    """Places below 0 count from the end."""
    held = constant(places)
    if held is not None and (held >= 0).all():
        return places
    if held is not None and isinstance(size, int):
        return places.builder.const(np.where(held < 0, held + size, held).astype(np.int32))
    below = elementwise("Less", places, places.builder.like(places, 0))
    return select(below, elementwise("AddV2", places, size_like(places.builder, size)), places)


def _inside(places: Tensor, size: Size) -> tuple[Tensor, bool]:
    """Places brought into bounds, and whether they are known to have been."""
    held = constant(places)
    if held is not None and isinstance(size, int) and ((held >= 0) & (held < size)).all():
        return places, True
    low = elementwise("Maximum", places, places.builder.like(places, 0))
    return elementwise("Minimum", low, size_like(places.builder, size - 1)), False


def take(x: Any, indices: Any, axis: Any = None) -> Tensor:
    """The elements at places along an axis; NaN, or the least integer, where there are none."""
    builder = builder_of(x, indices)
    x, places = as_tensor(builder, x), _as_places(as_tensor(builder, indices))
    x, axis = (flat(x), 0) if axis is None else (x, place(axis, x.rank))
    places = _counted_from_front(places, x.shape[axis])
    if x.dtype is DType.BOOL:
        return converted(_taken(converted(x, DType.INT32), places, axis, 1), DType.BOOL)
    return _taken(x, places, axis, np.nan if x.dtype is DType.FLOAT32 else _LEAST)


def _taken(x: Tensor, places: Tensor, axis: int, filler: float) -> Tensor:
    bounded, safe = _inside(places, x.shape[axis])
    found = slicing.take(x, bounded, axis)
    if safe:
        return found
    if x.dtype is DType.STRING:
        raise OpError("places among strings have to be known when the model is converted")
    missing = expand(outside(x, [Place(axis, places, 1)]), range(axis, axis + places.rank), found.rank)
    return select(missing, x.builder.like(x, filler), found)


def take_along(x: Any, indices: Any, axis: Any = None) -> Tensor:
    """For each line along an axis, its elements at places of its own."""
    builder = builder_of(x, indices)
    x, places = as_tensor(builder, x), _as_places(as_tensor(builder, indices))
    if axis is None:
        x, places, axis = flat(x), flat(places), 0
    axis = place(axis, x.rank)
    size = x.shape[axis]
    shapes = list(enumerate(zip(x.shape, places.shape, strict=True)))
    x, places = (
        broadcast_to(item, tuple(pair[own] if index == axis else dims.broadcast(*pair) for index, pair in shapes))
        for own, item in enumerate((x, places))
    )
    places = _counted_from_front(places, size)
    bounded, safe = _inside(places, size)
    found = along(x, bounded, axis)
    if safe or x.dtype is DType.BOOL:
        return found
    filler = np.nan if x.dtype is DType.FLOAT32 else _LEAST
    return select(outside(x, [Place(axis, places, 1)]), x.builder.like(x, filler), found)


def one_hot(x: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Tensor:
    """1 at the place that a number names, 0 elsewhere; nothing for numbers that are no place."""
    if sparse:
        raise OpError("sparse tensors are not supported")
    x = converted(x, DType.INT32)
    count, at = whole(num_classes), place(axis, x.rank + 1)
    classes = expand(iota(x.builder, count), [at], x.rank + 1)
    wide = reshape(x, (*x.shape[:at], 1, *x.shape[at:]))
    return converted(elementwise("Equal", wide, classes), dtype_named(dtype or "float32"))


def multi_hot(
    inputs: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False, **_: Any
) -> Tensor:
    """1 at each place that one of the numbers names."""
    codes = one_hot(inputs, num_classes, axis, dtype, sparse)
    return total("max")(codes, 1 if inputs.rank > 1 else 0)  # type: ignore[no-any-return]


def sliced(inputs: Tensor, start_indices: Any, shape: Any) -> Tensor:
    """A part of a known shape that starts at places."""
    return dynamic_slice(inputs, _starts(inputs, start_indices), sizes_of(shape))


def slice_updated(inputs: Tensor, start_indices: Any, updates: Any) -> Tensor:
    """A part written over."""
    return dynamic_update(inputs, converted(as_tensor(inputs.builder, updates), inputs.dtype),
                          _starts(inputs, start_indices))  # fmt: skip


def _starts(x: Tensor, value: Any) -> list[Tensor]:
    if isinstance(value, list | tuple):
        return [reshape(as_tensor(x.builder, one), ()) for one in value]
    held = constant(value)
    if held is not None:
        return [x.builder.const(int(one), DType.INT32) for one in held]
    return [reshape(slice_axes(value, [index], [index + 1]), ()) for index in range(x.rank)]


def scattered(indices: Tensor, values: Tensor, shape: Any) -> Tensor:
    """Zeros of a shape, with values added at places."""
    zeros = broadcast_to(values.builder.like(values, 0), tuple(sizes_of(shape)))
    return _scattered(zeros, indices, values, Monoid("sum"))


_REDUCTIONS = {None: None, "add": "sum", "mul": "prod", "min": "min", "max": "max"}


def scatter_updated(inputs: Tensor, indices: Any, updates: Any, reduction: Any = None) -> Tensor:
    """Values written, or combined with what is there, at places."""
    kind = _REDUCTIONS[reduction]
    indices, updates = (as_tensor(inputs.builder, value) for value in (indices, updates))
    return _scattered(inputs, indices, converted(updates, inputs.dtype), Monoid(kind) if kind else None)


def _scattered(x: Tensor, indices: Tensor, updates: Tensor, monoid: Monoid | None) -> Tensor:
    count, batch = indices.shape[-1], indices.shape[:-1]
    if not isinstance(count, int):
        raise OpError("how many numbers name a place has to be known")
    places = []
    for axis in range(count):
        stops: list[Size] = [*batch, axis + 1]
        column = reshape(slice_axes(indices, [*[0] * len(batch), axis], stops), batch)
        places.append(Place(axis, _counted_from_front(converted(column, DType.INT32), x.shape[axis]), 1))
    shaped = reshape(updates, (*batch, *[1] * count, *x.shape[count:]))
    return scatter(x, places, batch, shaped, monoid, drop=True, unique=False)


def segments(kind: str) -> Function:
    """Totals of the rows that have the same number."""

    def function(data: Tensor, segment_ids: Any, num_segments: Any = None, in_order: bool = False) -> Tensor:
        if num_segments is None:
            raise OpError("num_segments has to be given: else the data decide the shape")
        monoid, ids = Monoid(kind), _as_places(as_tensor(data.builder, segment_ids))
        start = broadcast_to(
            data.builder.const(monoid.neutral(data.dtype), data.dtype), (whole(num_segments), *data.shape[1:])
        )
        rows = reshape(data, (data.shape[0], 1, *data.shape[1:]))
        return scatter(start, [Place(0, ids, 1)], ids.shape, rows, monoid, drop=True, unique=False)

    return function


def top(x: Tensor, k: int, in_order: bool = True) -> tuple[Tensor, Tensor]:
    """The largest of the last axis, and their places."""
    return largest(x, whole(k), x.rank - 1)


def in_top(targets: Any, predictions: Tensor, k: int) -> Tensor:
    """Whether the prediction of each target is among the largest."""
    targets = _as_places(as_tensor(predictions.builder, targets))
    at = take_along(predictions, reshape(targets, (*targets.shape, 1)), -1)
    above = converted(elementwise("Greater", predictions, at), DType.INT32)
    rank = total("sum")(above, -1)
    finite = reshape(elementwise("IsFinite", at), targets.shape)
    return elementwise("LogicalAnd", elementwise("Less", rank, rank.builder.like(rank, whole(k))), finite)


def bins_of(after: bool) -> Function:
    """How many bounds are below each number, or not above it."""

    def function(x: Any, bins: Any) -> Tensor:
        numbers, bounds = promoted(x, bins, least=DType.INT32)
        wide = reshape(numbers, (*numbers.shape, 1))
        return total("sum")(elementwise("GreaterEqual" if after else "Greater", wide, bounds), -1)  # type: ignore[no-any-return]

    return function


def places_in(sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """Where numbers belong in a sorted sequence."""
    return bins_of(side == "right")(values, sorted_sequence)  # type: ignore[no-any-return]


def is_in(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each number is one of others."""
    a, b = promoted(x1, x2, least=DType.INT32)
    same = elementwise("Equal", reshape(a, (*a.shape, 1)), flat(b))
    found: Tensor = a.builder.op("Any", same, [a.rank])
    return negate(found) if invert else found


def frames(x: Tensor, sequence_length: int, sequence_stride: int) -> Tensor:
    """Overlapping stretches of the last axis."""
    size = x.shape[-1]
    if not isinstance(size, int):
        raise OpError("the length of a sequence has to be known to cut it into frames")
    starts = np.arange(0, size - sequence_length + 1, sequence_stride)
    places = (starts[:, None] + np.arange(sequence_length)).astype(np.int32)
    return slicing.take(x, x.builder.const(places), x.rank - 1)


def coordinates(indices: Tensor, shape: Any) -> list[Tensor]:
    """The coordinates of places in the flattened shape."""
    sizes = [whole(size) for size in shape]
    rest, found = _counted_from_front(indices, int(np.prod(sizes))), list[Tensor]()
    for size in reversed(sizes):
        found.insert(0, elementwise("FloorMod", rest, rest.builder.like(rest, size)))
        exact = elementwise("Sub", rest, found[0])
        rest = elementwise("FloorDiv", exact, rest.builder.like(rest, size))
    return found


FUNCTIONS: dict[str, Function] = {
    "GetItem": item, "Take": take, "TakeAlongAxis": take_along, "OneHot": one_hot, "MultiHot": multi_hot,
    "Slice": sliced, "SliceUpdate": slice_updated, "Scatter": scattered, "ScatterUpdate": scatter_updated,
    "SegmentSum": segments("sum"), "SegmentMax": segments("max"), "SegmentMin": segments("min"),
    "SegmentProd": segments("prod"), "TopK": top, "InTopK": in_top, "Digitize": bins_of(True),
    "SearchSorted": places_in, "IsIn": is_in, "ExtractSequences": frames, "UnravelIndex": coordinates,
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
