"""Elements that are written to places, and tensors stitched together or dealt out by places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise
from totfjs.recipes.indexing import Place
from totfjs.recipes.integers import number
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.scatter import dense, scatter
from totfjs.recipes.shapes import broadcast_to, reshape, shape_vector
from totfjs.recipes.slicing import nothing, slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import again, wholes
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# --- one value at each place ----------------------------------------------------------------------------------------


def _scatter_nd(use: Use) -> Operand:
    _check_policy(use)
    return again([_new(use, part) for (part,) in wholes(use, [1])])


def _new(use: Use, updates: Tensor) -> Tensor:
    """Zeros with updates written into them; those of one place add up."""
    builder, places, sizes = use.builder, _places(use, 0), use.sizes(2)
    if updates.dtype is DType.BOOL:
        return elementwise("NotEqual", _new(use, number(updates)), builder.const(0, DType.INT32))
    if sizes is not None and 0 in sizes:
        return nothing(updates, sizes)
    if sizes is not None and 0 in (*updates.shape, *places.shape):
        return broadcast_to(builder.const(0, updates.dtype), sizes)
    shape = use.tensor(2) if sizes is None else shape_vector(builder, sizes)
    return builder.op("ScatterNd", places, updates, shape)


def _tensor_scatter(kind: str, sign: int = 1) -> Op:
    """Updates of the same place come one after the other. Places out of bounds, an error on CPUs, are left out."""

    def rule(use: Use) -> Operand:
        _check_policy(use)
        return again([_written(use, x, updates, kind, sign) for x, updates in wholes(use, [0, 2])])

    return Op(rule, integers=kind != "sum", complex=kind in ("", "sum"))


def _written(use: Use, x: Tensor, updates: Tensor, kind: str, sign: int) -> Tensor:
    places = _places(use, 1)
    depth = places.shape[-1]
    if not isinstance(depth, int) or depth > x.rank:
        raise OpError(f"indices of shape {list(places.shape)} do not fit a tensor with {x.rank} dims")
    if 0 in (depth, *x.shape, *updates.shape):
        if depth:
            return x
        raise OpError("its indices have no depth")
    if use.attr("T") in ("uint32", "uint64") and kind:
        raise OpError(f"TensorFlow.js does not order {use.attr('T')}")
    batch = places.shape[:-1]
    slices = reshape(_signed(updates, sign), (*batch, *(1 for _ in range(depth)), *x.shape[depth:]))
    columns = [Place(axis, _column(places, axis), 1) for axis in range(depth)]
    if x.dtype is DType.BOOL:
        found = _scattered(number(x), columns, batch, number(slices), kind)
        return elementwise("NotEqual", found, use.const(0, "int32"))
    return _scattered(x, columns, batch, slices, kind)


def _places(use: Use, index: int) -> Tensor:
    """The places; a vector of them is one of places along the first axis."""
    places = use.tensor(index)
    return reshape(places, (*places.shape, 1)) if places.rank == 1 else places


def _scattered(x: Tensor, places: Sequence[Place], batch: dims.Shape, updates: Tensor, kind: str) -> Tensor:
    return scatter(x, places, batch, updates, Monoid(kind) if kind else None, drop=True, unique=False)


def _signed(x: Tensor, sign: int) -> Tensor:
    return x if sign > 0 else elementwise("Neg", x)


def _column(places: Tensor, axis: int) -> Tensor:
    known = constant(places)
    if known is not None:
        return places.builder.const(np.array(known[..., axis], order="C"))
    start, stop = [0] * places.rank, list(places.shape)
    start[-1], stop[-1] = axis, axis + 1
    return reshape(slice_axes(places, start, stop), places.shape[:-1])


def _check_policy(use: Use) -> None:
    if use.text("bad_indices_policy", b"") not in ("", "DEFAULT", "ERROR"):
        raise OpError("it leaves out indices out of bounds, which TensorFlow.js does not")


def _in_place(kind: str, sign: int = 1) -> Op:
    """Whole rows are replaced, or added to."""

    def rule(use: Use) -> Operand:
        x, rows, updates = use.tensor(0), use.tensor(1), use.tensor(2)
        if rows.rank == 0:
            rows, updates = reshape(rows, (1,)), reshape(updates, (1, *updates.shape))
        slices = reshape(_signed(updates, sign), (*rows.shape, 1, *x.shape[1:]))
        return _scattered(x, [Place(0, rows, 1)], rows.shape, slices, kind)

    return Op(rule)


def _sparse_to_dense(use: Use) -> Operand:
    places, sizes, values, default = use.tensor(0), use.sizes(1), use.tensor(2), use.tensor(3)
    if sizes is not None and 0 in sizes:
        return nothing(values, sizes)
    if sizes is not None and 0 in (*places.shape, *values.shape):
        return broadcast_to(default, sizes)
    shape = use.tensor(1) if sizes is None else shape_vector(use.builder, sizes)
    return dense(places, shape, values, default)


# --- dealt out and stitched together --------------------------------------------------------------------------------


def _dynamic_stitch(use: Use) -> Operand:
    """Later rows win. Rows that no index names, which TensorFlow leaves undefined, are 0."""
    count = len(use) // 2
    known = [use.known(index) for index in range(count)]
    parts = wholes(use, range(count, 2 * count))
    flat = [
        _rows(part, len(use.shape(index))) for real in parts for index, part in zip([*range(count)], real, strict=True)
    ]
    joined = [_joined(flat[start : start + count]) for start in range(0, len(flat), count)]
    if all(places is not None for places in known):
        named = np.concatenate([places.reshape(-1) for places in known if places is not None])
        return again([_stitched_known(rows, named) for rows in joined])
    places = _joined([reshape(use.tensor(index), (dims.product(use.shape(index)),)) for index in range(count)])
    return again([_stitched(rows, places) for rows in joined])


def _rows(part: Tensor, rank: int) -> Tensor:
    return reshape(part, (dims.product(part.shape[:rank]), *part.shape[rank:]))


def _joined(parts: Sequence[Tensor]) -> Tensor:
    kept = [part for part in parts if part.shape[0] != 0] or list(parts[:1])
    return kept[0] if len(kept) == 1 else kept[0].builder.op("ConcatV2", *kept, 0)


def _stitched_known(rows: Tensor, places: np.ndarray) -> Tensor:
    count = int(places.max()) + 1 if places.size else 0
    if count == 0:
        return nothing(rows, (0, *rows.shape[1:]))
    last = np.full(count, -1)
    last[places] = np.arange(len(places))
    if (last < 0).any():
        raise OpError("some of its rows come from nowhere")
    return take(rows, rows.builder.const(last.astype(np.int32)), 0)


def _stitched(rows: Tensor, places: Tensor) -> Tensor:
    builder, width = rows.builder, dims.product(rows.shape[1:])
    if rows.dtype is DType.BOOL:
        return elementwise("NotEqual", _stitched(number(rows), places), builder.const(0, DType.INT32))
    count = reshape(elementwise("AddV2", builder.op("Max", places, [0]), builder.const(1, DType.INT32)), (1,))
    shape = builder.op("ConcatV2", count, shape_vector(builder, (width,)), 0)
    empty = builder.op("Fill", shape, builder.const(0, rows.dtype))
    flat, column = reshape(rows, (rows.shape[0], width)), reshape(places, (*places.shape, 1))
    written = builder.op("TensorScatterUpdate", empty, column, flat)
    return builder.op("Reshape", written, shape_vector(builder, (-1, *rows.shape[1:])))


def _dynamic_partition(use: Use) -> Sequence[Operand]:
    count, (reals) = use.attr("num_partitions"), wholes(use, [0])
    rank = len(use.shape(1))
    flat = [_rows(part, rank) for (part,) in reals]
    places = [_dealt(use, which) for which in range(count)]
    return [again([take(rows, place, 0) for rows in flat]) for place in places]


def _dealt(use: Use, which: int) -> Tensor:
    known = use.known(1)
    if known is not None:
        return use.const(np.flatnonzero(known.reshape(-1) == which).astype(np.int32))
    flat = reshape(use.tensor(1), (dims.product(use.shape(1)),))
    found = use.op("Where", elementwise("Equal", flat, use.const(which, "int32")))
    return reshape(found, (found.shape[0],))


OPS: dict[str, Row] = {
    "ScatterNd": Op(_scatter_nd, complex=True),
    "ScatterNdNonAliasingAdd": _tensor_scatter("sum"),
    "TensorScatterUpdate": _tensor_scatter(""),
    "TensorScatterAdd": _tensor_scatter("sum"),
    "TensorScatterSub": _tensor_scatter("sum", -1),
    "TensorScatterMax": _tensor_scatter("max"),
    "TensorScatterMin": _tensor_scatter("min"),
    "InplaceUpdate": _in_place(""),
    "InplaceAdd": _in_place("sum"),
    "InplaceSub": _in_place("sum", -1),
    "SparseToDense": Op(_sparse_to_dense, integers=True),
    "DynamicStitch": Op(_dynamic_stitch, integers=True, complex=True),
    "ParallelDynamicStitch": Op(_dynamic_stitch, integers=True, complex=True),
    "DynamicPartition": Op(_dynamic_partition, integers=True, complex=True),
}
