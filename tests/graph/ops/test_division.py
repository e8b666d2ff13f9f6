from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.elements import EXTREME, ODD, SHAPES, check_elements, values
from tests.graph.ops.harness import EVERYWHERE, Case, call_of, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
FLOATS = ("RealDiv", "Div", "DivNoNan", "Mod", "FloorMod")
INTEGERS = ("Div", "FloorDiv", "Mod", "FloorMod")
CASES = [
    *(
        case(op, values(a, dtype), values(b, dtype))
        for ops, dtype in ((FLOATS, f32), (INTEGERS, i32))
        for op in ops
        for a, b in SHAPES
    ),
    *(case("FloorDiv", values(shape, f32), values(shape, f32)) for shape in [(), (3,), (2, 2)]),
    case("FloorMod", np.array([5, -5], i32), np.array([3, 0], i32), label="by zero"),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", FLOATS)
def test_odd_floats_agree_or_are_recorded(engine: object, op: str, backend: str) -> None:
    check_elements(engine, case(op, ODD[:, None], ODD), backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", INTEGERS)
def test_extreme_integers_agree_or_are_recorded(engine: object, op: str, backend: str) -> None:
    divisors = EXTREME[EXTREME != 0] if "Mod" in op else EXTREME
    check_elements(engine, case(op, EXTREME[:, None], divisors), backend)


def test_a_known_zero_divisor_is_refused() -> None:
    builder = Builder()
    x = builder.input("x", DType.INT32, (2,))
    with pytest.raises(OpError, match="FloorMod cannot run on wasm: a zero divisor takes the backend down"):
        builder.op("FloorMod", x, np.array([3, 0], i32))


@pytest.mark.parametrize(("op", "dtype"), [("RealDiv", DType.INT32), ("DivNoNan", DType.INT32)])
def test_integers_have_no_real_quotient(op: str, dtype: DType) -> None:
    builder = Builder()
    x = builder.input("x", dtype, (2,))
    with pytest.raises(OpError, match=f"{op}: input a cannot be int32"):
        builder.op(op, x, x)


def test_quotients_that_avoid_nan_are_chosen_among_four_dims_on_gpus() -> None:
    call = call_of(case("DivNoNan", np.ones((1,) * 5, f32), np.ones((), f32)))
    assert {limit.backends for limit in spec("DivNoNan").violations(call)} == {("webgl", "webgpu")}


def test_equal_operands_are_special_on_webgl() -> None:
    differences = spec("RealDiv").differences
    for a, b, differs in [(0, 0, True), (np.inf, np.inf, True), (2, 2, False), (0, 1, False)]:
        call = call_of(case("RealDiv", f32(a), f32(b)))
        assert any(item.when(call) for item in differences) is differs
