"""Nodes whose operands are known now: shapes, axes and indices, computed exactly in TensorFlow's own dtypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.program import Node
from totfjs.sources.tensorflow.values import Operand

# What is computed here is small: more elements than this are left to the graph.
MOST = 1 << 16
# So are floats, of which only ops are computed here that IEEE 754 leaves no choice.
FEW = 256


def foldable(node: Node, operands: Sequence[Operand]) -> bool:
    """Whether a node can be computed now: its op is in the table, and its operands are known integers, bools or, where
    their result is exact, a few floats."""
    if node.op not in _NUMPY or not operands:
        return False
    arrays = [operand for operand in operands if isinstance(operand, np.ndarray)]
    kinds = {array.dtype.kind for array in arrays}
    if len(arrays) < len(operands) or not kinds <= set("iubf"):
        return False
    return "f" not in kinds or (node.op in _EXACT and sum(array.size for array in arrays) <= FEW)


def folded(node: Node, operands: Sequence[Operand]) -> tuple[np.ndarray, ...] | None:
    """The outputs of a foldable node; None when the numbers do not fit, which its rule may say better."""
    arrays = [operand for operand in operands if isinstance(operand, np.ndarray)]
    try:
        with np.errstate(all="raise", over="ignore"):
            found = _NUMPY[node.op](node.attrs, *arrays)
    except (ValueError, IndexError, KeyError, TypeError, FloatingPointError, ZeroDivisionError, OverflowError):
        return None
    results = found if isinstance(found, tuple) else (found,)
    return None if any(np.size(result) > MOST for result in results) else tuple(np.asarray(each) for each in results)


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda attrs, a, b: function(a, b)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def rule(attrs: Mapping[str, Any], x: np.ndarray, axes: np.ndarray) -> Any:
        where = tuple(int(axis) for axis in axes.reshape(-1))
        return function(x, axis=where, keepdims=bool(attrs.get("keep_dims", False))).astype(x.dtype)

    return rule


def _truncated(a: np.ndarray, b: np.ndarray) -> Any:
    return np.where((a % b != 0) & ((a < 0) != (b < 0)), a // b + 1, a // b).astype(a.dtype)


def _cast(attrs: Mapping[str, Any], x: np.ndarray) -> Any:
    target = numpy_dtype(attrs["DstT"])
    if target.kind not in "iubf" or attrs.get("Truncate", False) or (target.kind == "f" and x.size > FEW):
        raise TypeError("left to the graph")
    if x.dtype.kind == "f" and target.kind in "iu":
        whole, limits = np.trunc(x), np.iinfo(target)
        if not ((whole >= limits.min) & (whole <= limits.max) & (np.abs(whole) < 2.0**63)).all():
            raise ValueError("left to the graph")
    return x.astype(target)


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    def rule(attrs: Mapping[str, Any], x: np.ndarray) -> Any:
        if x.dtype.kind != "f":
            raise TypeError("left to the rule")
        return function(x)

    return rule


def _shift(function: Callable[..., Any]) -> Callable[..., Any]:
    """Counts are brought between 0 and one less than the type has bits."""
    return lambda attrs, x, count: function(x, np.clip(count, 0, x.dtype.itemsize * 8 - 1).astype(x.dtype))


def _quotient(attrs: Mapping[str, Any], a: np.ndarray, b: np.ndarray) -> Any:
    return np.divide(a, b) if a.dtype.kind == "f" else _truncated(a, b)


def _power(attrs: Mapping[str, Any], a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind == "f":
        raise TypeError("left to the graph")
    return np.power(a, b)


def _strided_slice(attrs: Mapping[str, Any], x: np.ndarray, begin: Any, end: Any, strides: Any) -> Any:
    index: list[Any] = []
    for place, (start, stop, step) in enumerate(zip(begin.tolist(), end.tolist(), strides.tolist(), strict=True)):
        bit = 1 << place
        if bit & attrs.get("ellipsis_mask", 0):
            index.append(...)
        elif bit & attrs.get("new_axis_mask", 0):
            index.append(None)
        elif bit & attrs.get("shrink_axis_mask", 0):
            index.append(start)
        else:
            first = None if bit & attrs.get("begin_mask", 0) else start
            last = None if bit & attrs.get("end_mask", 0) else stop
            index.append(slice(first, last, step))
    return x[tuple(index)]


def _slice(attrs: Mapping[str, Any], x: np.ndarray, begin: np.ndarray, size: np.ndarray) -> Any:
    bounds = zip(begin.tolist(), size.tolist(), strict=True)
    return x[tuple(slice(start, None if count < 0 else start + count) for start, count in bounds)]


def _split_v(attrs: Mapping[str, Any], x: np.ndarray, sizes: np.ndarray, axis: np.ndarray) -> Any:
    rest = x.shape[int(axis)] - int(sizes[sizes >= 0].sum())
    counts = np.where(sizes < 0, rest, sizes)
    if (counts < 0).any() or counts.sum() != x.shape[int(axis)]:
        raise ValueError("left to the graph")
    return tuple(np.split(x, np.cumsum(counts)[:-1], int(axis)))


def _cumsum(attrs: Mapping[str, Any], x: np.ndarray, axis: np.ndarray) -> Any:
    if attrs.get("exclusive", False) or attrs.get("reverse", False):
        raise ValueError("left to the graph")
    return np.cumsum(x, int(axis), x.dtype)


def _gather(attrs: Mapping[str, Any], x: np.ndarray, places: np.ndarray, axis: Any = 0) -> Any:
    if attrs.get("batch_dims", 0) or (places < 0).any():
        raise ValueError("left to the graph")
    return np.take(x, places, int(axis))


def _squeeze(attrs: Mapping[str, Any], x: np.ndarray) -> Any:
    axes = attrs.get("squeeze_dims", ()) or attrs.get("axis", ())
    return np.squeeze(x, tuple(axes) or None)


def _range(attrs: Mapping[str, Any], start: np.ndarray, limit: np.ndarray, delta: np.ndarray) -> Any:
    count = -(-(int(limit) - int(start)) // int(delta))
    if count > MOST:
        raise ValueError("left to the graph")
    return (int(start) + int(delta) * np.arange(max(count, 0))).astype(start.dtype)


def _unpack(attrs: Mapping[str, Any], x: np.ndarray) -> Any:
    return tuple(np.moveaxis(x, attrs.get("axis", 0), 0))


_NUMPY: dict[str, Callable[..., Any]] = {
    "Add": _binary(np.add),
    "AddV2": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "FloorDiv": _binary(np.floor_divide),
    "FloorMod": _binary(np.mod),
    "RealDiv": _quotient,
    "Div": _quotient,
    "TruncateDiv": _binary(_truncated),
    "Mod": _binary(np.fmod),
    "TruncateMod": _binary(np.fmod),
    "Pow": _power,
    "Square": lambda attrs, x: np.square(x),
    "Sign": lambda attrs, x: np.sign(x),
    "Sqrt": _of_floats(np.sqrt),
    "Floor": _of_floats(np.floor),
    "Ceil": _of_floats(np.ceil),
    "Round": _of_floats(np.rint),
    "Rint": _of_floats(np.rint),
    "BitwiseAnd": _binary(np.bitwise_and),
    "BitwiseOr": _binary(np.bitwise_or),
    "BitwiseXor": _binary(np.bitwise_xor),
    "Invert": lambda attrs, x: np.invert(x),
    "LeftShift": _shift(np.left_shift),
    "RightShift": _shift(np.right_shift),
    "Maximum": _binary(np.maximum),
    "Minimum": _binary(np.minimum),
    "Equal": _binary(np.equal),
    "NotEqual": _binary(np.not_equal),
    "Less": _binary(np.less),
    "LessEqual": _binary(np.less_equal),
    "Greater": _binary(np.greater),
    "GreaterEqual": _binary(np.greater_equal),
    "LogicalAnd": _binary(np.logical_and),
    "LogicalOr": _binary(np.logical_or),
    "LogicalXor": _binary(np.logical_xor),
    "LogicalNot": lambda attrs, x: np.logical_not(x),
    "Neg": lambda attrs, x: np.negative(x),
    "Abs": lambda attrs, x: np.abs(x),
    "Select": lambda attrs, which, a, b: _selected(which, a, b),
    "SelectV2": lambda attrs, which, a, b: np.where(which, a, b),
    "Sum": _reduction(np.sum),
    "Prod": _reduction(np.prod),
    "Max": _reduction(np.max),
    "Min": _reduction(np.min),
    "All": _reduction(np.all),
    "Any": _reduction(np.any),
    "Cast": _cast,
    "Pack": lambda attrs, *xs: np.stack(xs, attrs.get("axis", 0)),
    "Unpack": _unpack,
    "ConcatV2": lambda attrs, *xs: np.concatenate(xs[:-1], int(xs[-1])),
    "Concat": lambda attrs, axis, *xs: np.concatenate(xs, int(axis)),
    "Split": lambda attrs, axis, x: tuple(np.split(x, int(attrs["num_split"]), int(axis))),
    "SplitV": _split_v,
    "Cumsum": _cumsum,
    "ZerosLike": lambda attrs, x: np.zeros_like(x),
    "OnesLike": lambda attrs, x: np.ones_like(x),
    "Reshape": lambda attrs, x, shape: x.reshape([int(size) for size in shape]),
    "ExpandDims": lambda attrs, x, axis: np.expand_dims(x, int(axis.reshape(()))),
    "Squeeze": _squeeze,
    "Transpose": lambda attrs, x, order: x.transpose([int(axis) for axis in order]),
    "Tile": lambda attrs, x, times: np.tile(x, [int(each) for each in times]),
    "Fill": lambda attrs, shape, value: np.full([int(size) for size in shape], value),
    "BroadcastTo": lambda attrs, x, shape: np.broadcast_to(x, [int(size) for size in shape]).copy(),
    "StridedSlice": _strided_slice,
    "Slice": _slice,
    "Gather": _gather,
    "GatherV2": _gather,
    "Range": _range,
    "ReverseV2": lambda attrs, x, axes: np.flip(x, tuple(axes.tolist())),
    "InvertPermutation": lambda attrs, x: np.argsort(x).astype(x.dtype),
    "BroadcastArgs": lambda attrs, a, b: np.array(np.broadcast_shapes(tuple(a), tuple(b)), a.dtype),
    "Size": lambda attrs, x: np.array(x.size, numpy_dtype(attrs.get("out_type", "int32"))),
    "Rank": lambda attrs, x: np.array(x.ndim, np.int32),
    "Shape": lambda attrs, x: np.array(x.shape, numpy_dtype(attrs.get("out_type", "int32"))),
    "Identity": lambda attrs, x: x,
    "StopGradient": lambda attrs, x: x,
}

# Of floats these move values, or round a result once as IEEE 754 says.
_EXACT = frozenset((
    "Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "Maximum", "Minimum", "Neg", "Abs", "Square", "Sqrt", "Floor",
    "Ceil", "Round", "Rint", "Cast", "Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "Select",
    "SelectV2", "Pack", "Unpack", "ConcatV2", "Concat", "Reshape", "ExpandDims", "Squeeze", "Transpose",
    "StridedSlice", "Slice", "Gather", "GatherV2", "ReverseV2", "Identity", "StopGradient", "Shape", "Size", "Rank",
))  # fmt: skip


def _selected(which: np.ndarray, a: np.ndarray, b: np.ndarray) -> Any:
    """The first version: a vector of conditions chooses rows."""
    return np.where(which.reshape(which.shape + (1,) * (a.ndim - which.ndim)) if which.ndim else which, a, b)
