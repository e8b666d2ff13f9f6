"""Functions of one number: exponentials, trigonometry, rounding, activations; and complex numbers from their parts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from totfjs.graph.ops.elementwise import (
    GPU_INTEGERS,
    GPU_RANK,
    binary,
    broadcast_shapes,
    differs_where,
    gpus_may,
    integers_as,
    precise,
    unary,
    untyped,
    wrapped,
)
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    C64,
    F32,
    REAL,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    no_kernel,
)

FLOAT = frozenset((F32,))
COMPLEX = frozenset((C64,))
NOT_WIRED: dict[str, str] = {}

SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123
# Backends may be this far off: two units in the last place of float32.
ULPS = 3e-7
# Shaders compute functions such as exp(x) - 1 and log(1 + x) as they are written here, and lose this much near 0.
CANCELLED = 1.5e-7
# WebAssembly takes angles modulo 2π in float32.
REDUCED = 8e-7
EPSILON = np.finfo(np.float32).eps


def erf(x: np.ndarray) -> np.ndarray:
    """The error function, by Kummer's series, whose terms are all positive; float32 is 1 from 4 on."""
    x = np.clip(np.asarray(x, np.float64), -4.0, 4.0)
    total = np.ones_like(x)
    for n in range(80, 0, -1):
        total = 1 + total * (2 * x * x) / (2 * n + 1)
    return np.asarray(2 / math.sqrt(math.pi) * x * np.exp(-x * x) * total)


def _sigmoid(x: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-x))


def _elu(x: np.ndarray) -> Any:
    return np.where(x >= 0, x, np.expm1(np.minimum(x, 0)))


def _selu(x: np.ndarray) -> Any:
    return np.where(x >= 0, SELU_SCALE * x, SELU_SCALE_ALPHA * np.expm1(np.minimum(x, 0)))


def _leaky_relu(x: np.ndarray, alpha: float) -> Any:
    return np.where(x < 0, np.float32(alpha) * x, x)


def _prelu(x: np.ndarray, alpha: np.ndarray) -> Any:
    return np.where(x < 0, alpha * x, x)


def _relu6(x: np.ndarray) -> Any:
    return np.minimum(np.maximum(x, 0), 6)


def _clip(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> Any:
    return np.minimum(np.maximum(x, low), high)


def _complex(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    result = np.empty(np.shape(real), np.complex64)
    result.real, result.imag = real, imaginary
    return result


def _rounded_to_float(x: np.ndarray) -> Any:
    return x.astype(np.float32).astype(np.float64).astype(np.int64).astype(np.int32)


def _clipped(call: Call) -> TensorType:
    if len({operand.type.dtype for operand in call.operands}) > 1:
        raise ValueError("the bounds have another dtype")
    if call.rank(1) or call.rank(2):
        raise ValueError("the bounds have to be scalars")
    return call.type(0)


def _bounds_cross(call: Call) -> bool:
    low, high = call.value(1), call.value(2)
    return low is not None and high is not None and not low <= high


def _activated(call: Call) -> TensorType:
    if broadcast_shapes(call.shape(0), call.shape(1)) != call.shape(0):
        raise ValueError("alpha does not broadcast to the shape of x")
    return call.type(0)


def _repeats_inside(call: Call) -> bool:
    """XNNPACK takes one alpha for each of the last elements of x, over and over."""
    alpha = list(call.shape(1))
    while alpha and alpha[0] == 1:
        alpha.pop(0)
    return alpha != list(call.shape(0))[call.rank(0) - len(alpha) :]


def _paired(call: Call) -> TensorType:
    if call.shape(0) != call.shape(1):
        raise ValueError("the real and the imaginary part have different shapes")
    return TensorType(C64, call.shape(0))


def _real(name: str, function: Any, **more: Any) -> OpSpec:
    """A function of a real number which backends compute to a few units in the last place."""
    differences = (*more.pop("differences", ()), GPU_NAN)
    return unary(name, precise(function), FLOAT, **{"tolerance": ULPS, "differences": differences, **more})


def _test(name: str, function: Any) -> OpSpec:
    return unary(name, function, FLOAT, result=BOOL, note="shader compilers may take NaN and infinities for granted")


def _part(name: str, meaning: Any, tolerance: float = 0.0, *differences: Difference) -> OpSpec:
    more: dict[str, Any] = {"attrs": (T, TOUT_REAL), "limits": (no_kernel("wasm"),), "tolerance": tolerance}
    return unary(name, meaning, COMPLEX, result=F32, differences=differences, **more)


TOUT_REAL = Attr("Tout", "type", F32, choices=(F32,))
TOUT_COMPLEX = Attr("Tout", "type", C64, choices=(C64,))


ZERO_TIMES_INFINITY = "an infinity is multiplied by 0"
LOW_INFINITY = differs_where(("webgl",), ZERO_TIMES_INFINITY, np.isneginf)


def _choice_is_sum(slope: Any) -> tuple[Difference, ...]:
    """Shaders add both sides of the choice, each times 0 or 1; those of webgpu where there are elements by fours."""

    def infinite(x: np.ndarray, *alpha: np.ndarray) -> Any:
        return np.isinf(x) | np.isinf(slope(x, *alpha))

    return (
        differs_where(("webgl",), ZERO_TIMES_INFINITY, infinite, certain=False),
        differs_where(("webgpu",), f"{ZERO_TIMES_INFINITY}, where elements come by fours", infinite, certain=False),
    )


# What the languages of shaders let exp, log, sin and their like be wrong by, or what a software GPU was seen to be.
GPU_EXP = {"gpu_tolerance": 5e-6, "gpu_absolute": 3.5e-7}
GPU_LOG = {"gpu_tolerance": 1e-6, "gpu_absolute": 3e-7}
GPU_ANGLE = 2.0**-11
GPU_ARC = 7e-5
GPU_NAN = gpus_may("what becomes of NaN is up to the driver", np.isnan)
GPU_HUGE_ANGLE = gpus_may("large angles are up to the driver", lambda x: np.abs(x) > 100)
GPU_LOG_OF_NONE = "logarithms of 0 and less are up to the driver"
HUGE_ANGLE = differs_where(
    ("wasm",), "angles are taken modulo a rounded 2π", lambda x: np.isfinite(x) & (np.abs(x) > 1e10)
)


def _outside(bound: float) -> Difference:
    return gpus_may("what is not defined is up to the driver", lambda x: np.abs(x) > bound)


def _log_of_none(condition: Any) -> Difference:
    return gpus_may(GPU_LOG_OF_NONE, condition)


def _exp_overflows(bound: float) -> Difference:
    return gpus_may("exp(x) overflows before it is halved", lambda x: np.abs(x) > bound)


NAN_IS_LOW = differs_where(("wasm",), "NaN becomes the lower bound", lambda x, *_: np.isnan(x))
# That is the NaN which 0/0 and ∞ - ∞ give on x86.
NEGATIVE_NAN = differs_where(("wasm",), "NaN with a sign becomes 0", lambda x: np.isnan(x) & np.signbit(x))
ROUNDED = "integers go through float32, which is exact up to 2^24"

OPS = (
    unary(
        "Abs",
        np.abs,
        REAL,
        differences=(integers_as(("cpu", "wasm"), ROUNDED, lambda x: np.abs(_rounded_to_float(x)), np.abs),),
    ),
    _real("Acos", np.arccos, gpu_absolute=GPU_ARC, differences=(_outside(1.0),)),
    _real("Acosh", np.arccosh, differences=(gpus_may("x² overflows", lambda x: ~((x >= 1) & (x < 1e19))),), **GPU_LOG),
    _real("Asin", np.arcsin, gpu_absolute=GPU_ARC, differences=(_outside(1.0),)),
    _real(
        "Asinh",
        np.arcsinh,
        differences=(gpus_may("x + √(x² + 1) cancels or overflows", lambda x: (x < -2) | (np.abs(x) > 1e19)),),
        absolute=CANCELLED,
        **GPU_LOG,
    ),
    _real("Atan", np.arctan),
    binary(
        "Atan2",
        precise(np.arctan2),
        FLOAT,
        tolerance=ULPS,
        differences=(
            gpus_may(
                "what becomes of -0, infinities and NaN is up to the driver",
                lambda y, x: ((y == 0) & (np.signbit(y) | np.signbit(x))) | ~np.isfinite(x) | ~np.isfinite(y),
            ),
        ),
    ),
    _real("Atanh", np.arctanh, absolute=CANCELLED, differences=(_log_of_none(lambda x: np.abs(x) >= 1),), **GPU_LOG),
    unary("Ceil", np.ceil, FLOAT),
    OpSpec(
        "ClipByValue",
        (Input("x", REAL), Input("clip_value_min", REAL, host=True), Input("clip_value_max", REAL, host=True)),
        _clipped,
        untyped(_clip),
        (T,),
        limits=(
            Limit(BACKENDS, "throws", "the lower bound is not below the upper", _bounds_cross),
            dtype_limit(0, FLOAT, "wasm", effect="wrong"),
            GPU_RANK,
        ),
        differences=(
            differs_where(BACKENDS, "equal bounds replace NaN", lambda x, low, high: np.isnan(x) & (low == high)),
            NAN_IS_LOW,
            differs_where(
                ("webgl",),
                "NaN leaves its neighbours as they are",
                lambda x, low, high: np.isnan(x).any() & ((x < low) | (x > high)),
            ),
            GPU_INTEGERS,
        ),
    ),
    OpSpec(
        "Complex",
        (Input("real", FLOAT), Input("imag", FLOAT)),
        _paired,
        untyped(_complex),
        (T, TOUT_COMPLEX),
        limits=(no_kernel("wasm"),),
    ),
    _part(
        "ComplexAbs",
        lambda x: np.abs(np.asarray(x, np.complex128)),
        ULPS,
        gpus_may("what becomes of infinities and NaN is up to the driver", lambda x: ~np.isfinite(x), of=C64),
    ),
    _real("Cos", np.cos, absolute=REDUCED, gpu_absolute=GPU_ANGLE, differences=(HUGE_ANGLE, GPU_HUGE_ANGLE)),
    _real("Cosh", np.cosh, differences=(_exp_overflows(87),), **GPU_EXP),
    _real("Elu", _elu, absolute=CANCELLED, **GPU_EXP),
    _real("Exp", np.exp, **GPU_EXP),
    unary("Floor", np.floor, FLOAT),
    _real("Log", np.log, differences=(_log_of_none(lambda x: ~(x > 0)),), **GPU_LOG),
    _part("Imag", np.imag),
    unary(
        "Neg",
        np.negative,
        REAL,
        differences=(integers_as(("wasm",), ROUNDED, lambda x: _rounded_to_float(-x), np.negative),),
    ),
    _part("Real", np.real),
    OpSpec(
        "Prelu",
        (Input("x", FLOAT), Input("alpha", FLOAT)),
        _activated,
        untyped(_prelu),
        (T,),
        limits=(
            Limit(("wasm",), "wrong", "alpha has to have the shape of the last dims of x", _repeats_inside),
            GPU_RANK,
        ),
        differences=_choice_is_sum(lambda x, alpha: alpha * x),
    ),
    unary(
        "Relu",
        lambda x: np.maximum(x, 0),
        REAL,
        differences=(NEGATIVE_NAN, LOW_INFINITY),
    ),
    unary("Relu6", _relu6, REAL, differences=(NAN_IS_LOW, LOW_INFINITY, GPU_NAN)),
    _real("Selu", _selu, absolute=CANCELLED, **GPU_EXP),
    _real("Sigmoid", _sigmoid, absolute=1e-37, gpu_tolerance=5e-6),
    _real("Sin", np.sin, absolute=REDUCED, gpu_absolute=GPU_ANGLE, differences=(HUGE_ANGLE, GPU_HUGE_ANGLE)),
    _real("Sinh", np.sinh, absolute=CANCELLED, differences=(_exp_overflows(87),), **GPU_EXP),
    _real("Sqrt", np.sqrt),
    _real("Rsqrt", lambda x: 1 / np.sqrt(x)),
    unary(
        "Square",
        np.square,
        REAL,
        differences=(
            integers_as(
                ("cpu",), "the square is rounded to float32", lambda x: wrapped(precise(np.square)(x)), np.square
            ),
        ),
    ),
    _real("Tan", np.tan, gpu_tolerance=2.0**-10, gpu_absolute=GPU_ANGLE, differences=(GPU_HUGE_ANGLE,)),
    _real("Tanh", np.tanh, absolute=CANCELLED, gpu_tolerance=1e-6),
    unary(
        "Sign",
        np.sign,
        REAL,
        differences=(
            differs_where(BACKENDS, "the sign of NaN is 0", np.isnan),
            differs_where(("wasm",), "numbers below 1.2e-7 count as 0", lambda x: (x != 0) & (np.abs(x) < EPSILON)),
        ),
    ),
    unary("Round", np.rint, REAL),
    _real("Expm1", np.expm1, absolute=CANCELLED, **GPU_EXP),
    _real("Log1p", np.log1p, absolute=CANCELLED, differences=(_log_of_none(lambda x: ~(x > -1)),), **GPU_LOG),
    unary("Reciprocal", lambda x: np.divide(np.float32(1), x), FLOAT, tolerance=ULPS),
    _real("Softplus", lambda x: np.logaddexp(0, x), absolute=CANCELLED, tolerance=1e-6, **GPU_LOG),
    _real(
        "Erf",
        erf,
        absolute=2 * CANCELLED,
        gpu_absolute=7e-7,
        note="cpu, webgl and webgpu use an approximation with an error of 1.5e-7",
    ),
    unary(
        "LeakyRelu",
        _leaky_relu,
        FLOAT,
        attrs=(Attr("alpha", "float", 0.2), T),
        differences=_choice_is_sum(lambda x: x),
        tolerance=ULPS,
    ),
    _test("IsNan", np.isnan),
    _test("IsFinite", np.isfinite),
    _test("IsInf", np.isinf),
)
