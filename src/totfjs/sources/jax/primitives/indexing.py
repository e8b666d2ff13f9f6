"""Reading and writing at computed places."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.indexing import Place, dynamic_slice, dynamic_update, iota
from totfjs.recipes.indexing import gather as gather_places
from totfjs.recipes.integers import INT32_MAX
from totfjs.recipes.shapes import expand, reshape, transpose
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import Aval, Equation, Rule, shape_of


def gather(eqn: Equation, x: Tensor, indices: Tensor) -> Tensor:
    """Slices of an operand at places that an array of indices holds."""
    numbers, lengths = eqn.params["dimension_numbers"], shape_of(eqn.params["slice_sizes"])
    x, indices = eqn.full(x), places_of(eqn, indices, 1)
    batch = indices.shape[:-1]
    places = [_batching(x, axis, at, batch) for axis, at in _batches(numbers)]
    for number, axis in enumerate(numbers.start_index_map):
        if lengths[axis] != x.shape[axis] or _mode(eqn) == "fill_or_drop":
            places.append(Place(int(axis), column(indices, number), lengths[axis]))
    x = _from_the_start(x, lengths, {place.axis for place in places})
    fill = _fill_value(eqn) if _mode(eqn) == "fill_or_drop" else None
    if not places:
        places = [Place(0, eqn.const(np.zeros((1,) * len(batch), np.int32)), lengths[0])]
    found = gather_places(x, sorted(places, key=lambda place: place.axis), batch, fill)
    return _arranged(found, numbers, len(batch), eqn.output.rank)


def _batches(numbers: object) -> list[tuple[int, int]]:
    operand = getattr(numbers, "operand_batching_dims", ())
    indices = getattr(numbers, "start_indices_batching_dims", ())
    return [(int(axis), int(at)) for axis, at in zip(operand, indices, strict=True)]


def _batching(x: Tensor, axis: int, at: int, batch: Shape) -> Place:
    """A batch dim of the operand is read at the place of the same batch dim of the indices."""
    return Place(axis, expand(iota(x.builder, x.shape[axis]), [at], len(batch)), 1)


def column(indices: Tensor, number: int) -> Tensor:
    """The index for one axis, in the shape of the batch."""
    batch, known = indices.shape[:-1], constant(indices)
    if known is not None:
        return indices.builder.const(known[..., number])
    if indices.shape[-1] == 1:
        return reshape(indices, batch)
    part = slice_axes(indices, [*(0 for _ in batch), number], [*batch, number + 1])
    return reshape(part, batch)


def _from_the_start(x: Tensor, lengths: Shape, indexed: set[int]) -> Tensor:
    """Axes that no index reads and that are not taken whole are taken from 0 on."""
    stops = [size if axis in indexed else lengths[axis] for axis, size in enumerate(x.shape)]
    return slice_axes(x, [0] * x.rank, stops)


def _mode(eqn: Equation) -> str:
    return _compat.scatter_gather_mode(eqn.params["mode"])


def _fill_value(eqn: Equation) -> Tensor:
    """What stands where an index is out of bounds: NaN, or the extreme of an integer."""
    value, dtype = eqn.params["fill_value"], eqn.output
    if value is None:
        value = _default_fill(dtype)
    if dtype.dtype == "uint32":
        value = int(np.array(value, np.int64).astype(np.uint32).view(np.int32))
    return eqn.const(value, dtype.graph_dtype)


def _default_fill(aval: Aval) -> float:
    if aval.floating:
        return float("nan")
    if aval.graph_dtype is DType.BOOL:
        return True
    if aval.dtype == "uint32":
        return -1
    limits = np.iinfo(aval.dtype)
    return int(limits.min or limits.max)


def _arranged(found: Tensor, numbers: object, batch: int, rank: int) -> Tensor:
    """Drops the axes that slices do not keep, and puts the others where the result has them."""
    dropped = {*getattr(numbers, "collapsed_slice_dims", ()), *getattr(numbers, "operand_batching_dims", ())}
    kept = [axis for axis in range(found.rank - batch) if axis not in dropped]
    shape = (*found.shape[:batch], *(found.shape[batch + axis] for axis in kept))
    offsets = [int(axis) for axis in getattr(numbers, "offset_dims", ())]
    order, batches, slices = [], iter(range(batch)), iter(range(batch, batch + len(kept)))
    for axis in range(rank):
        order.append(next(slices) if axis in offsets else next(batches))
    return transpose(reshape(found, shape), order)


def sliced(eqn: Equation, x: Tensor, *starts: Tensor) -> Tensor:
    """A slice that starts where numbers say."""
    places = [places_of(eqn, start, index) for index, start in enumerate(starts[: x.rank], 1)]
    return dynamic_slice(eqn.full(x), places, shape_of(eqn.params["slice_sizes"]))


def updated(eqn: Equation, x: Tensor, update: Tensor, *starts: Tensor) -> Tensor:
    """An operand with a part written over."""
    if 0 in eqn.inputs[1].shape:
        return x
    places = [places_of(eqn, start, index) for index, start in enumerate(starts, 2)]
    return dynamic_update(eqn.full(x), eqn.full(update, 1), places)


def places_of(eqn: Equation, indices: Tensor, operand: int) -> Tensor:
    """Indices as int32. Those of uint32 which int32 does not hold are out of bounds, far beyond the end."""
    indices = eqn.full(indices, operand)
    known = constant(indices)
    if eqn.inputs[operand].dtype != "uint32" or (known is not None and (known >= 0).all()):
        return indices
    beyond = elementwise("Less", indices, indices.builder.like(indices, 0))
    return select(beyond, indices.builder.like(indices, INT32_MAX), indices)


RULES: dict[str, Rule] = {
    "gather": gather,
    "dynamic_slice": sliced,
    "dynamic_update_slice": updated,
}
