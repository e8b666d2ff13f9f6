from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.elements import EXTREME, ODD, SHAPES, check_elements, values
from tests.graph.ops.harness import EVERYWHERE, Case, call_of, case, check
from totfjs.graph import dims
from totfjs.graph.builder import Builder
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType

f32, i32, c64 = np.float32, np.int32, np.complex64
REAL = ("Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum", "Pow", "SquaredDifference")
COMPLEX = ("Add", "AddV2", "Sub", "Mul")
PAIRS = [
    case(op, values(a, dtype), values(b, dtype))
    for ops, dtype in ((REAL, f32), (REAL, i32), (COMPLEX, c64))
    for op in ops
    for a, b in SHAPES
]
SAME_OR_STRETCHED = [((3,), (3,)), ((2, 3), (1, 3)), ((1, 3), (3,)), ((2, 1), (2, 2)), ((3,), (2, 3)), ((), (2,))]
CASES = [
    *PAIRS,
    *(case("Mul", values(a, c64), values(b, c64)) for a, b in SAME_OR_STRETCHED),
    *(
        case("AddN", *(values(shape, dtype) for _ in range(count)))
        for dtype in (f32, i32)
        for count, shape in [(1, (2,)), (2, ()), (3, (2, 3)), (5, (0, 2)), (3, (1,) * 7)]
    ),
    *(
        case("BiasAdd", values(shape, dtype), values(shape[-1:], dtype))
        for dtype in (f32, i32)
        for shape in [(2, 3), (2, 2, 2, 3), (0, 3), (2, 0), (1, 2, 1, 1, 2, 1, 3)]
    ),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", REAL)
def test_odd_floats_agree_or_are_recorded(engine: object, op: str, backend: str) -> None:
    check_elements(engine, case(op, ODD[:, None], ODD), backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", REAL)
def test_extreme_integers_agree_or_are_recorded(engine: object, op: str, backend: str) -> None:
    check_elements(engine, case(op, EXTREME[:, None], EXTREME), backend)


def test_operands_of_different_dtypes_are_refused() -> None:
    builder = Builder()
    x, n = builder.input("x", DType.FLOAT32, (2,)), builder.input("n", DType.INT32, (2,))
    with pytest.raises(OpError, match="Mul: the operands have different dtypes: float32, int32"):
        builder.op("Mul", x, n)


def test_sizes_that_do_not_meet_are_refused() -> None:
    builder = Builder()
    x, y = builder.input("x", DType.FLOAT32, (2, 3)), builder.input("y", DType.FLOAT32, (2,))
    with pytest.raises(OpError, match="AddV2: sizes 3 and 2 do not broadcast"):
        builder.op("AddV2", x, y)


@pytest.mark.parametrize(
    ("op", "shapes", "message"),
    [
        ("BiasAdd", [(2, 3), (2,)], "different sizes: 2, 3"),
        ("BiasAdd", [(3,), (3,)], r"a bias of shape \[3\] does not fit a value of shape \[3\]"),
        ("BiasAdd", [(2, 3), (1, 3)], "does not fit"),
        ("AddN", [(2, 3), (3,)], "different ranks"),
        ("AddN", [(2, 3), (2, 4)], "different sizes: 3, 4"),
        ("AddN", [], "AddN needs at least 1 input"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(op: str, shapes: list[tuple[int, ...]], message: str) -> None:
    builder = Builder()
    operands = [builder.input(f"x{index}", DType.FLOAT32, shape) for index, shape in enumerate(shapes)]
    with pytest.raises(OpError, match=message):
        builder.op(op, *operands)


def test_symbolic_sizes_go_through() -> None:
    builder, b = Builder(), dims.symbol("b")
    x, y = builder.input("x", DType.FLOAT32, (b, 3)), builder.input("y", DType.FLOAT32, (1, 3))
    bias = builder.input("bias", DType.FLOAT32, (3,))
    assert (x + y).shape == (b, 3)
    assert builder.op("BiasAdd", x, bias).shape == (b, 3)
    assert builder.op("AddN", x, x).shape == (b, 3)


@pytest.mark.parametrize(("op", "rank", "refusing"), [("Mul", 7, 3), ("Maximum", 7, 2), ("Mul", 6, 0)])
def test_backends_refuse_what_they_cannot_index(op: str, rank: int, refusing: int) -> None:
    call = call_of(case(op, np.ones((1,) * rank, f32), np.ones((1,) * rank, f32)))
    assert len({backend for limit in spec(op).violations(call) for backend in limit.backends}) == refusing
