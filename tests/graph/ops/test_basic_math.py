from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.elements import EXTREME, ODD, check_elements
from tests.graph.ops.harness import EVERYWHERE, Case, call_of, case, check
from totfjs.graph import dims
from totfjs.graph.builder import Builder
from totfjs.graph.ops import OpError, spec
from totfjs.graph.ops.basic_math import OPS, erf
from totfjs.graph.types import DType

f32, i32, c64 = np.float32, np.int32, np.complex64
RANDOM = np.random.default_rng(2)
UNARY = tuple(op.name for op in OPS if len(op.inputs) == 1 and DType.FLOAT32 in op.inputs[0].dtypes)
INTEGERS = tuple(op.name for op in OPS if len(op.inputs) == 1 and DType.INT32 in op.inputs[0].dtypes)
PARTS = ("ComplexAbs", "Real", "Imag")
SHAPES: list[tuple[int, ...]] = [(), (5,), (0,), (2, 0, 3), (2, 3), (1, 2, 1, 2, 1, 2), (1, 2, 1, 2, 1, 1, 2)]
SWEEP = np.concatenate(
    [
        RANDOM.normal(size=800) * 10.0 ** RANDOM.integers(-8, 8, 800),
        RANDOM.uniform(-100, 100, 800),
        RANDOM.uniform(-1, 1, 800),
    ]
).astype(f32)
COMPLEX = np.array([[3 + 4j, -1j], [0, 2.5 - 0.5j]], c64)
ODD_COMPLEX = np.array([complex(a, b) for a in (0, -1, np.inf, np.nan) for b in (1, -np.inf, np.nan)], c64)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(f32)


CASES = [
    *(case(op, np.abs(normal(*shape)) + f32(0.5)) for op in UNARY for shape in SHAPES),
    *(case(op, SWEEP, label="sweep") for op in UNARY),
    *(case(op, values) for op in PARTS for values in (COMPLEX, c64(2 - 1j), np.zeros((0, 2), c64), ODD_COMPLEX)),
    *(case("Complex", normal(*shape), normal(*shape)) for shape in [(), (3,), (2, 0), (1,) * 7]),
    *(
        case("Atan2", normal(*a), normal(*b))
        for a, b in [((), ()), ((2, 3), (3,)), ((2, 1), (1, 3)), ((0, 2), (2,)), ((1,) * 7, (2, 1))]
    ),
    *(
        case("Prelu", normal(*x), normal(*alpha))
        for x, alpha in [
            ((), ()),
            ((4,), ()),
            ((2, 3), (3,)),
            ((2, 3), (1, 3)),
            ((2, 3), (2, 3)),
            ((2, 3), (2, 1)),
            ((2, 3, 4), (3, 1)),
            ((2, 3, 4), (3, 4)),
            ((2, 2, 2, 3), (1, 1, 3)),
            ((0, 3), (3,)),
        ]
    ),
    *(case("LeakyRelu", normal(3, 4), alpha=alpha) for alpha in (0.2, 0.0, -0.5, 1.5, 0.01)),
    *(
        case("ClipByValue", values, f32(low), f32(high))
        for values in (normal(2, 3), f32(7), np.zeros((0, 2), f32), normal(*(1,) * 7))
        for low, high in [(-0.5, 0.5), (0, np.inf), (-np.inf, np.inf), (1, 1), (2, 1)]
    ),
    case("ClipByValue", np.array([1, 5, -3], i32), i32(0), i32(4)),
    case("ClipByValue", np.array([1, np.nan], f32), f32(4), f32(4)),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", UNARY)
@pytest.mark.parametrize("numbers", [ODD, ODD[1:]], ids=len)
def test_odd_floats_agree_or_are_recorded(engine: object, op: str, numbers: np.ndarray, backend: str) -> None:
    check_elements(engine, case(op, numbers), backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", INTEGERS)
def test_extreme_integers_agree_or_are_recorded(engine: object, op: str, backend: str) -> None:
    check_elements(engine, case(op, EXTREME), backend)


ODD_ROWS = [
    case("Atan2", ODD[:, None], ODD),
    case("Prelu", np.repeat(ODD[:, None], 3, 1), np.array([0.5, -2, 0], f32)),
    case("ClipByValue", ODD, f32(-1), f32(1)),
    case("ClipByValue", ODD, f32(1), f32(1)),
    case("ClipByValue", ODD, f32(-np.inf), f32(np.inf)),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", ODD_ROWS, ids=str)
def test_odd_operands_agree_or_are_recorded(engine: object, row: Case, backend: str) -> None:
    check_elements(engine, row, backend)


def test_erf_is_the_error_function() -> None:
    x = np.concatenate([np.linspace(-6, 6, 2001), np.geomspace(1e-30, 1, 100)])
    np.testing.assert_allclose(erf(x), [math.erf(item) for item in x], rtol=1e-13, atol=2e-8)
    assert np.isnan(erf(np.array(np.nan)))


def build(op: str, *types: tuple[DType, dims.Shape]) -> Any:
    builder = Builder(backends=())
    return builder.op(op, *(builder.input(f"x{index}", *kind) for index, kind in enumerate(types)))


B = dims.symbol("b")


def test_symbolic_sizes_go_through() -> None:
    assert build("Tanh", (DType.FLOAT32, (B, 3))).shape == (B, 3)
    assert build("Prelu", (DType.FLOAT32, (B, 3)), (DType.FLOAT32, (3,))).shape == (B, 3)
    assert str(build("Complex", (DType.FLOAT32, (B,)), (DType.FLOAT32, (B,))).type) == "complex64[b]"
    assert str(build("IsNan", (DType.FLOAT32, (B,))).type) == "bool[b]"


@pytest.mark.parametrize(
    ("op", "types", "message"),
    [
        ("Exp", [(DType.INT32, (2,))], "Exp: input x cannot be int32"),
        ("Abs", [(DType.BOOL, (2,))], "Abs: input x cannot be bool"),
        ("Prelu", [(DType.FLOAT32, (3,)), (DType.FLOAT32, (2, 3))], "alpha does not broadcast to the shape of x"),
        ("Complex", [(DType.FLOAT32, (3,)), (DType.FLOAT32, ())], "different shapes"),
        ("ClipByValue", [(DType.FLOAT32, (3,)), (DType.INT32, ()), (DType.INT32, ())], "the bounds have another dtype"),
        ("ClipByValue", [(DType.FLOAT32, (3,)), *[(DType.FLOAT32, (3,))] * 2], "the bounds have to be scalars"),
    ],
)
def test_operands_that_do_not_fit_are_refused(op: str, types: Any, message: str) -> None:
    with pytest.raises(OpError, match=message):
        build(op, *types)


def test_an_alpha_for_a_symbolic_size_is_known_to_fit() -> None:
    builder = Builder()
    x, alpha = builder.input("x", DType.FLOAT32, (B, 2, 3)), builder.input("alpha", DType.FLOAT32, (2, 3))
    assert builder.op("Prelu", x, alpha).shape == (B, 2, 3)
    with pytest.raises(OpError, match="Prelu cannot run on wasm: alpha has to have the shape of the last dims of x"):
        builder.op("Prelu", x, builder.input("wrong", DType.FLOAT32, (2, 1)))


def test_shaders_multiply_infinities_by_zero() -> None:
    low = call_of(case("Relu", np.array([-np.inf], f32)))
    assert {name for item in spec("Relu").differences if item.when(low) for name in item.backends} == {"webgl"}
