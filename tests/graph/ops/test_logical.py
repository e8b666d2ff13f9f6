from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.elements import EXTREME, ODD, check_elements
from tests.graph.ops.harness import EVERYWHERE, Case, call_of, case, check
from totfjs.graph import dims
from totfjs.graph.builder import Builder
from totfjs.graph.ops import OpError, spec
from totfjs.graph.ops.logical import NOT_WIRED
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
RANDOM = np.random.default_rng(1)
ORDERS = ("Greater", "GreaterEqual", "Less", "LessEqual")
EQUALITIES = ("Equal", "NotEqual")
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((), ()),
    ((), (3,)),
    ((2, 3), (3,)),
    ((2, 1, 4), (3, 1)),
    ((0, 3), (1, 3)),
    ((1, 2, 1, 2, 1, 2), (2, 1, 2, 1, 2, 1)),
    ((2, 1, 2, 1, 2, 1, 2), (2, 1, 1, 2)),
]
CONDITIONS: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [
    ((), (), ()),
    ((3,), (3,), (3,)),
    ((), (2, 3), (2, 3)),
    ((2, 3), (), (3,)),
    ((2, 1), (2, 3), (1, 3)),
    ((3,), (2, 3), ()),
    ((0, 3), (0, 3), (0, 3)),
    ((0, 1), (1, 3), ()),
    ((2, 1, 2, 1), (1, 3, 1, 2), (1,)),
    ((2, 1, 2, 1, 2, 1, 2), (2, 1, 1, 2), (2,)),
]


def values(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return RANDOM.integers(0, 2 if dtype is bool else 4, shape).astype(dtype)


WORDS = np.array(["a", "", "ä", "A", "a"], object)
CASES = [
    *(
        case(op, values(a, dtype), values(b, dtype))
        for ops, dtypes in (
            (ORDERS, (f32, i32)),
            (EQUALITIES, (f32, i32, bool)),
            (("LogicalAnd", "LogicalOr"), (bool,)),
        )
        for op in ops
        for dtype in dtypes
        for a, b in SHAPES
    ),
    *(case(op, WORDS, other) for op in EQUALITIES for other in (WORDS[::-1], np.array("a", object))),
    *(case("LogicalNot", values(shape, bool)) for shape in [(), (3,), (2, 0), (2, 1, 2), (1,) * 7]),
    *(
        case("SelectV2", values(condition, bool), values(a, dtype), values(b, dtype))
        for dtype in (f32, i32, bool)
        for condition, a, b in CONDITIONS
    ),
    *(
        case("Select", values(condition, bool), values(shape, dtype), values(shape, dtype))
        for dtype in (f32, i32)
        for condition, shape in [((), ()), ((), (2, 3)), ((2, 3), (2, 3)), ((4,), (4,)), ((1,) * 5, (1,) * 5)]
    ),
    case("SelectV2", ODD > 0, ODD, ODD[::-1].copy(), label="odd"),
    case("SelectV2", EXTREME > 0, EXTREME, EXTREME[::-1].copy(), label="extreme"),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("numbers", [ODD, EXTREME], ids=["floats", "integers"])
@pytest.mark.parametrize("op", [*ORDERS, *EQUALITIES])
def test_odd_numbers_compare_as_in_numpy(engine: object, op: str, numbers: np.ndarray, backend: str) -> None:
    check_elements(engine, case(op, numbers[:, None], numbers), backend)


def test_a_vector_that_would_choose_rows_is_refused() -> None:
    builder = Builder()
    rows, x = builder.input("rows", DType.BOOL, (3,)), builder.input("x", DType.FLOAT32, (3, 3))
    with pytest.raises(OpError, match="Select: the condition has to be a scalar or of the shape of the choices"):
        builder.op("Select", rows, x, x)
    with pytest.raises(OpError, match="Select: the two choices have different shapes"):
        builder.op("Select", rows, x, rows.builder.input("y", DType.FLOAT32, (3,)))


def test_choices_of_different_dtypes_are_refused() -> None:
    builder = Builder()
    condition, x = builder.input("c", DType.BOOL, ()), builder.input("x", DType.FLOAT32, ())
    n = builder.input("n", DType.INT32, ())
    with pytest.raises(OpError, match="different dtypes: float32, int32"):
        builder.op("SelectV2", condition, x, n)


def test_bool_choices_are_refused_where_they_take_the_backend_down() -> None:
    builder = Builder()
    condition = builder.input("c", DType.BOOL, (2,))
    with pytest.raises(OpError, match="SelectV2 cannot run on wasm: choices cannot be bool"):
        builder.op("SelectV2", condition, condition, condition)


def test_choosing_broadcasts_symbolic_sizes() -> None:
    builder, b = Builder(), dims.symbol("b")
    condition, x = builder.input("c", DType.BOOL, (b, 1)), builder.input("x", DType.FLOAT32, (3,))
    assert builder.op("SelectV2", condition, x, builder.like(x, 0.0)).shape == (b, 3)


@pytest.mark.parametrize("shapes", [[(1,) * 5, (), ()], [(), (1, 1, 1, 1, 2), ()]])
def test_gpus_choose_among_four_dims(shapes: list[tuple[int, ...]]) -> None:
    condition, a, b = shapes
    call = call_of(case("SelectV2", np.ones(condition, bool), np.ones(a, f32), np.ones(b, f32)))
    assert {limit.backends for limit in spec("SelectV2").violations(call)} == {("webgl", "webgpu")}


def test_ops_that_the_executor_cannot_run_are_unknown() -> None:
    for op in NOT_WIRED:
        with pytest.raises(OpError, match=f"TensorFlow.js has no op {op}"):
            spec(op)
