from __future__ import annotations

from typing import Any

import pytest

from tests.passes.harness import Builder, Tensor, b, build, conv, fires, matmul, normal, only, stays
from totfjs.graph.dims import symbol
from totfjs.passes.algebra import simplify
from totfjs.passes.algebra.shapes import written

X = (b, 2, 6)


@pytest.mark.parametrize(
    "make",
    [
        lambda g, x: g.op("Reshape", g.op("Reshape", x, [-1, 12]), [-1, 3, 4]),
        lambda g, x: g.op("ExpandDims", g.op("Reshape", x, [-1, 12]), 1),
        lambda g, x: g.op("Squeeze", g.op("Reshape", x, [-1, 1, 12]), squeeze_dims=(1,)),
        lambda g, x: g.op("Reshape", g.op("ExpandDims", g.op("ExpandDims", x, 0), 0), [-1]),
    ],
)
def test_a_chain_of_reshapes_becomes_one(engine: object, make: Any) -> None:
    fires(engine, simplify, build(make, X), {"Reshape": 1})


def test_the_shape_is_a_constant_where_the_type_says_it(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        batch = g.op("StridedSlice", g.op("Shape", x), [0], [1], [1], shrink_axis_mask=1)
        return g.op("Reshape", x, g.op("Pack", batch, 3, 4, axis=0))

    after = fires(engine, simplify, build(make, X), {"Reshape": 1})
    assert list(after.array(only(after, "Reshape").inputs[1]).numpy()) == [-1, 3, 4]


def test_a_shape_with_two_symbols_is_made_when_the_model_runs() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        sizes = [g.op("StridedSlice", g.op("Shape", x), [axis], [axis + 1], [1], shrink_axis_mask=1) for axis in (0, 1)]
        return g.op("Reshape", x, g.op("Pack", *sizes, 3, 2, axis=0))

    stays(simplify, build(make, (b, symbol("t"), 6)))


@pytest.mark.parametrize(
    "then",
    [lambda g, y: y + normal(4), lambda g, y: g.op("Relu6", y), lambda g, y: y * normal(4), lambda g, y: y - 1.0],
)
def test_what_can_be_fused_moves_before_the_reshape(engine: object, then: Any) -> None:
    graph = build(lambda g, x: then(g, g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 2, 4])), (2 * b, 6))
    before = {node.op for node in graph.operations}
    after = fires(engine, simplify, graph, dict.fromkeys(before, 1))
    assert after.nodes[after.outputs["out0"].node].op == "Reshape"


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 2), (2,), (2, 1)])
def test_channels_that_the_reshape_splits_may_have_any_constant_each(engine: object, shape: tuple[int, ...]) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        return g.op(
            "Transpose", g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 3, 2, 2]) + normal(*shape), [0, 2, 1, 3]
        )

    after = fires(engine, simplify, build(make, (3 * b, 6)), {"AddV2": 1, "MatMul": 1, "Reshape": 1, "Transpose": 1})
    assert after.type(only(after, "AddV2").inputs[1]).shape == (4,)


def test_the_channels_of_a_convolution_in_one_dimension_move_too(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        y = conv(g, g.op("ExpandDims", x, 1), normal(1, 3, 6, 4))
        return g.op("Relu", g.op("Squeeze", y, squeeze_dims=(1,)) + normal(4))

    graph = build(lambda g, x: g.op("Reshape", make(g, x), [-1, 8]), X)
    fires(engine, simplify, graph, {"ExpandDims": 1, "Conv2D": 1, "AddV2": 1, "Relu": 1, "Reshape": 1})


def kept(make: Any, *shapes: Any) -> None:
    stays(simplify, build(make, *shapes))


def test_a_constant_that_is_not_one_number_per_channel_stays_behind() -> None:
    kept(lambda g, x: g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 2, 4]) + normal(2, 4), (2 * b, 6))


def test_a_constant_that_spreads_the_channels_over_a_new_axis_stays_behind() -> None:
    kept(lambda g, x: g.op("Reshape", matmul(g, x, normal(6, 4)), [4, 1]) * normal(1, 3), (1, 6))


def test_a_reshape_that_joins_channels_with_another_axis_stays_before() -> None:
    kept(lambda g, x: g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 8]) + normal(8), (2 * b, 6))


def test_a_reshape_with_another_reader_stays_before() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        y = g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 2, 4])
        return y + normal(4), g.op("Abs", y)

    kept(make, (2 * b, 6))


def test_a_reshape_of_something_that_does_not_fuse_stays_before() -> None:
    kept(lambda g, x: g.op("Reshape", g.op("Abs", x), [-1, 2, 3]) + normal(3), (2 * b, 6))


def test_a_vector_that_is_fed_stays_behind() -> None:
    kept(lambda g, x, y: g.op("Reshape", matmul(g, x, normal(6, 4)), [-1, 2, 4]) + y, (2 * b, 6), (4,))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 3), [2, 3]), ((b, 3), [-1, 3]), ((b, 0), None), ((b, symbol("t")), None), ((0, 3), [0, 3]), ((), [])],
)
def test_a_shape_is_written_with_at_most_one_size_left_open(shape: Any, expected: Any) -> None:
    found = written(shape)
    assert (None if found is None else found.tolist()) == expected
