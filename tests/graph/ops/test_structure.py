from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check, run
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
F32 = DType.FLOAT32
B = symbol("b")
VALUES = [
    np.array([[1.5, np.nan], [np.inf, -0.0]], f32), np.array([2**31 - 1, -5], i32), np.array([[True, False]]),
    np.array([1 + 2j, 3], np.complex64), np.array(["a", "ä"], object), np.array(2, f32), np.zeros((0, 2, 1), i32),
    np.zeros((1, 2, 1, 2, 1, 2), f32),
]  # fmt: skip
LOW, HIGH = np.array(-1, f32), np.array(3, f32)

CASES = [
    *(case(op, x) for op in ("Identity", "Snapshot", "StopGradient", "Shape", "Size", "Rank") for x in VALUES),
    *(case("IdentityN", *values) for values in (VALUES[:3], VALUES[1:2])),
    case("ShapeN", VALUES[0], VALUES[1]),
    *(case("Print", x, VALUES[0], message="value") for x in VALUES[:3]),
    case("FakeQuantWithMinMaxVars", np.array([-2, -0.333, 0.123, 1.7, 9], f32), LOW, HIGH),
    case("FakeQuantWithMinMaxVars", np.array([-2, 0.123], f32), LOW, HIGH, num_bits=4, narrow_range=True),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("value", VALUES[:3], ids=lambda value: value.dtype.name)
def test_a_placeholder_that_is_fed_forgets_its_default(engine: object, value: np.ndarray, backend: str) -> None:
    builder = Builder()
    dtype, default = DType(value.dtype.name), np.zeros_like(value)
    x = builder.op("PlaceholderWithDefault", default, name="x", dtype=dtype, shape=value.shape)
    graph = distinct(builder.build({"y": x}))
    np.testing.assert_array_equal(interpret(graph, {})["y"], default)
    np.testing.assert_array_equal(run(engine, graph, {"x": value}, backend)["y"], value)


def test_a_default_has_to_fit() -> None:
    builder = Builder()
    ones = builder.const(np.ones((2, 3), f32))
    assert builder.op("PlaceholderWithDefault", ones, dtype=F32, shape=(B, 3)).shape == (B, 3)
    for dtype, shape in ((F32, (2, 4)), (F32, (2,)), (DType.INT32, (2, 3))):
        with pytest.raises(OpError, match=r"the default is float32\[2,3\]"):
            builder.op("PlaceholderWithDefault", ones, dtype=dtype, shape=shape)


@pytest.mark.parametrize(("op", "reason"), [
    ("ShapeN", "the shapes come as float32"),
    ("FakeQuantWithMinMaxVars", "it returns its operand as it is"),
])  # fmt: skip
def test_ops_that_every_backend_gets_wrong_are_refused(op: str, reason: str) -> None:
    operands: tuple[Any, ...] = (1.0,) if op == "ShapeN" else (1.0, 0.0, 2.0)
    with pytest.raises(OpError, match=reason):
        Builder().op(op, *operands)


def test_quantization_maps_zero_to_zero() -> None:
    meaning = spec("FakeQuantWithMinMaxVars").meaning
    assert meaning is not None
    low, high = np.array(-1, f32), np.array(1, f32)
    values = meaning(np.array([0, -1, 1, 5], f32), low, high, num_bits=8, narrow_range=False)
    np.testing.assert_allclose(values, [0, -128 / 127.5, 127 / 127.5, 127 / 127.5], rtol=1e-6)


def test_a_node_without_outputs_stays_out_of_the_way() -> None:
    builder = Builder()
    x = builder.input("x", F32, (2,))
    with pytest.raises(IndexError):
        builder.op("NoOp")
    assert builder.ops("NoOp") == ()
    assert builder.build({"y": x * 2.0}).outputs["y"].node != "NoOp"
