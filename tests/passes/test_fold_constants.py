from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, normal, ops, stays
from totfjs.graph.dims import symbol
from totfjs.graph.interpret import interpret
from totfjs.passes.fold_constants import DEAR, FREE, fold_constants
from totfjs.weights.array import Deferred

X = (b, 3)


def result(graph: Any) -> np.ndarray:
    """The constant that the first output is."""
    array = graph.array(graph.outputs["out0"])
    assert array is not None
    return np.asarray(array.numpy())


def test_what_reads_constants_only_is_computed(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        variance = g.op("Square", g.const(normal(3)))
        return x * (g.op("Rsqrt", variance + 1e-3) * normal(3))

    fires(engine, fold_constants, build(make, X), {"Mul": 1})


def test_several_outputs_are_computed(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        first, second = g.ops("Split", 0, g.const(normal(6)), num_split=2)
        return x * first + second

    fires(engine, fold_constants, build(make, X), {"Mul": 1, "AddV2": 1})


def test_known_shapes_become_constants(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        sizes = g.op("Shape", x)
        rows = g.op("StridedSlice", sizes, [0], [1], [1], shrink_axis_mask=1)
        return g.op("Reshape", x, g.op("Pack", rows * 2, -1, axis=0))

    fires(engine, fold_constants, build(make, (4, 6)), {"Reshape": 1})


def test_a_known_part_of_a_shape_becomes_a_constant(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        columns = g.op("StridedSlice", g.op("Shape", x), [1], [2], [1], shrink_axis_mask=1)
        return x * g.op("Cast", columns, DstT=DType.FLOAT32)

    fires(engine, fold_constants, build(make, X), {"Mul": 1})


def test_a_shape_that_is_not_known_stays() -> None:
    stays(fold_constants, build(lambda g, x: g.op("Shape", x), X))
    stays(fold_constants, build(lambda g, x: g.op("Shape", x), (symbol("t"), 3)))


def test_large_results_are_computed_when_they_are_written() -> None:
    table = normal(400, 300)
    after = fold_constants(build(lambda g, x: g.op("Transpose", g.const(table), [1, 0]), X))
    assert isinstance(after.array(after.outputs["out0"]), Deferred)
    np.testing.assert_array_equal(result(after), table.T)


def test_equal_large_results_have_equal_keys() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        table = g.const(normal(400, 300))
        return g.op("Transpose", table, [1, 0]), g.op("Transpose", table, [1, 0])

    after = fold_constants(build(make, X))
    first, second = (after.array(value) for value in after.outputs.values())
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_a_weight_keeps_its_name_through_a_change_of_layout() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        kernel = g.op("Transpose", g.const(normal(4, 3), name="params/kernel"), [1, 0])
        return g.op("MatMul", x, g.op("Reshape", kernel, [3, 4]), transpose_a=False, transpose_b=False)

    after = fold_constants(build(make, X))
    assert [node.name for node in after.constants] == ["params/kernel"]


# --- where it must not fire -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda g: g.op("BroadcastTo", g.const(normal(1, 300)), [300, 300]),
        lambda g: g.op("Fill", [300, 300], np.float32(2)),
        lambda g: g.op("Range", 0, 100_000, 1),
        lambda g: g.op("Tile", g.const(normal(100, 100)), [3, 3]),
        lambda g: g.const(normal(300, 1)) * normal(1, 300),
    ],
)
def test_results_much_larger_than_what_they_are_made_from_are_not_stored(make: Any) -> None:
    graph = build(lambda g, x: make(g), X)
    stays(fold_constants, graph)
    assert next(iter(interpret(graph, {"x": normal(2, 3)}).values())).size > FREE


def test_large_weights_that_others_read_are_not_stored_twice() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        table = g.const(normal(DEAR // 256 + 1, 256))
        return g.op("Transpose", table, [1, 0]), g.op("GatherV2", table, g.op("Cast", x, DstT=DType.INT32), 0)

    stays(fold_constants, build(make, X))


def test_random_ops_are_left_to_the_model() -> None:
    graph = build(lambda g, x: g.op("RandomStandardNormal", [2, 3], seed=1, seed2=2, dtype=DType.FLOAT32), X)
    stays(fold_constants, graph)


def test_a_copy_that_is_written_into_is_not_made_a_weight() -> None:
    """The next run would find it changed."""
    indices, updates = np.array([[0]], np.int32), np.ones((1, 3), np.float32)

    def make(g: Builder, x: Tensor) -> Tensor:
        return x + g.op("TensorScatterUpdate", g.const(normal(2, 3)) + 0.0, g.const(indices), g.const(updates) * x)

    graph = build(make, (1, 3))
    assert ops(fold_constants(graph)) == ops(graph)


def test_ops_on_what_is_fed_stay() -> None:
    stays(fold_constants, build(lambda g, x: x * normal(3), X))
