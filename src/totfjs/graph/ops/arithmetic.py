"""Sums, products and their kin: two operands that broadcast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import (
    GPU_RANK,
    GPU_SUBNORMALS,
    XNNPACK_RANK,
    binary,
    broadcast_shapes,
    differs_where,
    doubles,
    gpus_may,
    integers_as,
    integers_on_gpus,
    one_dtype,
    precise,
    truncated,
    wrapped,
)
from totfjs.graph.ops.spec import (
    C64,
    GPUS,
    I32,
    NUMBER,
    REAL,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    operand_count,
)

NOT_WIRED: dict[str, str] = {}


def _complex_shapes_mix(call: Call) -> bool:
    """The cpu backend indexes complex operands past their end when they differ in rank alone."""
    shapes = [operand.type.shape for operand in call.operands]
    result = broadcast_shapes(*shapes)
    stretched = any(
        size == 1 and whole != 1
        for shape in shapes
        for size, whole in zip(reversed(shape), reversed(result), strict=False)
    )
    smaller = 0 not in result and any(dims.product(shape) != dims.product(result) for shape in shapes)
    return call.dtype(0) is C64 and smaller and not stretched


COMPLEX = (
    dtype_limit(0, REAL, "wasm"),
    Limit(("cpu",), "wrong", "complex operands have to have the same shape or the same rank", _complex_shapes_mix),
)


def _equal_shapes(call: Call) -> TensorType:
    shapes = [operand.type.shape for operand in call.operands]
    if len({len(shape) for shape in shapes}) > 1:
        raise ValueError("the operands have different ranks")
    return TensorType(one_dtype(call), tuple(_equal_sizes(sizes) for sizes in zip(*shapes, strict=True)))


def _equal_sizes(sizes: tuple[Size, ...]) -> Size:
    known = {size for size in sizes if isinstance(size, int)}
    if len(known) > 1:
        raise ValueError(f"the operands have different sizes: {', '.join(map(str, sorted(known)))}")
    return known.pop() if known else sizes[0]


def _product(a: np.ndarray, b: np.ndarray) -> Any:
    """Complex products are not fused, and rounded once."""
    wide = np.complex128 if np.asarray(a).dtype.kind == "c" else np.asarray(a).dtype
    return np.multiply(np.asarray(a, wide), b)


def _added_in_turn(operands: list[np.ndarray]) -> np.ndarray:
    total = np.zeros_like(operands[0])
    for operand in operands:
        total = total + operand
    return total


def _biased(call: Call) -> TensorType:
    kind, bias = call.type(0), call.shape(1)
    one_dtype(call)
    if len(bias) != 1 or kind.rank < 2:
        raise ValueError(f"a bias of shape {_text(bias)} does not fit a value of shape {_text(kind.shape)}")
    return kind.with_shape(*kind.shape[:-1], _equal_sizes((kind.shape[-1], bias[0])))


def _text(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _power(a: np.ndarray, b: np.ndarray) -> Any:
    if np.asarray(a).dtype.kind == "f":
        return precise(np.power)(a, b)
    inverse = np.where(np.abs(a) == 1, np.where((a < 0) & (b % 2 != 0), -1, 1), 0)
    return np.where(b < 0, inverse, np.power(a, np.maximum(b, 0)))


def _wide(function: Callable[..., Any]) -> Callable[..., Any]:
    """What the cpu backend computes on integers: `function` in float64, then wrapped."""
    return lambda *operands: wrapped(doubles(function)(*operands))


WIDE_PRODUCT = "the product is rounded to 53 bits before it wraps"
SECOND_NAN = "NaN in the second operand is ignored"


def _extreme(name: str, meaning: Callable[..., Any]) -> OpSpec:
    ignored = differs_where(("wasm",), SECOND_NAN, lambda a, b: np.isnan(b) & ~np.isnan(a))
    return binary(name, meaning, REAL, differences=(ignored,))


def _sum(name: str) -> OpSpec:
    return binary(name, np.add, NUMBER, limits=(*COMPLEX, XNNPACK_RANK))


OPS = (
    _sum("Add"),
    _sum("AddV2"),
    OpSpec(
        "AddN",
        (Input("tensors", REAL, variadic=True),),
        _equal_shapes,
        lambda operands, N, T: _added_in_turn(operands),
        (Attr("N", "int", operand_count()), T),
        limits=(GPU_RANK,),
        differences=(integers_on_gpus(lambda *operands: sum(operands)), GPU_SUBNORMALS),
    ),
    OpSpec(
        "BiasAdd",
        (Input("a", REAL), Input("b", REAL)),
        _biased,
        lambda a, b, T, data_format: np.add(a, b),
        (T, Attr("data_format", "string", "NHWC", choices=("NHWC",))),
        limits=(XNNPACK_RANK, GPU_RANK),
        differences=(integers_on_gpus(np.add), GPU_SUBNORMALS),
    ),
    binary("Sub", np.subtract, NUMBER, limits=(*COMPLEX, XNNPACK_RANK)),
    binary(
        "Mul",
        _product,
        NUMBER,
        limits=(*COMPLEX, XNNPACK_RANK),
        differences=(integers_as(("cpu",), WIDE_PRODUCT, _wide(np.multiply), np.multiply),),
        # Two products are added for each part of a complex one.
        gpu_tolerance=2e-7,
    ),
    _extreme("Maximum", np.maximum),
    _extreme("Minimum", np.minimum),
    binary(
        "Pow",
        _power,
        REAL,
        limits=(
            Limit(GPUS, "undefined", "powers of integers may be one too small", lambda call: call.dtype(0) is I32),
        ),
        differences=(
            differs_where(
                ("cpu",),
                "1 to the power of NaN and ±1 to the power of ±∞ are NaN",
                lambda a, b: ((a == 1) & np.isnan(b)) | ((np.abs(a) == 1) & np.isinf(b)),
            ),
            integers_as(("cpu",), "the power is rounded to 53 bits before it wraps", _wide(np.power), _power),
            integers_as(
                ("wasm",),
                "a power that does not fit is the least integer",
                lambda a, b: truncated(doubles(np.power)(a, b)),
                _power,
            ),
            gpus_may(
                "powers of 0, of negative numbers, of infinities and of NaN are undefined",
                lambda a, b: ~(a > 0) | np.isinf(a) | ~np.isfinite(b),
            ),
        ),
        tolerance=1e-6,
        # A power is 2^(b·log2 a), whose error grows with the exponent.
        gpu_tolerance=2e-5,
    ),
    binary(
        "SquaredDifference",
        lambda a, b: np.square(np.subtract(a, b)),
        REAL,
        limits=(XNNPACK_RANK,),
        differences=(
            integers_as(
                ("cpu",),
                WIDE_PRODUCT,
                _wide(lambda a, b: np.square(a - b)),
                lambda a, b: np.square(np.subtract(a, b)),
            ),
        ),
        tolerance=2e-7,
    ),
)
