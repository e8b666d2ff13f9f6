"""Reading and writing at computed places: out of bounds is brought in when read, and left out when written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.regions import monoid, only


def _dialect() -> Any:
    from jaxlib.mlir.dialects import stablehlo

    return stablehlo


def gather(op: Op, x: Value, places: Value) -> Value:
    """Slices at places."""
    return _gathered(op, x, places, op.integers("slice_sizes"))


def dynamic_gather(op: Op, x: Value, places: Value, sizes: Value) -> Value:
    """The same with the sizes of slices in a vector."""
    return _gathered(op, array(x), array(places), known.sizes(sizes))


def _gathered(op: Op, x: Value, places: Value, sizes: Sequence[Any]) -> Value:
    numbers = _dialect().GatherDimensionNumbers(op.attribute("dimension_numbers"))
    return lax.gather(
        x,
        _vectors_last(places, numbers.index_vector_dim),
        lax.GatherDimensionNumbers(
            tuple(numbers.offset_dims),
            tuple(numbers.collapsed_slice_dims),
            tuple(numbers.start_index_map),
            tuple(numbers.operand_batching_dims),
            tuple(numbers.start_indices_batching_dims),
        ),
        tuple(sizes),
        mode=lax.GatherScatterMode.CLIP,
    )


def _vectors_last(places: Value, axis: int) -> Value:
    """Places with the axis of their vectors last."""
    rank = len(places.shape)
    if axis == rank:
        return lax.reshape(places, (*places.shape, 1))
    return places if axis == rank - 1 else jnp.moveaxis(places, axis, -1)


_SCATTERS = {
    "sum": lax.scatter_add,
    "prod": lax.scatter_mul,
    "max": lax.scatter_max,
    "min": lax.scatter_min,
    "new": lax.scatter,
}


def scatter(op: Op, *operands: Value) -> Value:
    """Slices written, added, multiplied … at places."""
    if len(operands) != 3:
        raise OpError("a scatter of several arrays at once is not supported")
    x, places, updates = operands
    numbers = _dialect().ScatterDimensionNumbers(op.attribute("scatter_dimension_numbers"))
    kind = _written(op)
    if kind == "difference":
        kind, updates = "sum", lax.neg(updates)
    return _SCATTERS[kind](
        x,
        _vectors_last(places, numbers.index_vector_dim),
        updates,
        lax.ScatterDimensionNumbers(
            tuple(numbers.update_window_dims),
            tuple(numbers.inserted_window_dims),
            tuple(numbers.scattered_dims_to_operand_dims),
            tuple(numbers.input_batching_dims),
            tuple(numbers.scatter_indices_batching_dims),
        ),
        indices_are_sorted=op.flag("indices_are_sorted"),
        unique_indices=op.flag("unique_indices"),
        mode=lax.GatherScatterMode.FILL_OR_DROP,
    )


def _written(op: Op) -> str:
    """What the region of a scatter makes of the element and the update."""
    block = op.block()
    operations = [each.operation for each in block.operations]
    if len(operations) == 1 and operations[0].operands[0] == block.arguments[1]:
        return "new"
    found = monoid(op, block)
    truths = {"or": "max", "and": "min", "sum": "max", "prod": "min"}
    if op.types[0].dtype == "bool":
        found = truths.get(found or "", found)
    if found in _SCATTERS:
        return str(found)
    single = only(op, block)
    if single is not None and single.name == "stablehlo.subtract" and single.operands[0] == block.arguments[0]:
        return "difference"
    raise OpError("its region is none of replace, add, subtract, multiply, maximum and minimum")


def dynamic_slice(op: Op, x: Value, *starts: Value) -> Value:
    """A slice that starts where numbers say."""
    return lax.dynamic_slice_p.bind(x, *starts, slice_sizes=op.integers("slice_sizes"))


def dynamic_update_slice(op: Op, x: Value, update: Value, *starts: Value) -> Value:
    """An operand with a part written over."""
    return lax.dynamic_update_slice_p.bind(x, update, *starts)


def torch_index_select(op: Op, x: Value, places: Value) -> Value:
    """Rows along an axis."""
    if op.integer("batch_dims"):
        raise OpError("batch dims are not supported")
    return jnp.take(x, places, axis=op.integer("dim"), mode="clip")


RULES: dict[str, Rule] = {
    f"stablehlo.{rule.__name__}": rule
    for rule in (gather, dynamic_gather, scatter, dynamic_slice, dynamic_update_slice, torch_index_select)
}
