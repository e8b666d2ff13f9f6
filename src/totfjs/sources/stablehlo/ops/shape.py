"""What changes shapes and moves elements, with sizes in the module or in known vectors."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.types import Type, numpy_dtype


def static(kind: Type) -> tuple[int, ...]:
    """A shape that the module has in full."""
    if any(size is None for size in kind.shape):
        raise OpError(f"the size of {kind} is not in the module")
    return tuple(size for size in kind.shape if size is not None)


def broadcast_in_dim(op: Op, x: Value) -> Value:
    """An operand along more or larger axes."""
    return _broadcast(x, static(op.types[0]), op.integers("broadcast_dimensions"))


def dynamic_broadcast_in_dim(op: Op, x: Value, shape: Value) -> Value:
    """The same with sizes in a vector."""
    return _broadcast(array(x), known.sizes(shape), op.integers("broadcast_dimensions"))


def _broadcast(x: Value, shape: Any, axes: tuple[int, ...]) -> Value:
    if 0 in shape and all(isinstance(size, int) for size in shape):
        return np.zeros(shape, x.dtype)
    return x if tuple(np.shape(x)) == tuple(shape) else lax.broadcast_in_dim(x, shape, axes)


def broadcast(op: Op, x: Value) -> Value:
    """New axes in front."""
    return lax.broadcast(x, op.integers("broadcast_sizes"))


def reshape(op: Op, x: Value) -> Value:
    """The same elements in another shape."""
    return _reshaped(x, static(op.types[0]))


def dynamic_reshape(op: Op, x: Value, shape: Value) -> Value:
    """The same with sizes in a vector."""
    return _reshaped(array(x), known.sizes(shape))


def _reshaped(x: Value, shape: Any) -> Value:
    return x if tuple(np.shape(x)) == tuple(shape) else lax.reshape(x, shape)


def transpose(op: Op, x: Value) -> Value:
    """Axes in another order."""
    return lax.transpose(x, op.integers("permutation"))


def reverse(op: Op, x: Value) -> Value:
    """Axes from back to front."""
    return lax.rev(x, op.integers("dimensions"))


def concatenate(op: Op, *xs: Value) -> Value:
    """Operands one after another."""
    joined = known.join(xs)
    return lax.concatenate([array(x) for x in xs], op.integer("dimension")) if joined is None else joined


def sliced(op: Op, x: Value) -> Value:
    """A part with bounds in the module."""
    return lax.slice(x, *(op.integers(name) for name in ("start_indices", "limit_indices", "strides")))


def real_dynamic_slice(op: Op, x: Value, *bounds: Value) -> Value:
    """A part with bounds in vectors: known ones, or a known length from a computed start."""
    start, _, strides = bounds
    try:
        return lax.slice(array(x), *(known.sizes(bound) for bound in bounds))
    except known.UndecidedError:
        pass
    added = getattr(op.operation.operands[2].owner, "operation", None)
    if added is None or added.name != "stablehlo.add" or set(known.sizes(strides)) != {1}:
        raise known.UndecidedError("the length of a slice depends on data")
    lengths = [op.scope[each] for each in added.operands if each != op.operation.operands[1]]
    if len(lengths) != 1:
        raise known.UndecidedError("the length of a slice depends on data")
    if isinstance(start, np.ndarray):
        places = [array(known.scalar(each)) for each in start.tolist()]
    else:
        places = [lax.index_in_dim(start, axis, keepdims=False) for axis in range(len(x.shape))]
    return lax.dynamic_slice_p.bind(array(x), *places, slice_sizes=known.sizes(lengths[0]))


def pad(op: Op, x: Value, value: Value) -> Value:
    """More elements around and between."""
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    return lax.pad(x, value, list(zip(*(op.integers(name) for name in names), strict=True)))


def dynamic_pad(op: Op, x: Value, value: Value, *amounts: Value) -> Value:
    """The same with amounts in vectors."""
    return lax.pad(array(x), value, list(zip(*map(known.sizes, amounts), strict=True)))


def iota(op: Op) -> Value:
    """Numbers counted along an axis."""
    return lax.broadcasted_iota(numpy_dtype(op.types[0].dtype), static(op.types[0]), op.integer("iota_dimension"))


def dynamic_iota(op: Op, shape: Value) -> Value:
    """The same with sizes in a vector."""
    return lax.broadcasted_iota(numpy_dtype(op.types[0].dtype), known.sizes(shape), op.integer("iota_dimension"))


def get_dimension_size(op: Op, x: Value) -> Value:
    """The size of an axis, which is known."""
    return known.scalar(np.shape(x)[op.integer("dimension")])


def set_dimension_size(op: Op, x: Value, size: Value) -> Value:
    """A size that is what it is already."""
    if not known.is_known(size) or not (known.sizes(size)[0] == np.shape(x)[op.integer("dimension")]):
        raise OpError("sizes that change while the model runs are not supported")
    return array(x)


def constant_like(op: Op, x: Value) -> Value:
    """One number everywhere."""
    return jnp.full_like(x, op.number("value"))


RULES: dict[str, Rule] = {
    **{
        f"stablehlo.{rule.__name__}": rule
        for rule in (
            broadcast_in_dim, dynamic_broadcast_in_dim, broadcast, reshape, dynamic_reshape, transpose, reverse,
            concatenate, real_dynamic_slice, pad, dynamic_pad, iota, dynamic_iota, get_dimension_size,
            set_dimension_size,
        )
    },
    "stablehlo.slice": sliced,
    "chlo.constant_like": constant_like,
}  # fmt: skip
