"""Discrete Fourier transforms along the last dim."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    BACKENDS,
    C64,
    F32,
    I32,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    TensorType,
    no_kernel,
    same_type,
)

NOT_WIRED: dict[str, str] = {}

COMPLEX, REAL, LENGTH = frozenset((C64,)), frozenset((F32,)), Input("fft_length", frozenset((I32,)), host=True)
TOLERANCE = 1e-5
# Shaders take sines of angles that were rounded, as well as their drivers do.
GPU_TOLERANCE = 2e-4
_EMPTY = Limit(BACKENDS, "throws", "an empty operand cannot be reshaped", lambda call: 0 in call.shape(0))
_COMMON = (no_kernel("wasm"), _EMPTY)


def _last(call: Call) -> Size:
    if not call.rank(0):
        raise ValueError("a scalar has nothing to transform")
    return call.shape(0)[-1]


def _real_type(call: Call) -> TensorType:
    _last(call)
    (length,) = call.sizes(1)
    return TensorType(C64, (*call.shape(0)[:-1], length // 2 + 1))


def _inverse_real_type(call: Call) -> TensorType:
    _last(call)
    (length,) = call.sizes(1)
    return TensorType(F32, (*call.shape(0)[:-1], length))


def _other_length(natural: Any) -> Limit:
    """The runtime does not read `fft_length`: it transforms what it finds."""
    return Limit(BACKENDS, "wrong", "fft_length is not read", lambda call: call.sizes(1)[0] != natural(_last(call)))


def _complex(name: str, transform: Any) -> OpSpec:
    return OpSpec(
        name,
        (Input("x", COMPLEX),),
        same_type(),
        lambda x, **_: transform(x.astype(np.complex128)) if x.size else x,
        (Attr("Tcomplex", "type", C64),),
        limits=(
            *_COMMON,
            Limit(BACKENDS, "throws", "a scalar has nothing to transform", lambda call: not call.rank(0)),
        ),
        category="spectral",
        tolerance=TOLERANCE,
        gpu_tolerance=GPU_TOLERANCE,
        accumulates=True,
    )


OPS: tuple[OpSpec, ...] = (
    _complex("FFT", np.fft.fft),
    _complex("IFFT", np.fft.ifft),
    OpSpec(
        "RFFT",
        (Input("x", REAL), LENGTH),
        _real_type,
        lambda x, length, **_: np.fft.rfft(x.astype(np.float64), int(np.ravel(length)[0])),
        (Attr("Treal", "type", F32), Attr("Tcomplex", "type", C64)),
        limits=(*_COMMON, _other_length(lambda size: size)),
        category="spectral",
        tolerance=TOLERANCE,
        gpu_tolerance=GPU_TOLERANCE,
        accumulates=True,
    ),
    OpSpec(
        "IRFFT",
        (Input("x", COMPLEX), LENGTH),
        _inverse_real_type,
        lambda x, length, **_: np.fft.irfft(x.astype(np.complex128), int(np.ravel(length)[0])),
        (Attr("Treal", "type", F32), Attr("Tcomplex", "type", C64)),
        limits=(
            *_COMMON,
            _other_length(lambda size: 2 * (size - 1)),
            Limit(
                BACKENDS,
                "wrong",
                "the result has two dims unless the operand has two or three",
                lambda call: call.rank(0) not in (2, 3),
            ),
        ),
        category="spectral",
        tolerance=TOLERANCE,
        gpu_tolerance=GPU_TOLERANCE,
        accumulates=True,
    ),
)
