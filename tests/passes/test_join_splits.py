from __future__ import annotations

import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, same, stays
from totfjs.passes.join_splits import join_splits


def split(g: Builder, x: Tensor, sizes: tuple[int, ...] = (2, 3, 1), axis: int = 1) -> tuple[Tensor, ...]:
    return g.ops("SplitV", x, list(sizes), axis)


def pairs(g: Builder, x: Tensor, y: Tensor, op: str = "AddV2") -> tuple[Tensor, ...]:
    """Both taken apart with the same constants, and an op of each pair of parts."""
    sizes, axis = g.const([2, 3, 1]), g.const(1)
    left, right = (g.ops("SplitV", item, sizes, axis) for item in (x, y))
    return tuple(g.op(op, *pair) for pair in zip(left, right, strict=True))


@pytest.mark.parametrize("op", ["AddV2", "Sub", "Mul", "Maximum"])
def test_sums_of_parts_are_parts_of_a_sum(engine: object, op: str) -> None:
    graph = build(lambda g, x, y: pairs(g, x, y, op), (b, 6), (b, 6))
    after = fires(engine, join_splits, graph, {op: 1, "SplitV": 1})
    assert list(after.outputs) == ["out0", "out1", "out2"]


def test_rows_that_are_unpacked_are_joined(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        rows = [g.ops("Unpack", item, axis=0, num=3) for item in (x, y)]
        return tuple(g.op("Less", *pair) for pair in zip(*rows, strict=True))

    fires(engine, join_splits, build(make, (3, 4), (3, 4)), {"Less": 1, "Unpack": 1})


def test_equal_parts_are_joined(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        axis = g.const(1)
        parts = [g.ops("Split", axis, item, num_split=2) for item in (x, y)]
        return tuple(g.op("AddV2", *pair) for pair in zip(*parts, strict=True))

    fires(engine, join_splits, build(make, (3, 4), (3, 4)), {"AddV2": 1, "Split": 1})


def test_a_chain_of_sums_is_joined(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        sizes, axis = g.const([2, 4]), g.const(1)
        first, second, third = (g.ops("SplitV", item, sizes, axis) for item in (x, y, z))
        sums = [p + q for p, q in zip(first, second, strict=True)]
        return tuple(p + q for p, q in zip(sums, third, strict=True))

    graph = build(make, (2, 6), (2, 6), (2, 6))
    after = join_splits(graph)
    same(engine, graph, join_splits(after))


def test_parts_of_one_value_stay() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        parts = g.ops("SplitV", x, [3, 3], 1)
        return (parts[0] + parts[1],)

    stays(join_splits, build(make, (2, 6)))


def test_parts_in_another_order_stay() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        sizes, axis = g.const([3, 3]), g.const(1)
        left, right = (g.ops("SplitV", item, sizes, axis) for item in (x, y))
        return left[0] + right[1], left[1] + right[0]

    stays(join_splits, build(make, (2, 6), (2, 6)))


def test_parts_of_other_sizes_stay() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        left, right = split(g, x, (2, 1, 3)), split(g, y, (1, 1, 1))
        return left[0] * right[0], left[1] * right[1], left[2] * right[2]

    stays(join_splits, build(make, (2, 6), (2, 3)))


def test_different_ops_stay() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        sizes, axis = g.const([3, 3]), g.const(1)
        left, right = (g.ops("SplitV", item, sizes, axis) for item in (x, y))
        return left[0] + right[0], left[1] * right[1]

    stays(join_splits, build(make, (2, 6), (2, 6)))


def test_a_part_that_is_read_twice_stays() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        sizes, axis = g.const([3, 3]), g.const(1)
        left, right = (g.ops("SplitV", item, sizes, axis) for item in (x, y))
        return left[0] + right[0], left[1] + right[1], left[1]

    stays(join_splits, build(make, (2, 6), (2, 6)))


def test_integers_are_joined_too(engine: object) -> None:
    graph = build(pairs, (2, 6), (2, 6), dtype=DType.INT32)
    fires(engine, join_splits, graph, {"AddV2": 1, "SplitV": 1})
