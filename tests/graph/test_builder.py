from __future__ import annotations

import numpy as np
import pytest

from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.graph import Origin
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

B = symbol("b")


def test_arithmetic_reads_like_mathematics() -> None:
    b = Builder()
    x = b.input("x", DType.FLOAT32, (B, 3))
    y = (1 - x) * 2 / (x + 4) - 0.5
    graph = b.build({"y": y})
    given = np.arange(6, dtype=np.float32).reshape(2, 3)
    expected = (1 - given) * 2 / (given + 4) - np.float32(0.5)
    np.testing.assert_allclose(interpret(graph, {"x": given})["y"], expected, rtol=1e-6)
    assert str(graph.type(graph.outputs["y"])) == "float32[b,3]"


def test_python_operands_take_the_dtype_that_the_op_needs() -> None:
    b = Builder()
    x = b.input("x", DType.INT32, (4,))
    assert (x + 1).dtype is DType.INT32
    reshaped = b.op("Reshape", x, (2, -1))
    assert reshaped.shape == (2, 2)
    assert b.const(1.5).dtype is DType.FLOAT32
    assert b.const([True]).dtype is DType.BOOL
    assert b.const([]).dtype is DType.FLOAT32
    assert b.const("text").dtype is DType.STRING


def test_nodes_are_named_after_their_scope_and_never_twice() -> None:
    b = Builder()
    x = b.input("x", DType.FLOAT32, (3,))
    with b.origin(Origin("Model/Dense_0", "model.py:3")):
        first, second = b.op("Relu", x), b.op("Relu", x)
    assert (first.value.node, second.value.node) == ("Model/Dense_0/Relu", "Model/Dense_0/Relu_1")
    assert str(b.nodes["Model/Dense_0/Relu"].origin) == "Model/Dense_0 · model.py:3"


def test_names_that_graphdef_does_not_allow_are_changed_and_the_users_name_is_kept() -> None:
    b = Builder()
    tensor = b.input("my input:0", DType.FLOAT32, (3,))
    assert tensor.value.node == "my_input_0"
    assert list(b.build({"out": b.op("Relu", tensor)}).inputs) == ["my input:0"]


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda b, x: b.op("Relu9", x), "TensorFlow.js has no op Relu9"),
        (lambda b, x: b.op("Relu", x, x), "Relu takes 1 inputs, not 2"),
        (lambda b, x: b.op("Relu", x, alpha=1), "Relu has no attribute alpha"),
        (lambda b, x: b.op("MatMul", x, np.zeros((4, 2), np.float32)), "MatMul: .*3.*4"),
        (lambda b, x: b.op("LogicalNot", x), "LogicalNot: input .* cannot be float32"),
        (lambda b, x: b.op("AddV2", x, np.zeros(5, np.float32)), "sizes 3 and 5 do not broadcast"),
    ],
)
def test_calls_that_a_spec_does_not_allow_are_refused(build: object, text: str) -> None:
    b = Builder()
    x = b.input("x", DType.FLOAT32, (2, 3))
    with pytest.raises(OpError, match=text):
        build(b, x)  # type: ignore[operator]


def test_what_a_backend_cannot_run_is_refused_only_for_that_backend() -> None:
    def einsum(b: Builder) -> object:
        x = b.input("x", DType.FLOAT32, (2, 3))
        return b.op("Einsum", x, x, equation="ab,cb->ac", N=2)

    with pytest.raises(OpError, match="Einsum cannot run on wasm"):
        einsum(Builder())
    einsum(Builder(("cpu",)))


def test_refusal_answers_without_building() -> None:
    b = Builder()
    x = b.input("x", DType.FLOAT32, (2, 3))
    before = len(b.nodes)
    assert b.refusal("Relu", x) is None
    assert "kernel" in str(b.refusal("Einsum", x, x, equation="ab,cb->ac", N=2))
    assert len(b.nodes) == before


def test_python_numbers_take_a_dtype_that_holds_them() -> None:
    builder = Builder()
    floats, counts = builder.input("x", DType.FLOAT32, (2,)), builder.input("n", DType.INT32, (2,))
    assert builder.op("Fill", builder.op("Shape", floats), 0.5).dtype is DType.FLOAT32
    assert builder.op("PadV2", floats, [[1, 1]], 0).dtype is DType.FLOAT32
    assert builder.op("Range", 0, builder.op("Size", floats), 1).dtype is DType.INT32
    with pytest.raises(OpError):
        counts + 0.5


def test_a_number_that_a_dtype_does_not_hold_is_refused() -> None:
    builder = Builder()
    for value in (0.5, 2**31, float("nan")):
        with pytest.raises(OpError, match="cannot be written as int32"):
            builder.const(value, DType.INT32)
    assert builder.const(2.0, DType.INT32).dtype is DType.INT32
