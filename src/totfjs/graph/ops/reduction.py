"""Sums, extremes, running totals and counts along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph.ops.elementwise import GPU_INTEGERS, GPU_RANK, wrapped
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    F32,
    GPUS,
    I32,
    REAL,
    Attr,
    Backend,
    Call,
    Difference,
    DType,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    element_type,
    normal_axis,
    rank_limit,
    without,
)

_INTEGER = frozenset((I32,))
_AXES = Input("axis", _INTEGER, host=True)
_TIDX = Attr("Tidx", "type", I32)


def axes_of(call: Call, slot: int = 1) -> tuple[int, ...]:
    """The axes that an operand names, counted from the front."""
    return tuple(normal_axis(int(axis), call.rank(0)) for axis in np.atleast_1d(call.known(slot)))


def _of_nothing(call: Call) -> bool:
    """Whether each element of the result stands for no element of the operand."""
    shape, axes = call.shape(0), axes_of(call)
    return any(shape[axis] == 0 for axis in axes) and 0 not in without(shape, axes)


def _wrong_of_nothing(*backends: Backend) -> Limit:
    return Limit(backends, "wrong", "there is nothing to reduce", _of_nothing)


_NOTHING = Limit(("wasm", "webgl", "webgpu"), "undefined", "there is nothing to reduce", _of_nothing)
_INNER_RANK = Limit(
    ("webgl",),
    "throws",
    "at most 6 dims unless the last ones are reduced",
    lambda call: call.rank(0) > 6 and not _inner(call),
)
_MOVED = Limit(
    ("webgpu",),
    "throws",
    "it moves the axes of float32 alone behind the others",
    lambda call: call.rank(0) > 2 and call.dtype(0) is not F32 and not _inner(call),
)
_FROM_THE_FRONT = Limit(
    BACKENDS, "undefined", "the axis has to be counted from the front", lambda call: _axis(call) < 0
)


def _inner(call: Call) -> bool:
    """Whether the axes are the last ones, which the GPU can reduce where they are."""
    axes = axes_of(call)
    return sorted(axes) == list(range(call.rank(0) - len(axes), call.rank(0)))


def _axis(call: Call) -> int:
    return int(call.known(1).item())


def _rounded_on_gpus(numpy: Callable[..., Any]) -> Difference:
    """Where integers, or what `numpy` makes of their sizes step by step, do not fit float32."""

    def when(call: Call) -> bool:
        x = _data(call, 0)
        return x.dtype.kind == "i" and bool((numpy(np.abs(x.astype(np.float64)), axes_of(call)) > 2**24).any())

    return Difference(GPUS, GPU_INTEGERS.reason, when, certain=False)


def _most(x: np.ndarray, _: tuple[int, ...]) -> Any:
    return np.max(x, initial=0)


def _steps(numpy: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axes: numpy(x, axes[0])


def _reduced(call: Call) -> TensorType:
    return call.type(0).with_shape(*without(call.shape(0), axes_of(call), call.attrs["keep_dims"]))


def _reduction(name: str, numpy: Callable[..., Any], dtypes: frozenset[DType], **more: Any) -> OpSpec:
    def meaning(x: np.ndarray, axis: np.ndarray, keep_dims: bool, **_: Any) -> np.ndarray:
        axes = tuple(int(place) % x.ndim for place in np.atleast_1d(axis))
        return np.asarray(numpy(x, axis=axes, keepdims=keep_dims)).astype(x.dtype)

    attrs = (_TIDX, Attr("keep_dims", "bool", False))
    return OpSpec(
        name,
        (Input("x", dtypes), _AXES),
        _reduced,
        meaning,
        attrs if dtypes == frozenset((BOOL,)) else (T, *attrs),
        limits=(*more.pop("limits", ()), _NOTHING, _MOVED, _INNER_RANK, rank_limit(6, "webgpu")),
        **more,
    )


def _precise(numpy: Callable[..., Any]) -> Callable[..., Any]:
    """Floats are reduced in double precision, integers modulo 2**32."""
    return lambda x, **how: numpy(x, dtype=np.float64 if x.dtype.kind == "f" else x.dtype, **how)


def _mean(x: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> Any:
    total = np.sum(x, axis, np.float64, keepdims=keepdims)
    return total / np.float64(np.prod([x.shape[place] for place in axis]))


def _extreme(numpy: Callable[..., Any], of_nothing: Callable[[np.dtype[Any]], Any]) -> Callable[..., Any]:
    return lambda x, **how: numpy(x, initial=of_nothing(x.dtype), **how)


def _lowest(dtype: np.dtype[Any]) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _highest(dtype: np.dtype[Any]) -> Any:
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def _arg_rule(call: Call) -> TensorType:
    if call.known(1).size != 1:
        raise ValueError("there has to be one axis")
    return TensorType(I32, without(call.shape(0), axes_of(call)))


def _arg(name: str, numpy: Callable[..., Any]) -> OpSpec:
    return OpSpec(
        name,
        (Input("x", REAL), _AXES),
        _arg_rule,
        lambda x, axis, **_: numpy(x, axis=axis.item()),
        (T, _TIDX, Attr("output_type", "type", I32, choices=(I32,))),
        limits=(
            _NOTHING,
            _MOVED,
            Limit(("webgpu",), "wrong", "the place in a vector is a vector", lambda call: call.rank(0) == 1),
            GPU_RANK,
        ),
        differences=(
            Difference(BACKENDS, "NaN is passed over", _nan_later),
            Difference(
                ("webgpu",),
                "of 32 values and more, any of equals is taken for the first",
                lambda call: _ties(call, numpy),
                certain=False,
            ),
            _rounded_on_gpus(_most),
        ),
    )


def _nan_later(call: Call) -> bool:
    """Whether a row has a NaN, but not in its first place."""
    x = np.moveaxis(_data(call, 0), _axis(call), -1)
    return bool((np.isnan(x[..., 1:]).any(-1) & ~np.isnan(x[..., 0])).any()) if x.size else False


def _ties(call: Call, numpy: Callable[..., Any]) -> bool:
    """Whether the extreme of a row of 32 values or more stands twice in it."""
    x = np.moveaxis(_data(call, 0), _axis(call), -1)
    if x.shape[-1] < 32 or not x.size:
        return False
    found = np.take_along_axis(x, numpy(x, -1)[..., None], -1)
    return bool(((x == found).sum(-1) > 1).any())


def _data(call: Call, slot: int) -> np.ndarray:
    value = call.value(slot)
    assert value is not None, "differences are asked about data only"
    return value


def _rounded_total(call: Call) -> bool:
    x, axes = _data(call, 0), axes_of(call)
    return x.dtype.kind == "i" and bool((_doubled(np.prod, x, axes) != np.prod(x, axes, np.int32)).any())


def _rounded_steps(call: Call) -> bool:
    """Whether the last of the running products, each of which is rounded in double precision, is off."""
    x = np.moveaxis(_data(call, 0), _axis(call), 0)
    if x.dtype.kind != "i" or not x.size:
        return False
    x = x[::-1] if call.attrs["reverse"] else x
    total = exact = np.ones_like(x[0])
    for row in x[: len(x) - call.attrs["exclusive"]]:
        total, exact = wrapped(total * row.astype(np.float64)), exact * row
    return bool((total != exact).any())


def _doubled(numpy: Callable[..., Any], x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return wrapped(numpy(x.astype(np.float64), axes))


def _cumulative_rule(call: Call) -> TensorType:
    if call.known(1).size != 1:
        raise ValueError("there has to be one axis")
    axes_of(call)
    return call.type(0)


def _cumulative(name: str, numpy: Callable[..., Any], start: int, **more: Any) -> OpSpec:
    differences = (*more.pop("differences", ()), _rounded_on_gpus(_steps(numpy)))

    def meaning(x: np.ndarray, axis: np.ndarray, exclusive: bool, reverse: bool, **_: Any) -> np.ndarray:
        place = axis.item() % x.ndim
        turned = np.flip(x, place) if reverse else x
        total = _precise(numpy)(turned, axis=place)
        if exclusive and x.shape[place]:
            first = np.full_like(np.take(total, [0], place), start)
            total = np.concatenate([first, np.take(total, range(x.shape[place] - 1), place)], place)
        return np.asarray(np.flip(total, place) if reverse else total, x.dtype)

    return OpSpec(
        name,
        (Input("x", REAL), _AXES),
        _cumulative_rule,
        meaning,
        (T, _TIDX, Attr("exclusive", "bool", False), Attr("reverse", "bool", False)),
        limits=(
            _FROM_THE_FRONT,
            _MOVED,
            # the number that the shader is compiled with serves all later tensors of that rank
            Limit(
                ("webgpu",),
                "undefined",
                "reversed, it may take the length for that of an earlier tensor",
                lambda call: call.attrs["reverse"],
            ),
            rank_limit(4, "webgl", "webgpu"),
        ),
        tolerance=1e-6,
        accumulates=True,
        differences=differences,
        **more,
    )


def _check_weights(call: Call) -> None:
    if call.shape(2) not in ((0,), call.shape(0)):
        raise ValueError(f"weights {call.type(2)} for {call.type(0)}")


def _bincount_rule(call: Call) -> TensorType:
    _check_weights(call)
    return call.type(2).with_shape(call.sizes(1)[0])


def _dense_bincount_rule(call: Call) -> TensorType:
    _check_weights(call)
    if not 1 <= call.rank(0) <= 2:
        raise ValueError(f"the operand has {call.rank(0)} dims, not 1 or 2")
    return call.type(2).with_shape(*call.shape(0)[:-1], call.sizes(1)[0])


def _bincount(x: np.ndarray, size: np.ndarray, weights: np.ndarray, **_: Any) -> np.ndarray:
    return _counted(x.reshape(-1), int(size), weights.reshape(-1))


def _counted(x: np.ndarray, size: int, weights: np.ndarray) -> np.ndarray:
    if x.size and x.min() < 0:
        raise ValueError("a value is negative")
    inside = x < size
    counts = np.zeros(size, weights.dtype)
    np.add.at(counts, x[inside], weights[inside] if weights.size else 1)
    return counts


def _dense_bincount(x: np.ndarray, size: np.ndarray, weights: np.ndarray, binary_output: bool, **_: Any) -> np.ndarray:
    rows = x.reshape(int(np.prod(x.shape[:-1])), x.shape[-1])
    weight_rows = weights.reshape(rows.shape) if weights.size else [weights] * len(rows)
    counts = [_counted(row, int(size), weight) for row, weight in zip(rows, weight_rows, strict=True)]
    if binary_output:
        counts = [_counted(row, int(size), weights[:0].reshape(-1)) > 0 for row in rows]
    return np.array(counts, weights.dtype).reshape(*x.shape[:-1], int(size))


_ROUNDED = "products beyond 2**53 are rounded before they are taken modulo 2**32"

_EXTREMES: dict[str, Any] = {
    "limits": (_wrong_of_nothing("cpu"),),
    "differences": (_rounded_on_gpus(_most),),
}
_COUNTED_NOTHING = Limit(("webgpu",), "throws", "there is nothing to count", lambda call: 0 in call.shape(0))
_FLOAT_COUNTS = Limit(("webgpu",), "wrong", "it counts float32 weights alone", lambda call: call.dtype(2) is not F32)

OPS: tuple[OpSpec, ...] = (
    _reduction(
        "Sum",
        _precise(np.sum),
        REAL,
        tolerance=1e-6,
        accumulates=True,
        differences=(_rounded_on_gpus(np.sum),),
    ),
    _reduction(
        "Prod",
        _precise(np.prod),
        REAL,
        tolerance=1e-6,
        accumulates=True,
        differences=(Difference(("cpu",), _ROUNDED, _rounded_total), _rounded_on_gpus(np.prod)),
    ),
    _reduction(
        "Mean",
        _mean,
        frozenset((F32,)),
        tolerance=1e-6,
        accumulates=True,
        limits=(_wrong_of_nothing("cpu"),),
        note="TensorFlow.js means integers to float32, TensorFlow to integers",
    ),
    _reduction("Max", _extreme(np.max, _lowest), REAL, **_EXTREMES),
    _reduction("Min", _extreme(np.min, _highest), REAL, **_EXTREMES),
    _reduction("All", np.all, frozenset((BOOL,)), limits=(_wrong_of_nothing("cpu"),)),
    _reduction("Any", np.any, frozenset((BOOL,))),
    _arg("ArgMax", np.argmax),
    _arg("ArgMin", np.argmin),
    _cumulative("Cumsum", np.cumsum, 0),
    _cumulative("Cumprod", np.cumprod, 1, differences=(Difference(("cpu",), _ROUNDED, _rounded_steps),)),
    OpSpec(
        "Bincount",
        (Input("x", _INTEGER), Input("size", _INTEGER, host=True), Input("weights", REAL)),
        _bincount_rule,
        _bincount,
        (Attr("T", "type", element_type(2)),),
        limits=(
            Limit(("wasm",), "wrong", "it gives the counts a shape of too many dims", lambda call: call.rank(0) != 1),
            Limit(("webgpu",), "throws", "it counts in vectors alone", lambda call: call.rank(0) != 1),
            _COUNTED_NOTHING,
            _FLOAT_COUNTS,
        ),
        tolerance=1e-6,
        accumulates=True,
    ),
    OpSpec(
        "DenseBincount",
        (Input("x", _INTEGER), Input("size", _INTEGER, host=True), Input("weights", REAL)),
        _dense_bincount_rule,
        _dense_bincount,
        (
            Attr("Tidx", "type", element_type()),
            Attr("T", "type", element_type(2)),
            Attr("binary_output", "bool", False),
        ),
        limits=(
            Limit(
                ("cpu", "webgl"),
                "wrong",
                "it counts a vector where the output has to be binary",
                lambda call: call.rank(0) == 1 and call.attrs["binary_output"],
            ),
            Limit(("webgpu",), "throws", "its output cannot be binary", lambda call: call.attrs["binary_output"]),
            _COUNTED_NOTHING,
            _FLOAT_COUNTS,
        ),
        tolerance=1e-6,
        accumulates=True,
    ),
)
