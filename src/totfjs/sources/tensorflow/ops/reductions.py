"""Totals, extremes and means along axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex, multiply
from totfjs.recipes.elementwise import elementwise, not_a_number, select
from totfjs.recipes.fields import magnitude, square
from totfjs.recipes.integers import floor_division, negative, number, truncated_division
from totfjs.recipes.monoids import Monoid, unsigned_order
from totfjs.recipes.reductions import reduce_axes, reduced
from totfjs.recipes.shapes import dim_value, reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.recipes.sorting import place_of_extreme
from totfjs.sources.tensorflow.dtypes import FLOATS
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import whole
from totfjs.sources.tensorflow.ops.shapes import broadcast, normal
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# How many values a narrow integer has, and the least of them.
NARROW = {"uint8": (256, 0), "int8": (256, -128), "uint16": (65536, 0), "int16": (65536, -32768)}


def axes_of(use: Use, rank: int) -> list[int]:
    """The axes that operand 1 names, counted from the front."""
    return sorted({normal(axis, rank) for axis in use.integers(1, "the axes")})


def kept(shape: Shape, axes: Sequence[int], keep: bool) -> Shape:
    """The shape of a result."""
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes)


def monoid(use: Use, kind: str) -> Monoid:
    """The operation on what stands for the dtype."""
    return Monoid(kind, NARROW.get(use.attr("T", "float32")))


def total(x: Tensor, axes: Sequence[int], keep: bool, operation: Monoid) -> Tensor:
    """The total along axes; of nothing it is neutral."""
    shape = kept(x.shape, axes, keep)
    if any(x.shape[axis] == 0 for axis in axes):
        return broadcast(x.builder.const(operation.neutral(x.dtype), x.dtype), shape)
    if not axes:
        return x
    if operation.wrap and operation.kind == "sum":
        return reshape(reduce_axes(x, axes, operation), shape)
    if operation.kind != "prod" or x.dtype is DType.FLOAT32:
        return reduced(_OPS[operation.kind], x, axes, keep)
    return reshape(reduce_axes(x, axes, operation), shape)


_OPS = {"sum": "Sum", "prod": "Prod", "max": "Max", "min": "Min"}


def _reduction(kind: str) -> Op:
    def rule(use: Use) -> Operand:
        axes, keep = axes_of(use, len(use.shape(0))), bool(use.attr("keep_dims", False))
        sizes = use.sizes(0)
        if sizes and axes == [0] and not keep and isinstance(use.operands[0], Tensor):
            return dim_value(use.builder, reduce(_OF_SIZES[kind], sizes))
        x, operation = whole(use, 0), monoid(use, kind)
        if isinstance(x, Tensor) and use.attr("T", "") == "uint32" and kind in ("max", "min"):
            return unsigned_order(total(unsigned_order(x), axes, keep, operation))
        if isinstance(x, Tensor):
            return total(x, axes, keep, operation)
        if kind == "prod":
            return _complex_product(x, axes, keep)
        if kind != "sum":
            raise OpError("complex numbers have no order")
        return Complex(*(total(part, axes, keep, operation) for part in x))

    return Op(rule, integers=True, complex=True)


_OF_SIZES: dict[str, Callable[[Size, Size], Size]] = {
    "sum": lambda a, b: a + b,
    "prod": lambda a, b: a * b,
    "max": dims.maximum,
    "min": dims.minimum,
}


def _complex_product(x: Complex, axes: Sequence[int], keep: bool) -> Complex:
    shape, one = kept(x.real.shape, axes, keep), x.real.builder
    for axis in axes:
        size = x.real.shape[axis]
        if isinstance(size, Dim):
            raise OpError("a product of complex numbers along a dim that is not known")
        if size == 0:
            return Complex(*(broadcast(one.const(np.float32(value)), shape) for value in (1, 0)))
        while size > 1:
            half = size // 2
            first, second, rest = (_along(x, axis, *ends) for ends in ((0, half), (half, 2 * half), (2 * half, size)))
            folded = multiply(first, second)
            pairs = zip(folded, rest, strict=True)
            x = folded if size == 2 * half else Complex(*(one.op("ConcatV2", a, b, axis) for a, b in pairs))
            size -= half
    return Complex(*(reshape(part, shape) for part in x))


def _along(x: Complex, axis: int, start: int, stop: int) -> Complex:
    def cut(part: Tensor) -> Tensor:
        starts = [start if index == axis else 0 for index in range(part.rank)]
        return slice_axes(part, starts, [stop if index == axis else size for index, size in enumerate(part.shape)])

    return Complex(cut(x.real), cut(x.imag))


def _mean(use: Use) -> Operand:
    x = whole(use, 0)
    if isinstance(x, Complex):
        return Complex(*(_real_mean(use, part) for part in x))
    return _real_mean(use, x) if use.attr("T", "float32") in FLOATS else _whole_mean(use, x)


def _whole_mean(use: Use, x: Tensor) -> Tensor:
    """The mean of integers, truncated; TensorFlow's sum never overflows."""
    axes, dtype = axes_of(use, x.rank), use.attr("T")
    shape, count = kept(x.shape, axes, bool(use.attr("keep_dims", False))), dims.product(x.shape[axis] for axis in axes)
    if count == 0:
        return broadcast(use.const(0), shape)
    if dtype == "uint32" or (isinstance(count, int) and count > _MOST_ADDED and dtype not in NARROW):
        raise OpError(f"a mean of {count} numbers of {dtype}")
    divisor = dim_value(use.builder, count)
    if dtype in NARROW:
        found = truncated_division(total(x, axes, False, Monoid("sum")), divisor)
    else:
        found = _exact_mean(x, axes, divisor)
    return reshape(found, shape)


# The sum of what so many numbers leave when divided by their count is an int32.
_MOST_ADDED = 46340


def _exact_mean(x: Tensor, axes: Sequence[int], count: Tensor) -> Tensor:
    """Each number is divided first: the sum of the quotients, and of what is left, stay in range."""
    parts = floor_division(x, count)
    rest = elementwise("Sub", x, elementwise("Mul", parts, count))
    rest = total(rest, axes, False, Monoid("sum"))
    more = floor_division(rest, count)
    found = elementwise("AddV2", total(parts, axes, False, Monoid("sum")), more)
    uneven = elementwise("NotEqual", elementwise("Mul", more, count), rest)
    return found + number(elementwise("LogicalAnd", uneven, negative(found)))


def _real_mean(use: Use, x: Tensor) -> Tensor:
    axes, keep = axes_of(use, x.rank), bool(use.attr("keep_dims", False))
    if any(x.shape[axis] == 0 for axis in axes):
        return broadcast(use.builder.const(np.float32(np.nan)), kept(x.shape, axes, keep))
    return use.op("Mean", x, axes, keep_dims=keep) if axes else x


def _logical(op: str) -> Op:
    def rule(use: Use) -> Operand:
        x = use.tensor(0)
        axes, keep = axes_of(use, x.rank), bool(use.attr("keep_dims", False))
        if any(x.shape[axis] == 0 for axis in axes):
            return broadcast(use.builder.const(np.array(op == "All")), kept(x.shape, axes, keep))
        return reduced(op, x, axes, keep) if axes else x

    return Op(rule)


def _norm(use: Use) -> Operand:
    x = whole(use, 0)
    axes, keep = axes_of(use, len(use.shape(0))), bool(use.attr("keep_dims", False))
    if use.attr("T", "float32") not in (*FLOATS, "complex64", "complex128"):
        raise OpError("a norm of integers")
    found = elementwise("Sqrt", total(square(x), axes, keep, Monoid("sum"))) if axes else magnitude(x)
    return found if isinstance(x, Tensor) else Complex(found, found.builder.op("ZerosLike", found))


def _place(op: str) -> Op:
    def rule(use: Use) -> Operand:
        x, axis = use.tensor(0), normal(use.integer(1, "the axis"), len(use.shape(0)))
        if x.shape[axis] == 0:
            raise OpError("there is nothing along the axis to choose from")
        if 0 in x.shape:
            return broadcast(use.const(0), kept(x.shape, [axis], False))
        if x.dtype is DType.FLOAT32:  # NaN is passed over
            last = x.builder.const(np.float32(-np.inf if op == "ArgMax" else np.inf))
            return place_of_extreme(select(not_a_number(x), last, x), axis, op, nan=False)
        return place_of_extreme(unsigned_order(x) if use.attr("T", "") == "uint32" else x, axis, op)

    return Op(rule, integers=True)


def _half_of_squares(use: Use) -> Operand:
    x = use.tensor(0)
    return total(x * x, range(x.rank), False, Monoid("sum")) * 0.5


OPS: dict[str, Row] = {
    **{op: _reduction(kind) for kind, op in _OPS.items()},
    "Mean": Op(_mean, integers=True, complex=True),
    "All": _logical("All"),
    "Any": _logical("Any"),
    "EuclideanNorm": Op(_norm, integers=True, complex=True),
    "ArgMax": _place("ArgMax"),
    "ArgMin": _place("ArgMin"),
    "L2Loss": _half_of_squares,
}
