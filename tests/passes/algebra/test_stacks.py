from __future__ import annotations

from typing import Any

import pytest

from tests.passes.harness import Builder, Tensor, b, build, fires, ops, same, stays
from totfjs.passes import optimize
from totfjs.passes.algebra import simplify


def pack(g: Builder, *parts: Tensor, axis: int = 0) -> Tensor:
    return g.op("Pack", *parts, axis=axis)


@pytest.mark.parametrize(("axis", "shape"), [(0, [8, 6]), (1, [4, 12]), (-2, [4, 12]), (1, [2, 2, 12]), (0, [48])])
def test_a_reshape_of_a_pack_is_a_concatenation(engine: object, axis: int, shape: list[int]) -> None:
    graph = build(lambda g, x, y: g.op("Reshape", pack(g, x, y, axis=axis), shape), (4, 6), (4, 6))
    after = simplify(graph)
    assert "Pack" not in ops(after)
    assert ops(after)["ConcatV2"] == 1
    same(engine, graph, after)


def test_the_rows_may_be_dynamic(engine: object) -> None:
    graph = build(lambda g, x, y: g.op("Reshape", pack(g, x, y, axis=1), [-1, 12]), (b, 6), (b, 6))
    fires(engine, simplify, graph, {"ConcatV2": 1})


@pytest.mark.parametrize(("axis", "shape"), [(2, [48]), (0, [2, 1, 4, 6]), (0, [1, 2, 4, 6])])
def test_other_reshapes_of_a_pack_stay(axis: int, shape: list[int]) -> None:
    stays(simplify, build(lambda g, x, y: g.op("Reshape", pack(g, x, y, axis=axis), shape), (4, 6), (4, 6)))


def test_a_pack_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        whole = pack(g, x, y)
        return g.op("Reshape", whole, [48]), g.op("Transpose", whole, [1, 0, 2])

    stays(simplify, build(make, (4, 6), (4, 6)))


@pytest.mark.parametrize(("axis", "perm"), [(0, [1, 0, 2]), (0, [1, 2, 0]), (2, [2, 0, 1]), (1, [1, 0, 2])])
def test_a_transpose_that_moves_the_packed_axis_is_another_pack(engine: object, axis: int, perm: list[int]) -> None:
    graph = build(lambda g, x, y: g.op("Transpose", pack(g, x, y, axis=axis), perm), (4, 6), (4, 6))
    fires(engine, simplify, graph, {"Pack": 1})


@pytest.mark.parametrize(("axis", "perm"), [(0, [0, 2, 1]), (0, [2, 1, 0]), (1, [0, 2, 1][::-1])])
def test_a_transpose_that_moves_others_stays(axis: int, perm: list[int]) -> None:
    stays(simplify, build(lambda g, x, y: g.op("Transpose", pack(g, x, y, axis=axis), perm), (4, 6), (4, 6)))


@pytest.mark.parametrize(("given", "perm"), [([1, 4, 6, 5], [0, 2, 1, 3]), ([4, 1, 6, 1, 5], [4, 3, 2, 1, 0])])
def test_dims_of_1_are_given_after_a_transpose(engine: object, given: list[int], perm: list[int]) -> None:
    graph = build(lambda g, x: g.op("Transpose", g.op("Reshape", x, given), perm), (4, 6, 5))
    after = fires(engine, simplify, graph, {"Reshape": 1, "Transpose": 1})
    assert next(node for node in after.operations).op == "Transpose"


def test_a_reshape_that_splits_a_dim_stays() -> None:
    stays(simplify, build(lambda g, x: g.op("Transpose", g.op("Reshape", x, [1, 4, 2, 3]), [0, 2, 1, 3]), (4, 6)))


@pytest.mark.parametrize("batch", [1, b])
def test_heads_are_joined_by_one_concatenation(engine: object, batch: Any) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> Tensor:
        heads = g.op("Reshape", pack(g, x, y, axis=1), [-1, 2, 5, 4])
        return g.op("Reshape", g.op("Transpose", heads, [0, 2, 1, 3]), [-1, 8])

    graph = build(make, (batch, 5, 4), (batch, 5, 4))
    after = optimize(graph)
    assert {"ConcatV2"} <= set(ops(after)) <= {"ConcatV2", "Reshape"}
    same(engine, graph, after)
