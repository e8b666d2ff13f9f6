"""Totals, means, extremes and running totals along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, minimum, not_a_number, select
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.reductions import reduce_axes, reduced
from totfjs.recipes.scans import cumulated
from totfjs.recipes.shapes import broadcast_to, dim_value, expand, reshape
from totfjs.recipes.sorting import order, place_of_extreme, running, smallest
from totfjs.sources.keras.operations.arithmetic import is_close, multiply, subtract
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.numbers import (
    axes_of,
    cast,
    converted,
    floating,
    floats,
    known,
    numbers,
    place,
    promoted,
)


def left(x: Tensor, axes: list[int], keepdims: bool) -> Shape:
    """The shape of a reduction."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    return tuple(size for axis, size in enumerate(x.shape) if axis not in axes)


def total(kind: str) -> Function:
    """A sum, product, maximum or minimum."""

    def function(x: Tensor, axis: Any = None, keepdims: bool = False, dtype: Any = None, initial: Any = None) -> Tensor:
        axes, of_bools = axes_of(x, axis), x.dtype is DType.BOOL
        if of_bools and kind == "prod" and dtype is None:
            return converted(logical("All")(x, axes, keepdims), DType.INT32)
        x = numbers(x)[0] if dtype is None else cast(x, dtype)
        gone = broadcast_to(reduce_axes(x, axes, Monoid(kind)), left(x, axes, False))
        result = reshape(gone, left(x, axes, keepdims))
        if initial is not None:
            result = (maximum if kind == "max" else minimum)(*promoted(result, initial))
        return converted(result, DType.BOOL) if of_bools and kind in ("max", "min") else result

    return function


def logical(op: str) -> Function:
    """All or any."""

    def function(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        axes = axes_of(x, axis)
        x = converted(x, DType.BOOL)
        if any(x.shape[axis] == 0 for axis in axes):
            result = broadcast_to(x.builder.const(op == "All"), left(x, axes, False))
        else:
            result = reduced(op, x, axes) if axes else x
        return reshape(result, left(result if not axes else x, axes, keepdims))

    return function


def size_of_axes(x: Tensor, axes: list[int]) -> Tensor:
    """How many elements are reduced to one, as a float."""
    size = dims.product(x.shape[axis] for axis in axes)
    return converted(dim_value(x.builder, size), DType.FLOAT32)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean."""
    x = floating(x)
    axes = axes_of(x, axis)
    if any(x.shape[axis] == 0 for axis in axes):
        return broadcast_to(x.builder.const(np.float32(np.nan)), left(x, axes, keepdims))
    return mean_of(x, axes, bool(keepdims))


def mean_of(x: Tensor, axes: list[int], keepdims: bool) -> Tensor:
    """The mean of floats along axes."""
    return x.builder.op("Mean", x, axes, keep_dims=keepdims) if axes else x


def variance(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean of the squares of what is off the mean."""
    x = floating(x)
    off = elementwise("Sub", x, mean(x, axis, True))
    return mean(elementwise("Square", off), axis, keepdims)


def deviation(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The root of the variance."""
    return elementwise("Sqrt", variance(x, axis, keepdims))


def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    """The mean and the variance."""
    return mean(x, axes, keepdims), variance(x, axes, keepdims)


def average(x: Any, weights: Any = None, axis: Any = None) -> Tensor:
    """The mean by weights; those of one axis may be a vector."""
    if weights is None:
        return mean(x, axis)
    x, weights = floats(x, weights)
    if weights.rank < x.rank:
        axes = axes_of(x, axis)
        if len(axes) != weights.rank:
            raise OpError("weights of fewer dims than the numbers need their axis")
        weights = expand(weights, axes, x.rank)
    weights = broadcast_to(weights, x.shape)
    add = total("sum")
    return elementwise("RealDiv", add(elementwise("Mul", x, weights), axis), add(weights, axis))


def place_of(op: str) -> Function:
    """The first place of an extreme; in the flattened tensor without an axis."""

    def function(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        shape = (1,) * x.rank if axis is None else left(x, [place(axis, x.rank)], True)
        x, along = (reshape(x, (dims.product(x.shape),)), 0) if axis is None else (x, place(axis, x.rank))
        found = place_of_extreme(x, along, op)
        return reshape(found, shape) if keepdims else found

    return function


def log_sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The logarithm of the sum of exponentials."""
    x = floating(x)
    axes, add = axes_of(x, axis), total("sum")
    most = total("max")(x, axes, True)
    most = select(elementwise("IsFinite", most), most, most.builder.like(most, 0))
    logs = elementwise("Log", add(elementwise("Exp", elementwise("Sub", x, most)), axes, True))
    return reshape(elementwise("AddV2", logs, most), left(x, axes, keepdims))


def cumulative(kind: str) -> Function:
    """Running totals."""

    def function(x: Tensor, axis: Any = None, dtype: Any = None) -> Tensor:
        x = numbers(x)[0] if dtype is None else cast(x, dtype)
        x, along = (reshape(x, (dims.product(x.shape),)), 0) if axis is None else (x, place(axis, x.rank))
        if kind == "sum" or x.dtype is DType.FLOAT32:
            op = "Cumsum" if kind == "sum" else "Cumprod"
            return cumulated(op, x, along)
        return running(x, along, False, multiply, 1)

    return function


def count_nonzero(x: Tensor, axis: Any = None) -> Tensor:
    """How many are not 0."""
    return total("sum")(converted(x, DType.BOOL), axis)  # type: ignore[no-any-return]


def spread(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The largest less the smallest."""
    return subtract(total("max")(x, axis, keepdims), total("min")(x, axis, keepdims))


def without_nan(function: Function, neutral: float) -> Function:
    """A reduction that passes over NaN."""

    def passing(x: Tensor, **arguments: Any) -> Any:
        if x.dtype is not DType.FLOAT32:
            return function(x, **arguments)
        return function(select(not_a_number(x), x.builder.like(x, neutral), x), **arguments)

    return passing


def _counted(x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    return converted(total("sum")(elementwise("LogicalNot", not_a_number(x)), axis, keepdims), DType.FLOAT32)


def nan_mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean of what is not NaN."""
    x = floating(x)
    found = without_nan(total("sum"), 0)(x, axis=axis, keepdims=keepdims)
    return elementwise("RealDiv", found, _counted(x, axis, keepdims))


def nan_variance(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The variance of what is not NaN."""
    x = floating(x)
    off = elementwise("Square", elementwise("Sub", x, nan_mean(x, axis, True)))
    return nan_mean(off, axis, keepdims)


def nan_extreme(kind: str) -> Function:
    """The extreme of what is not NaN; NaN where there is nothing else."""

    def function(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        found: Tensor = without_nan(total(kind), -np.inf if kind == "max" else np.inf)(x, axis=axis, keepdims=keepdims)
        if x.dtype is not DType.FLOAT32:
            return found
        missing = logical("All")(not_a_number(x), axis, keepdims)
        return select(missing, found.builder.like(found, np.nan), found)

    return function


def nan_place(op: str) -> Function:
    """The place of an extreme among what is not NaN; -1 where there is nothing else."""

    def function(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        neutral = -np.inf if op == "ArgMax" else np.inf
        found: Tensor = without_nan(place_of(op), neutral)(x, axis=axis, keepdims=keepdims)
        if x.dtype is not DType.FLOAT32:
            return found
        return select(logical("All")(not_a_number(x), axis, keepdims), found.builder.like(found, -1), found)

    return function


def sort(x: Tensor, axis: Any = -1) -> Tensor:
    """Ascending, NaN last."""
    if axis is None:
        x, axis = reshape(x, (dims.product(x.shape),)), 0
    along = place(axis, x.rank)
    return smallest(x, known(x, along), along)[0]


def argsort(x: Tensor, axis: Any = -1) -> Tensor:
    """The places in ascending order."""
    if axis is None:
        x, axis = reshape(x, (dims.product(x.shape),)), 0
    return order([x], place(axis, x.rank))


def all_close(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether all numbers are as near as the tolerances say."""
    near: Tensor = logical("All")(is_close(x1, x2, rtol, atol, equal_nan))
    return near


def _root(function: Function) -> Function:
    return lambda *args, **arguments: elementwise("Sqrt", function(*args, **arguments))


FUNCTIONS: dict[str, Function] = {
    "Sum": total("sum"), "Prod": total("prod"), "Max": total("max"), "Min": total("min"),
    "Amax": total("max"), "Amin": total("min"), "All": logical("All"), "Any": logical("Any"),
    "Mean": mean, "Var": variance, "Std": deviation, "Moments": moments, "Average": average,
    "Argmax": place_of("ArgMax"), "Argmin": place_of("ArgMin"), "Logsumexp": log_sum,
    "Cumsum": cumulative("sum"), "Cumprod": cumulative("prod"), "CountNonzero": count_nonzero, "Ptp": spread,
    "Nansum": without_nan(total("sum"), 0), "Nanprod": without_nan(total("prod"), 1),
    "Nancumsum": without_nan(cumulative("sum"), 0), "Nancumprod": without_nan(cumulative("prod"), 1),
    "Nanmean": nan_mean, "Nanvar": nan_variance, "Nanstd": _root(nan_variance),
    "Nanmax": nan_extreme("max"), "Nanmin": nan_extreme("min"),
    "Nanargmax": nan_place("ArgMax"), "Nanargmin": nan_place("ArgMin"),
    "AllClose": all_close, "Sort": sort, "Argsort": argsort,
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
