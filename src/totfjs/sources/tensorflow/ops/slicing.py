"""Parts of tensors: Slice and StridedSlice with all its masks, whatever of their bounds is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import dim_value, expand, reshape
from totfjs.recipes.slicing import every, reverse, slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, moving, whole
from totfjs.sources.tensorflow.ops.strides import Axis, Bound, Sliced, elements, read
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _slice(use: Use, x: Tensor) -> Tensor:
    begins, counts = elements(use, 1), elements(use, 2)
    if len(begins) != x.rank or len(counts) != x.rank:
        raise OpError(f"{len(begins)} begins and {len(counts)} sizes for {x.rank} dims")
    axes = []
    for begin, count in zip(begins, counts, strict=True):
        if isinstance(count, Tensor) or (isinstance(begin, Tensor) and count == -1):
            axes.append(Axis(begin, None if count == -1 else _sum(begin, count)))
        elif isinstance(begin, Tensor):
            axes.append(Axis(begin, length=count))
        else:
            axes.append(Axis(begin, None if count == -1 else begin + count, exact=True))
    return cut(x, axes)


def _sum(begin: Bound, count: Bound) -> Bound:
    if isinstance(begin, Tensor):
        return begin + (count if isinstance(count, Tensor) else dim_value(begin.builder, count))
    assert isinstance(count, Tensor)
    return dim_value(count.builder, begin) + count


def _strided_slice(use: Use, x: Tensor) -> Tensor:
    sliced = read(use, x.rank)
    found = _at_once(use, x, sliced)
    return _shaped(cut(x, sliced.axes), sliced) if found is None else found


def _of_sizes(use: Use) -> Operand:
    """A slice; what it takes of a shape is known where those dims are."""
    sizes = use.sizes(0)
    if sizes is not None and len(use.shape(0)) == 1 and isinstance(use.operands[0], Tensor):
        sliced = read(use, 1)
        (axis,) = sliced.axes
        if axis.safe(len(sizes)):
            found = sizes[axis.plain(len(sizes))]
            if all(isinstance(size, int) for size in found):
                shape = [1 if kept is None else len(found) for kept in sliced.shape]
                return np.array(found, np.int32).reshape(shape)
    return each(whole(use, 0), lambda part: _strided_slice(use, part))


def _shaped(x: Tensor, sliced: Sliced) -> Tensor:
    """What was cut, with new dims of 1 and without the dims of which one place is taken."""
    shape: list[Size] = [1 if axis is None else x.shape[axis] for axis in sliced.shape]
    return reshape(x, tuple(shape))


def _at_once(use: Use, x: Tensor, sliced: Sliced) -> Tensor | None:
    """The runtime's own op, where it is right: what it does to dims of unknown size it does for one begin or end."""
    bounds = [use.sizes(index) for index in (1, 2, 3)]
    if not all(axis.safe(size) for axis, size in zip(sliced.axes, x.shape, strict=True)):
        return None
    operands = [
        use.const(np.clip(np.array(sizes or (), np.int64), -(2**31), 2**31 - 1).astype(np.int32)) for sizes in bounds
    ]
    names = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    masks = {name: use.attr(name, 0) for name in names}
    if use.builder.refusal("StridedSlice", x, *operands, **masks) is not None:
        return None
    return use.op("StridedSlice", x, *operands, **masks)


def cut(x: Tensor, axes: Sequence[Axis]) -> Tensor:
    """The ranges of all axes: those known by numbers or dims in one slice, those of the data one by one."""
    starts: list[Size] = [0] * x.rank
    stops: list[Size] = list(x.shape)
    steps, backwards = [1] * x.rank, []
    for at, axis in enumerate(axes):
        if not axis.computed:
            starts[at], stops[at] = axis.span(x.shape[at])
            steps[at] = abs(axis.step)
            backwards += [at] if axis.step < 0 else []
    late = [at for at, axis in enumerate(axes) if axis.computed]
    x = slice_axes(x, starts, stops)
    x = reverse(x, backwards) if backwards else x
    for at, step in enumerate(steps):
        x = every(x, at, step) if step != 1 else x
    for at in late:
        x = _computed(x, at, axes[at])
    return x


def _computed(x: Tensor, at: int, axis: Axis) -> Tensor:
    """A range whose bounds the data decides, by its places; one place is brought into bounds."""
    builder, size = x.builder, x.shape[at]
    last = dim_value(builder, size)
    if axis.length is not None:
        assert isinstance(axis.begin, Tensor)
        start = _counted(axis.begin, last) if axis.one else axis.begin
        most = dim_value(builder, size - axis.length)
        start = elementwise("Maximum", elementwise("Minimum", start, most), builder.const(0, DType.INT32))
        return take(x, reshape(start, (1,)) + iota(builder, axis.length), at)
    low, high = ((0, last), (-1, last - 1))[axis.step < 0]
    first, end = ((low, high), (high, low))[axis.step < 0]
    start = _inside(axis.begin, last, low, high, first)
    stop = _inside(axis.end, last, low, high, end)
    # with a stop on the wrong side of the start, the runtime would count the other way
    stop = elementwise("Minimum" if axis.step < 0 else "Maximum", stop, start)
    return take(x, builder.op("Range", start, stop, axis.step), at)


def _counted(place: Tensor, size: Tensor) -> Tensor:
    """A place, which may be counted from the end, counted from the front."""
    return select(elementwise("Less", place, place.builder.like(place, 0)), place + size, place)


def _inside(bound: Bound | None, size: Tensor, low: Tensor | int, high: Tensor | int, default: Tensor | int) -> Tensor:
    builder = size.builder
    lowest, highest, usual = (builder.like(size, end) for end in (low, high, default))
    if bound is None:
        return usual
    place = bound if isinstance(bound, Tensor) else dim_value(builder, bound)
    return elementwise("Maximum", elementwise("Minimum", _counted(place, size), highest), lowest)


def _update(use: Use) -> Operand:
    """A tensor with other values in the places of a strided slice: they are spread over it, then chosen."""
    x, value = whole(use, 0), whole(use, 4)
    first = x if isinstance(x, Tensor) else x.real
    sliced = read(use, first.rank)
    if type(x) is not type(value):
        raise OpError("the tensor and the values differ in dtype")
    if isinstance(x, Tensor) and isinstance(value, Tensor):
        return _updated(x, value, sliced)
    return type(x)(*(_updated(a, b, sliced) for a, b in zip(x, value, strict=True)))  # type: ignore[arg-type]


def _updated(x: Tensor, value: Tensor, sliced: Sliced) -> Tensor:
    builder, inside = x.builder, None
    kept = [axis for axis in sliced.shape if axis is not None]
    value = reshape(value, (1,) * (len(sliced.shape) - value.rank) + value.shape)
    pairs = zip(sliced.shape, value.shape, strict=True)
    value = expand(reshape(value, tuple(size for axis, size in pairs if axis is not None)), kept, x.rank)
    for at, (axis, size) in enumerate(zip(sliced.axes, x.shape, strict=True)):
        if axis.full:
            continue
        if axis.computed or isinstance(size, Dim) or any(isinstance(bound, Dim) for bound in (axis.begin, axis.end)):
            raise OpError("the places that are written are not known")
        places = np.arange(size)[axis.plain(size)]
        source, held = np.zeros(size, np.int32), np.zeros(size, bool)
        source[places], held[places] = np.arange(len(places)), True
        if not len(places):
            return x
        value = take(value, builder.const(source), at) if value.shape[at] != 1 else value
        mask = expand(builder.const(held), [at], x.rank)
        inside = mask if inside is None else elementwise("LogicalAnd", inside, mask)
    zero = builder.const(np.zeros(1, bool))
    here = inside if inside is not None else elementwise("LogicalNot", zero)
    return select(here, value, x) if dims.product(x.shape) != 0 else x


OPS: dict[str, Row] = {
    "Slice": moving(_slice),
    "StridedSlice": Op(_of_sizes, integers=True, complex=True),
    "TensorStridedSliceUpdate": Op(_update, integers=True, complex=True),
}
