"""Elements in another order along axes: turned around, or moved on in a circle."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import Place, gather, iota
from totfjs.recipes.shapes import dim_value, expand, reshape, transpose
from totfjs.recipes.slicing import reverse, slice_axes, take
from totfjs.sources.tensorflow.ops.joining import concatenated
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, moving, whole
from totfjs.sources.tensorflow.ops.shapes import normal
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _reverse(use: Use) -> Operand:
    rank = len(use.shape(0))
    if use.node.op == "Reverse":
        axes = [axis for axis, turned in enumerate(use.array(1, "what is reversed").reshape(-1)) if turned]
    else:
        axes = [normal(axis, rank) for axis in use.integers(1, "the axes")]
    sizes = use.sizes(0)
    if sizes is not None and axes == [0]:
        return use.size_vector(sizes[::-1])
    return each(whole(use, 0), lambda part: reverse(part, axes))


def _reverse_sequence(use: Use, x: Tensor) -> Tensor:
    along, across = normal(use.attr("seq_dim"), x.rank), normal(use.attr("batch_dim", 0), x.rank)
    builder, size = use.builder, x.shape[along]
    if along == across:
        raise OpError("its two dims are one")
    lengths = expand(use.tensor(1), [0], 2)
    steps = expand(iota(builder, size), [1], 2)
    turned = elementwise("Sub", lengths - 1, steps)
    places = select(elementwise("Less", steps, lengths), turned, steps)
    rows = expand(iota(builder, x.shape[across]), [0], 2)
    if 0 in x.shape:
        return x
    batch = (x.shape[across], size)
    found = gather(x, sorted([Place(across, rows, 1), Place(along, places, 1)], key=lambda place: place.axis), batch)
    rest = [axis for axis in range(x.rank) if axis not in (along, across)]
    found = reshape(found, (*batch, *(x.shape[axis] for axis in rest)))
    order = [across, along, *rest]
    return transpose(found, [order.index(axis) for axis in range(x.rank)])


def _roll(use: Use, x: Tensor) -> Tensor:
    axes = [normal(axis, x.rank) for axis in use.integers(2, "the axes")]
    shifts = use.known(1)
    for number, axis in enumerate(axes):
        if shifts is None:
            shift = reshape(use.tensor(1), (len(axes),))
            x = _rolled(x, use.op("Slice", shift, [number], [1]), axis)
        else:
            x = _moved_on(x, int(shifts.reshape(-1)[number]), axis)
    return x


def _moved_on(x: Tensor, shift: int, axis: int) -> Tensor:
    """`x` with its elements `shift` places further on, the last ones first."""
    size = x.shape[axis]
    if not isinstance(size, int):
        return _rolled(x, x.builder.const([shift], DType.INT32), axis)
    start = -shift % size if size else 0
    if start == 0:
        return x
    starts = [start if index == axis else 0 for index in range(x.rank)]
    stops = [start if index == axis else dim for index, dim in enumerate(x.shape)]
    return concatenated([slice_axes(x, starts, x.shape), slice_axes(x, [0] * x.rank, stops)], axis)


def _rolled(x: Tensor, shift: Tensor, axis: int) -> Tensor:
    """The same where the shift or the size of the dim is known only when the model runs."""
    size = dim_value(x.builder, x.shape[axis])
    if x.shape[axis] == 0:
        return x
    places = elementwise("FloorMod", elementwise("Sub", iota(x.builder, x.shape[axis]), shift), size)
    return take(x, places, axis)


OPS: dict[str, Row] = {
    "Reverse": Op(_reverse, integers=True, complex=True),
    "ReverseV2": Op(_reverse, integers=True, complex=True),
    "ReverseSequence": moving(_reverse_sequence),
    "Roll": moving(_roll),
}
