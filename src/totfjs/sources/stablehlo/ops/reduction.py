"""Reductions of axes and windows. What a region computes decides which of JAX's reductions it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.regions import extreme, monoid, only
from totfjs.sources.stablehlo.types import numpy_dtype

# The function of each monoid; of truths `sum` and `max` are `or`, the others `and`.
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sum": lax.add,
    "prod": lax.mul,
    "max": lax.max,
    "min": lax.min,
    "and": lax.bitwise_and,
    "or": lax.bitwise_or,
    "xor": lax.bitwise_xor,
}
_OF_BOOLS = {"sum": "or", "max": "or", "prod": "and", "min": "and"}
_CUMULATIVE = {"sum": lax.cumsum, "prod": lax.cumprod, "max": lax.cummax, "min": lax.cummin}


def identity(kind: str, dtype: str) -> Any:
    """The number that changes nothing."""
    like = numpy_dtype(dtype)
    if kind in ("sum", "or", "xor", "prod"):
        return np.asarray(kind == "prod", like)
    if like.kind == "b" or kind == "and":
        return np.asarray(True if like.kind == "b" else -1).astype(like)
    low, high = (-np.inf, np.inf) if like.kind not in "iu" else (np.iinfo(like).min, np.iinfo(like).max)
    return np.asarray(low if kind == "max" else high, like)


def reduce(op: Op, *operands: Value) -> Sequence[Value]:
    """One or more arrays along axes."""
    count = len(operands) // 2
    xs, starts = operands[:count], operands[count:]
    axes = op.integers("dimensions")
    if count == 1:
        if known.is_known(xs[0]) and known.is_known(starts[0]) and np.ndim(xs[0]) == 1:
            folded = _of_sizes(op, xs[0], starts[0])
            if folded is not None:
                return [folded]
        found = _kind(op, op.types[0].dtype)
        if found is not None:
            return [_total(found, array(xs[0]), array(starts[0]), axes, op.types[0].dtype)]
    if count == 2 and len(axes) == 1 and _counts(op.operation.operands[1], axes[0]):
        found = extreme(op, [kind.dtype for kind in op.types])
        if found is not None and _start_is_lowest(found, starts, op.types[0].dtype):
            return _extreme(op, found, array(xs[0]), axes[0])
    return _general(op, list(map(array, xs)), list(map(array, starts)), axes)


def _of_sizes(op: Op, x: np.ndarray, start: np.ndarray) -> Value | None:
    """The total of a vector of sizes, as in the number of elements of a shape."""
    inner = only(op, op.block())
    total = start
    for each in x:
        if inner is None:
            return None
        try:
            total = known.compute(Op(inner, op.interpreter, op.scope), [total, np.asarray(each, x.dtype)])
        except known.UndecidedError:
            return None
    return total


def _kind(op: Op, dtype: str, block: Any = None) -> str | None:
    found = monoid(op, op.block() if block is None else block)
    return _OF_BOOLS.get(found or "", found) if dtype == "bool" else found


def _total(kind: str, x: Value, start: Value, axes: Sequence[int], dtype: str) -> Value:
    """A total that begins with `start`."""
    neutral = identity(kind, dtype)
    total = lax.reduce(x, neutral, _FUNCTIONS[kind], tuple(axes)) if axes else x
    if isinstance(start, np.ndarray) and start.dtype == neutral.dtype and start.ndim == 0 and start == neutral:
        return total
    return _FUNCTIONS[kind](total, jnp.broadcast_to(start, total.shape))


def _extreme(op: Op, kind: str, x: Value, axis: int) -> Sequence[Value]:
    index = numpy_dtype(op.types[1].dtype)
    place = (lax.argmax if kind == "argmax" else lax.argmin)(x, axis, index)
    function = "max" if kind == "argmax" else "min"
    dtype = op.types[0].dtype
    function = _OF_BOOLS[function] if dtype == "bool" else function
    return [_total(function, x, identity(function, dtype), (axis,), dtype), place]


def _start_is_lowest(kind: str, starts: Sequence[Value], dtype: str) -> bool:
    lowest = identity("max" if kind == "argmax" else "min", dtype)
    return all(isinstance(start, np.ndarray) for start in starts) and bool(starts[0] == lowest) and bool(starts[1] == 0)


def _counts(value: Any, axis: int) -> bool:
    """Whether a value of MLIR counts along an axis."""
    from jaxlib.mlir import ir

    if not isinstance(value.owner, ir.Operation | ir.OpView):
        return False
    owner: Any = value.owner.operation
    if owner.name in ("stablehlo.iota", "stablehlo.dynamic_iota"):
        return int(owner.attributes["iota_dimension"].value) == axis
    if owner.name in ("stablehlo.broadcast_in_dim", "stablehlo.dynamic_broadcast_in_dim"):
        axes = [int(each) for each in owner.attributes["broadcast_dimensions"]]
        return axis in axes and _counts(owner.operands[0], axes.index(axis))
    if owner.name in ("stablehlo.convert", "stablehlo.optimization_barrier"):
        return _counts(owner.operands[0], axis)
    return False


def _general(op: Op, xs: list[Value], starts: list[Value], axes: Sequence[int]) -> Sequence[Value]:
    """A reduction by any function: its region, traced by JAX."""
    region = op.region()

    def function(a: Any, b: Any) -> Any:
        results = region(*(a if isinstance(a, list) else [a]), *(b if isinstance(b, list) else [b]))
        return [array(value) for value in results] if isinstance(a, list) else array(results[0])

    found = lax.reduce(xs, starts, function, tuple(axes))
    return list(found)


# --- windows ------------------------------------------------------------------------------------------------------


def reduce_window(op: Op, *operands: Value) -> Sequence[Value]:
    """Windows along axes."""
    count = len(operands) // 2
    rank = len(op.types[0].shape)
    ones = (1,) * rank
    window = {
        "window": op.integers("window_dimensions"),
        "strides": op.integers("window_strides", ones),
        "base": op.integers("base_dilations", ones),
        "inside": op.integers("window_dilations", ones),
        "padding": op.pairs("padding", rank),
    }
    if count != 1:
        region = op.region()

        def function(a: Any, b: Any) -> Any:
            return [array(value) for value in region(*a, *b)]

        arrays = list(map(array, operands))
        return list(
            lax.reduce_window(
                arrays[:count], arrays[count:], function, window["window"], window["strides"], window["padding"],
                window["base"], window["inside"],
            )
        )  # fmt: skip
    x, start = map(array, operands)
    return [windowed(op, op.block(), op.region(), x, start, window)]


def windowed(
    op: Op, block: Any, region: Callable[..., list[Value]], x: Value, start: Value, window: Mapping[str, Any]
) -> Value:
    """A reduction of windows of one array, the running totals of an axis among them."""
    dtype = op.types[0].dtype
    kind = _kind(op, dtype, block)
    neutral = None if kind is None else identity(kind, dtype)
    if kind is not None and isinstance(start, np.ndarray) and bool(start == neutral):
        running = _running(x, window)
        if running is not None and kind in _CUMULATIVE and dtype != "bool":
            axis, backwards = running
            return _CUMULATIVE[kind](x, axis=axis, reverse=backwards)
        return _windows(x, np.asarray(neutral), _FUNCTIONS[kind], window)
    if kind is None and (running := _running(x, window)) is not None and _changes_nothing(region, start):
        return lax.associative_scan(_of_arrays(region), x, axis=running[0], reverse=running[1])
    if kind is None:
        return _windows(x, start, lambda a, b: array(region(a, b)[0]), window)
    found = _windows(x, np.asarray(neutral), _FUNCTIONS[kind], window)
    return _FUNCTIONS[kind](found, jnp.broadcast_to(start, found.shape))


def _of_arrays(region: Callable[..., list[Value]]) -> Callable[..., Value]:
    """A function of two numbers, for arrays."""
    each = jax.vmap(lambda a, b: array(region(a, b)[0]))
    return lambda a, b: lax.reshape(each(lax.reshape(a, (a.size,)), lax.reshape(b, (b.size,))), a.shape)


def _changes_nothing(region: Callable[..., list[Value]], start: Value) -> bool:
    """Whether what a window begins with leaves every number as it is."""
    if not isinstance(start, np.ndarray) or start.ndim:
        return False
    with jax.ensure_compile_time_eval():
        samples = np.array([-np.inf, -3, -0.5, 0, 1e-6, 2, 80, np.inf]).astype(start.dtype)
        found = np.asarray(_of_arrays(region)(np.broadcast_to(start, samples.shape), samples))
    return bool(np.array_equal(found, samples, equal_nan=True))


def _windows(x: Value, start: Value, function: Callable[..., Value], window: Mapping[str, Any]) -> Value:
    return lax.reduce_window(
        x, start, function, window["window"], window["strides"], window["padding"], window["base"], window["inside"]
    )


def _running(x: Value, window: Mapping[str, Any]) -> tuple[int, bool] | None:
    """The axis of which a window takes everything up to an element, or from it on; None when it is no such window."""
    long = [axis for axis, size in enumerate(window["window"]) if not (isinstance(size, int) and size == 1)]
    plain = all(tuple(window[name]) == (1,) * len(x.shape) for name in ("strides", "base", "inside"))
    if len(long) != 1 or not plain or not _same(window["window"][long[0]], x.shape[long[0]]):
        return None
    (axis,), rest = long, x.shape[long[0]] - 1
    if any(not _same(side, 0) for at, pair in enumerate(window["padding"]) if at != axis for side in pair):
        return None
    low, high = window["padding"][axis]
    if _same(low, rest) and _same(high, 0):
        return axis, False
    return (axis, True) if _same(low, 0) and _same(high, rest) else None


def _same(a: Any, b: Any) -> bool:
    difference = a - b
    return isinstance(difference, int) and difference == 0


def select_and_scatter(op: Op, x: Value, source: Value, start: Value) -> Value:
    """What windows choose gets what is scattered: the way back through pooling."""
    rank = len(op.types[0].shape)
    chooser = only(op, op.block(0))
    kind = _kind(op, op.types[0].dtype, op.block(1))
    if kind != "sum" or chooser is None or chooser.name != "stablehlo.compare":
        raise OpError("it is not the way back through a max or min pooling")
    direction = Op(chooser, op.interpreter, op.scope).text("comparison_direction")
    if direction not in ("GE", "LE") or list(chooser.operands) != list(op.block(0).arguments):
        raise OpError(f"windows that choose by {direction} are not supported")
    from totfjs.sources.stablehlo._compat import select_and_scatter_add

    found = select_and_scatter_add(
        source, x, direction, op.integers("window_dimensions"), op.integers("window_strides", (1,) * rank),
        op.pairs("padding", rank),
    )  # fmt: skip
    return found if isinstance(start, np.ndarray) and start == 0 else lax.add(found, jnp.broadcast_to(start, x.shape))


def mapped(op: Op, *xs: Value) -> Value:
    """A region on each element."""
    region = op.region()

    def function(*numbers: Value) -> Value:
        return array(region(*numbers)[0])

    for _ in op.types[0].shape:
        function = jax.vmap(function)
    return function(*map(array, xs))


RULES: dict[str, Rule] = {
    "stablehlo.reduce": reduce,
    "stablehlo.reduce_window": reduce_window,
    "stablehlo.select_and_scatter": select_and_scatter,
    "stablehlo.map": mapped,
}
