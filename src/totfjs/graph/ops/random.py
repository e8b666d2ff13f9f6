"""Random tensors. What they hold is up to the runtime; equal seeds other than 0 give equal tensors, except for the
uniform ones, which have no seed there."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    Attr,
    Call,
    DType,
    Input,
    Limit,
    Meaning,
    OpSpec,
    T,
    TensorType,
    element_type,
    rank_limit,
)

_INTEGER = frozenset((I32,))
_SEEDS = (Attr("seed", "int", 0), Attr("seed2", "int", 0))
_SHAPE_TYPE = Attr("T", "type", element_type())
_FLOAT = Attr("dtype", "type", F32, choices=(F32,))


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed or None)


def _shaped(dtype: DType) -> Any:
    return lambda call: TensorType(dtype, tuple(call.sizes(0)))


def _random(name: str, meaning: Meaning, *attrs: Attr, dtype: DType = F32, limits: tuple[Limit, ...] = ()) -> OpSpec:
    shape = Input("shape", _INTEGER, host=True)
    return OpSpec(name, (shape,), _shaped(dtype), meaning, (*attrs, *_SEEDS, _SHAPE_TYPE), limits, pure=False)


def _uniform(shape: np.ndarray, seed: int, minval: float, maxval: float, **_: Any) -> np.ndarray:
    return _generator(seed).uniform(minval, maxval, tuple(shape)).astype(np.float32)


def _uniform_int(shape: np.ndarray, seed: int, minval: int, maxval: int, **_: Any) -> np.ndarray:
    return _generator(seed).integers(minval, maxval, tuple(shape)).astype(np.int32)


def _normal(shape: np.ndarray, seed: int, **_: Any) -> np.ndarray:
    return _generator(seed).standard_normal(tuple(shape)).astype(np.float32)


def _truncated(shape: np.ndarray, seed: int, means: float, stddev: float, **_: Any) -> np.ndarray:
    generator = _generator(seed)
    values = generator.standard_normal(tuple(shape))
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return (means + stddev * values).astype(np.float32)


def _multinomial_rule(call: Call) -> TensorType:
    if call.rank(0) != 2:
        raise ValueError(f"logits have {call.rank(0)} dims, not 2")
    return TensorType(I32, (call.shape(0)[0], call.sizes(1)[0]))


def _multinomial(logits: np.ndarray, count: np.ndarray, seed: int, **_: Any) -> np.ndarray:
    noise = _generator(seed).gumbel(size=(len(logits), int(count), logits.shape[1]))
    return np.asarray(np.argmax(logits[:, None, :] + noise, axis=-1))


OPS: tuple[OpSpec, ...] = (
    _random("RandomUniform", _uniform, Attr("minval", "float", 0.0), Attr("maxval", "float", 1.0), _FLOAT),
    _random("RandomStandardNormal", _normal, _FLOAT),
    _random("TruncatedNormal", _truncated, Attr("means", "float", 0.0), Attr("stddev", "float", 1.0), _FLOAT),
    _random(
        "RandomUniformInt",
        _uniform_int,
        Attr("minval", "int"),
        Attr("maxval", "int"),
        dtype=I32,
        limits=(Limit(BACKENDS, "wrong", "it rounds negative numbers up", lambda call: call.attrs["minval"] < 0),),
    ),
    OpSpec(
        "Multinomial",
        (Input("logits", frozenset((F32,))), Input("numSamples", _INTEGER, host=True)),
        _multinomial_rule,
        _multinomial,
        (*_SEEDS, T, Attr("output_dtype", "type", I32, choices=(I32,))),
        limits=(rank_limit(6, "webgl", "webgpu"),),
        pure=False,
    ),
)
