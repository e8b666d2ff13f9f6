"""Elements at places that a model of TensorFlow names: they are inside, or TensorFlow itself would have stopped.

The runtime stops too on cpu and wasm; a GPU reads something else.
"""

from __future__ import annotations

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import iota, size_like
from totfjs.recipes.shapes import broadcast_to, expand, reshape, transpose
from totfjs.recipes.slicing import nothing, take


def gathered(x: Tensor, places: Tensor, axis: int, batch: int = 0) -> Tensor:
    """The elements at places along an axis; the first `batch` dims of both go together."""
    before, after = x.shape[batch:axis], x.shape[axis + 1 :]
    shape = (*x.shape[:batch], *before, *places.shape[batch:], *after)
    if 0 in shape:
        return nothing(x, shape)
    if 0 in x.shape:
        raise OpError("it reads from a tensor without elements")
    if batch:
        return _in_batches(x, places, axis, batch)
    if x.builder.refusal("GatherV2", x, places, x.builder.const(axis, DType.INT32)) is None:
        return take(x, places, axis)
    flat = reshape(x, (dims.product(before), x.shape[axis], dims.product(after)))
    return reshape(take(flat, reshape(places, (dims.product(places.shape),)), 1), shape)


def _in_batches(x: Tensor, places: Tensor, axis: int, batch: int) -> Tensor:
    """The batch and the axis are one dim of which is read; where each item of the batch starts is added to places."""
    builder, rank = x.builder, x.rank
    common, before, after = x.shape[:batch], x.shape[batch:axis], x.shape[axis + 1 :]
    count, size = dims.product(common), x.shape[axis]
    order = [*range(batch), axis, *range(batch, axis), *range(axis + 1, rank)]
    rows = reshape(transpose(x, order), (count * size, *before, *after))
    starts = elementwise("Mul", iota(builder, count), size_like(builder, size))
    column = reshape(places, (count, dims.product(places.shape[batch:])))
    index = elementwise("AddV2", column, expand(starts, [0], 2))
    found = reshape(take(rows, index, 0), (*common, *places.shape[batch:], *before, *after))
    middle = places.rank - batch
    placed = [*range(batch + middle, batch + middle + len(before)), *range(batch, batch + middle)]
    return transpose(found, [*range(batch), *placed, *range(batch + middle + len(before), found.rank)])


def gathered_at(x: Tensor, places: Tensor) -> Tensor:
    """The elements, or slices, at places that the last dim of `places` holds whole."""
    builder, depth = x.builder, places.shape[-1]
    if not isinstance(depth, int) or depth > x.rank:
        raise OpError(f"indices of shape {list(places.shape)} do not fit a tensor with {x.rank} dims")
    rows, rest = places.shape[:-1], x.shape[depth:]
    if depth == 0:
        return broadcast_to(reshape(x, (*((1,) * len(rows)), *x.shape)), (*rows, *x.shape))
    if 0 in (*rows, *rest):
        return nothing(x, (*rows, *rest))
    if builder.refusal("GatherNd", x, places) is None:
        return builder.op("GatherNd", x, places)
    if x.dtype is DType.STRING:
        raise OpError("TensorFlow.js on wasm cannot move text that the model is given or makes")
    flat = reshape(x, (*x.shape[:depth], dims.product(rest)))
    found = builder.op("GatherNd", flat, reshape(places, (dims.product(rows), depth)))
    return reshape(found, (*rows, *rest))


__all__ = ["gathered", "gathered_at", "nothing"]
