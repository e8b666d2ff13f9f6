"""Normalization: by given statistics, by the norm, over neighbouring channels, into probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    GPUS,
    I32,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    Meaning,
    OpSpec,
    T,
    TensorType,
    normal_axis,
    rank_limit,
    without,
)
from totfjs.graph.ops.windows import NHWC, rank_is, same_size

FLOAT = frozenset((F32,))


def _axes(axis: np.ndarray, rank: int) -> tuple[int, ...]:
    return tuple(normal_axis(int(index), rank) for index in axis.reshape(-1))


def _norm_rule(call: Call) -> TensorType:
    axes = _axes(call.known(1), call.rank(0))
    return TensorType(F32, without(call.shape(0), axes, call.attrs["keep_dims"]))


def _norm(x: np.ndarray, axis: np.ndarray, keep_dims: bool, **_: Any) -> np.ndarray:
    return np.asarray(np.sqrt(np.sum(np.square(x), _axes(axis, x.ndim), keepdims=keep_dims)))


def _norm_axes(call: Call) -> int:
    axis = call.value(1)
    return 1 if axis is None else axis.size


def _norm_of_nothing(call: Call) -> bool:
    axis = call.value(1)
    return axis is not None and any(call.shape(0)[place] == 0 for place in _axes(axis, call.rank(0)))


def _batch_norm_rule(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    for slot in range(1, 5):
        rank_is(call, slot, 1)
        same_size("sizes of channels and statistics differ", call.shape(0)[-1], call.shape(slot)[0])
    return call.type(0)


def _batch_norm(
    x: np.ndarray, scale: np.ndarray, offset: np.ndarray, mean: np.ndarray, variance: np.ndarray, **attrs: Any
) -> np.ndarray:
    return np.asarray((x - mean) * (scale / np.sqrt(variance + np.float32(attrs["epsilon"]))) + offset)


def _lrn_rule(call: Call) -> TensorType:
    rank_is(call, 0, 4)
    return call.type(0)


def _lrn(x: np.ndarray, depth_radius: int, bias: float, alpha: float, beta: float, **_: Any) -> np.ndarray:
    channels, squares = x.shape[-1], np.square(x)
    total = np.zeros_like(x)
    for shift in range(-min(depth_radius, channels - 1), min(depth_radius, channels - 1) + 1):
        total[..., max(0, -shift) : channels - max(0, shift)] += squares[..., max(0, shift) : channels + min(0, shift)]
    return np.asarray(x * np.power(np.float32(bias) + np.float32(alpha) * total, np.float32(-beta)))


def _last_axis(call: Call) -> TensorType:
    if call.rank(0) < 1:
        raise ValueError("the operand has to have an axis")
    return call.type(0)


def _shifted(x: np.ndarray) -> np.ndarray:
    return np.asarray(x - np.max(x, -1, keepdims=True, initial=-np.inf))


def _softmax(x: np.ndarray, **_: Any) -> np.ndarray:
    powers = np.exp(_shifted(x))
    return np.asarray(powers / np.sum(powers, -1, keepdims=True))


def _log_softmax(x: np.ndarray, **_: Any) -> np.ndarray:
    shifted = _shifted(x)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), -1, keepdims=True)))


def _unbounded(call: Call) -> bool:
    """Whether the largest value of some row is no number."""
    x = call.value(0)
    assert x is not None
    return bool(x.size) and not np.isfinite(np.max(x, -1)).all()


def _holds_nan(call: Call) -> bool:
    x = call.value(0)
    return x is not None and bool(np.isnan(x).any())


def _without_variance(call: Call) -> bool:
    variance = call.value(4)
    return variance is not None and bool((variance + np.float32(call.attrs["epsilon"]) <= 0).any())


_ROWS_ON_GPUS = Difference(
    GPUS, "a row that holds NaN or ∞, or -∞ alone, may become numbers", _unbounded, certain=False
)
_ROOTS_ON_GPUS = Difference(GPUS, "a division by no variance gives anything", _without_variance, certain=False)
_STATISTICS = tuple(Input(name, FLOAT) for name in ("x", "scale", "offset", "mean", "variance"))
_BATCH_NORM = (
    T,
    Attr("epsilon", "float", 0.0001),
    NHWC,
    # The runtime never computes statistics and never returns any: it has the first output alone.
    Attr("is_training", "bool", False, choices=(False,)),
    Attr("exponential_avg_factor", "float", 1.0),
)
# What the runtime composes of element-wise ops has their limit.
_ELEMENTWISE = rank_limit(6, "webgl", "webgpu")
_U = Attr("U", "type", F32)
_NUMERICS: dict[str, Any] = {"category": "normalization", "tolerance": 1e-5, "accumulates": True}


def _batch_norm_spec(name: str, attrs: tuple[Attr, ...]) -> OpSpec:
    return OpSpec(name, _STATISTICS, _batch_norm_rule, _batch_norm, attrs, differences=(_ROOTS_ON_GPUS,), **_NUMERICS)


def _over_rows(name: str, meaning: Meaning, limit: Limit) -> OpSpec:
    return OpSpec(name, (Input("logits", FLOAT),), _last_axis, meaning, (T,), (limit,), (_ROWS_ON_GPUS,), **_NUMERICS)


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "EuclideanNorm",
        (Input("x", FLOAT), Input("axis", frozenset((I32,)), host=True)),
        _norm_rule,
        _norm,
        (T, Attr("Tidx", "type", I32), Attr("keep_dims", "bool", False)),
        (
            Limit(
                BACKENDS,
                "throws",
                "one or two axes",
                lambda call: call.rank(0) > 1 and _norm_axes(call) not in (1, 2),
            ),
            _ELEMENTWISE,
            Limit(("wasm", "webgl", "webgpu"), "undefined", "a sum over nothing is left unwritten", _norm_of_nothing),
        ),
        (Difference(GPUS, "NaN may be lost", _holds_nan, certain=False),),
        **_NUMERICS,
    ),
    _batch_norm_spec("FusedBatchNorm", _BATCH_NORM),
    _batch_norm_spec("FusedBatchNormV2", (*_BATCH_NORM, _U)),
    _batch_norm_spec("FusedBatchNormV3", (*_BATCH_NORM, _U)),
    OpSpec(
        "LRN",
        (Input("x", FLOAT),),
        _lrn_rule,
        _lrn,
        (
            T,
            Attr("depth_radius", "int", 5),
            Attr("bias", "float", 1.0),
            Attr("alpha", "float", 1.0),
            Attr("beta", "float", 0.5),
        ),
        **_NUMERICS,
    ),
    _over_rows("Softmax", _softmax, rank_limit(6, "webgl")),
    _over_rows("LogSoftmax", _log_softmax, _ELEMENTWISE),
)
