"""Graphs with loops come out of the passes with the same results."""

from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, run
from tests.graph.ops.test_control import COUNTER, HANDLE, VECTOR, X, loop
from tests.graph.test_frames import frame
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.graph.validate import check_legal
from totfjs.passes.pipeline import optimize

F32 = DType.FLOAT32


def of_frames() -> Graph:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", *VECTOR)

    def outer(b: Builder, i: Tensor, v: Tensor, kept: Tensor) -> list[Tensor]:
        (inner,) = frame(b, "inner", [v], i, lambda b, j, u: [b.op("Identity", u * 0.5) + 1.0])
        return [inner * 1.0 + kept, kept]

    v, kept = frame(builder, "outer", [x, x], 4, outer)
    return builder.build({"v": v, "kept": kept})


def of_functions() -> Graph:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", *VECTOR)
    rows = builder.op("TensorListReserve", [3], 4, element_dtype=F32)

    def body(b: Builder, i: Tensor, v: Tensor, rows: Tensor, row: Tensor) -> list[Tensor]:
        row = b.op("Exp", v * 1.0)
        return [v * 0.5 + 0.0, b.op("TensorListSetItem", rows, i, row), row]

    zeros = builder.const(np.zeros(3, np.float32))
    v, rows, _ = loop(builder, [COUNTER, VECTOR, HANDLE, VECTOR], [x, rows, zeros], body)
    stacked = builder.op("TensorListStack", rows, [3], element_dtype=F32, num_elements=4)
    return builder.build({"v": v, "rows": stacked})


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("made", [of_frames, of_functions])
def test_a_loop_computes_the_same_after_the_passes(engine: object, backend: str, made: object) -> None:
    graph = made()  # type: ignore[operator]
    expected = interpret(graph, {"x": X})
    optimized = distinct(optimize(graph))
    check_legal(optimized)
    actual = run(engine, optimized, {"x": X}, backend)
    for name, value in expected.items():
        np.testing.assert_allclose(interpret(optimized, {"x": X})[name], value, rtol=1e-6)
        np.testing.assert_allclose(actual[name], value, rtol=1e-6)
