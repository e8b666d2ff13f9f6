from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, matmul, normal, only, stays
from totfjs.graph.dims import symbol
from totfjs.passes.algebra import simplify
from totfjs.weights.array import Deferred


def batched(g: Builder, x: Any, y: Any, *, adj_x: bool = False, adj_y: bool = False) -> Tensor:
    return g.op("BatchMatMulV2", x, y, adj_x=adj_x, adj_y=adj_y)


def test_constant_weights_are_stored_transposed(engine: object) -> None:
    graph = build(lambda g, x: matmul(g, x, normal(5, 3), transpose_b=True), (b, 3))
    after = fires(engine, simplify, graph, {"MatMul": 1})
    assert not only(after, "MatMul").attrs["transpose_b"]


def test_a_constant_on_the_left_is_stored_transposed(engine: object) -> None:
    graph = build(lambda g, x: matmul(g, normal(3, 5), x, transpose_a=True), (3, b))
    assert not only(fires(engine, simplify, graph, {"MatMul": 1}), "MatMul").attrs["transpose_a"]


def test_constant_weights_of_a_batch_are_stored_transposed(engine: object) -> None:
    graph = build(lambda g, x: batched(g, x, normal(4, 5, 3), adj_y=True), (4, 2, 3))
    assert not only(fires(engine, simplify, graph, {"BatchMatMulV2": 1}), "BatchMatMulV2").attrs["adj_y"]


def test_large_weights_are_transposed_when_they_are_written() -> None:
    after = simplify(build(lambda g, x: matmul(g, x, normal(400, 300), transpose_b=True), (b, 300)))
    array = after.array(only(after, "MatMul").inputs[1])
    assert isinstance(array, Deferred)
    np.testing.assert_array_equal(array.numpy(), normal(400, 300).T)


def test_large_weights_that_others_read_are_not_stored_twice() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        table = g.const(normal(2000, 200))
        return matmul(g, x, table, transpose_b=True), g.op("GatherV2", table, g.op("Cast", x, DstT=DType.INT32), 0)

    stays(simplify, build(make, (3, 200)))


@pytest.mark.parametrize("matrix", [(3, 5), (1, 3, 5)])
def test_a_batch_times_one_matrix_is_one_product_of_all_rows(engine: object, matrix: Any) -> None:
    graph = build(lambda g, x: batched(g, x, normal(*matrix)), (b, 2, 3))
    fires(engine, simplify, graph, {"MatMul": 1, "Reshape": 2})


def test_two_matrices_need_no_reshape(engine: object) -> None:
    graph = build(lambda g, x: batched(g, x, normal(5, 3), adj_y=True), (b, 3))
    fires(engine, simplify, graph, {"MatMul": 1})


def test_the_matrix_may_be_fed(engine: object) -> None:
    graph = build(lambda g, x, y: batched(g, x, y), (2, b, 3), (3, 5))
    fires(engine, simplify, graph, {"MatMul": 1, "Reshape": 2})


def heads(g: Builder, x: Tensor, perm: Any) -> Tensor:
    return g.op("Transpose", x, np.array(perm, np.int32))


def test_attention_times_values_needs_no_transposed_attention(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> Tensor:
        attention, values = g.op("Softmax", x), heads(g, y, (0, 2, 3, 1))
        return heads(g, batched(g, values, heads(g, attention, (0, 1, 3, 2))), (0, 3, 1, 2))

    graph = build(make, (b, 2, 5, 6), (b, 6, 2, 4))
    fires(engine, simplify, graph, {"BatchMatMulV2": 1, "Softmax": 1, "Transpose": 2})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any) -> None:
    stays(simplify, build(make, *shapes))


def test_a_transposed_operand_that_is_fed_stays() -> None:
    kept(lambda g, x, y: matmul(g, x, y, transpose_b=True), (b, 3), (5, 3))


def test_a_batch_of_matrices_stays() -> None:
    kept(lambda g, x, y: batched(g, x, y), (b, 2, 3), (b, 3, 5))
    kept(lambda g, x: batched(g, x, normal(4, 3, 5)), (4, 2, 3))


def test_rows_that_have_to_be_transposed_stay() -> None:
    kept(lambda g, x: batched(g, x, normal(3, 5), adj_x=True), (b, 3, 2))


def test_a_matrix_with_more_axes_than_the_rows_stays() -> None:
    kept(lambda g, x: batched(g, x, normal(1, 3, 5)), (2, 3))


def test_two_symbols_that_no_constant_shape_can_say_stay() -> None:
    kept(lambda g, x: batched(g, x, normal(3, 5)), (b, symbol("t"), 3))


def test_a_product_of_transposes_stays_where_no_transpose_would_go_away() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> Tensor:
        return g.op("Softmax", batched(g, heads(g, x, (0, 2, 3, 1)), heads(g, y, (0, 1, 3, 2))))

    kept(make, (b, 6, 2, 4), (b, 2, 5, 6))
