from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder, OpError
from totfjs.graph.dims import symbol
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
RANDOM = np.random.default_rng(7)
ODD = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, 3e38, 1.5], f32)
NAN = np.array([np.nan, 3, np.nan, 1, 5, np.nan, 4, 2], f32)
EXTREME = np.array([[-(2**31), 2**31 - 1, 0, -1, 2**31 - 1, 7]], i32)


def vector(*values: object) -> np.ndarray:
    return np.array(values)


BOUNDS = [
    case(op, sequence, values)
    for op in ("LowerBound", "UpperBound")
    for sequence, values in [
        (np.array([[0, 1, 1, 2, 5]], f32), np.array([[-1, 0, 1, 1.5, 5, 9]], f32)),
        (np.array([[0, 1, 1, 2], [3, 3, 3, 3]], i32), np.array([[1, 2, 0], [3, 4, 2]], i32)),
        (np.array([[-np.inf, -0.0, 0.0, np.inf]], f32), np.array([[-np.inf, 0.0, -0.0, np.inf]], f32)),
        (EXTREME[:, [0, 3, 2, 5, 1]], EXTREME),
        (np.array([0, 1, 2], f32), np.array([1, 0], f32)),
        (np.zeros((2, 1, 3), f32), np.zeros((2, 1, 2), f32)),
        (np.zeros((1, 0), f32), np.zeros((1, 2), f32)),
        (np.zeros((1, 2), f32), np.zeros((1, 0), f32)),
        (np.zeros((0, 2), f32), np.zeros((0, 2), f32)),
        (np.array([[0, 1, 2]], f32), np.array([[np.nan, 1]], f32)),
    ]
]
TOP = [
    case("TopKV2", x, np.array(k, i32))
    for x, k in [
        (ODD, 3),
        (ODD, 8),
        (ODD, 0),
        (EXTREME, 4),
        (np.array([True, False, True]), 2),
        (RANDOM.integers(0, 9, (2, 3, 1, 1, 2, 7)).astype(f32), 5),
        (RANDOM.normal(size=(2, 1500)).astype(f32), 20),
        (RANDOM.integers(0, 5, (1, 900)).astype(i32), 300),
        (np.zeros((0, 4), f32), 2),
        (np.zeros((2, 0), f32), 0),
        (NAN, 3),
    ]
]
UNIQUE = [
    *(
        case("Unique", x)
        for x in (
            vector(3, 1, 3, 2, 1).astype(i32),
            ODD,
            vector(True, False, True),
            vector("b", "a", "", "b", "é"),
            np.zeros(0, f32),
            NAN,
            vector(np.nan, 1.0, np.nan).astype(f32),
        )
    ),
    *(
        case("UniqueV2", x, np.array(axis, i32))
        for x, axis in [
            (vector(1, 1, 2).astype(i32), []),
            (vector(1, 1, 2).astype(i32), [0]),
            (np.array([[1, 2], [3, 4], [1, 2]], f32), [0]),
            (np.array([[1, 2, 1], [3, 4, 3]], i32), [1]),
            (np.array([[1, 2, 1], [3, 4, 3]], i32), [-1]),
            (RANDOM.integers(0, 2, (2, 5, 1, 2)).astype(i32), [1]),
            (np.array([[True, False], [True, False]]), [0]),
        ]
    ),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", [*BOUNDS, *TOP, *UNIQUE], ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_the_number_of_distinct_elements_is_a_dim_of_its_own() -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 4))
    values, indices = builder.ops("UniqueV2", x, [0], name="rows")
    assert [str(values.type), str(indices.type)] == ["float32[rows.0,4]", "int32[b]"]


@pytest.mark.parametrize(
    ("op", "shapes", "attrs", "message"),
    [
        ("TopKV2", [(3,)], {"sorted": False}, "sorted=False is not one of True"),
        ("LowerBound", [(1, 3), (1, 3, 1)], {}, "the same number of dims"),
        ("Unique", [(2, 2)], {}, "only a vector can do without an axis"),
    ],
)
def test_calls_that_do_not_fit_are_refused(op: str, shapes: list[tuple[int, ...]], attrs: dict, message: str) -> None:
    builder = Builder(backends=("cpu",))
    operands = [builder.input(f"x{index}", DType.FLOAT32, shape) for index, shape in enumerate(shapes)]
    with pytest.raises(OpError, match=message):
        builder.ops(op, *operands, *([2] if op == "TopKV2" else []), **attrs)
