from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import (
    Builder,
    Graph,
    Tensor,
    b,
    build,
    conv,
    depthwise,
    fires,
    matmul,
    normal,
    only,
    ops,
    same,
    spread,
    stays,
)
from totfjs.passes.fold_batch_norm import fold_batch_norm
from totfjs.weights.array import Deferred

C = 4
SCALE, OFFSET, MEAN = normal(C, seed=1), normal(C, seed=2), normal(C, seed=3)
VARIANCE = np.abs(normal(C, seed=4)) + 0.5
IMAGE = (2, 6, 6, 3)


def linear(kind: str) -> Any:
    """A linear op with constant weights and C output channels."""
    return {
        "conv": lambda g, x: conv(g, x, normal(3, 3, 3, C, seed=5)),
        "depthwise": lambda g, x: depthwise(g, g.op("Slice", x, [0, 0, 0, 0], [-1, -1, -1, 2]), normal(3, 3, 2, 2)),
        "transposed": lambda g, x: g.op(
            "Conv2DBackpropInput", [2, 12, 12, C], normal(3, 3, C, 3), x, strides=(1, 2, 2, 1), padding="SAME"
        ),
        "matmul": lambda g, x: matmul(g, g.op("Reshape", x, [-1, 3]), normal(3, C)),
        "matmul of transposed weights": lambda g, x: matmul(
            g, g.op("Reshape", x, [-1, 3]), normal(C, 3), transpose_b=True
        ),
    }[kind]


KINDS = ("conv", "depthwise", "transposed", "matmul", "matmul of transposed weights")


def normalized(x: Tensor) -> Tensor:
    return (x - MEAN) * SCALE + OFFSET


@pytest.mark.parametrize("kind", KINDS)
def test_a_normalization_becomes_weights_and_one_offset(engine: object, kind: str) -> None:
    graph = build(lambda g, x: normalized(linear(kind)(g, x)), IMAGE)
    expected = {name: count for name, count in ops(graph).items() if name not in ("Sub", "Mul")}
    fires(engine, fold_batch_norm, graph, expected)


@pytest.mark.parametrize("op", ["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"])
def test_a_batch_norm_node_becomes_weights_and_one_offset(engine: object, op: str) -> None:
    graph = build(
        lambda g, x: g.op(op, conv(g, x, normal(3, 3, 3, C)), SCALE, OFFSET, MEAN, VARIANCE, epsilon=1e-3), IMAGE
    )
    fires(engine, fold_batch_norm, graph, {"Conv2D": 1, "AddV2": 1})


def test_constants_that_broadcast_over_the_channel_axis_alone_count_as_vectors(engine: object) -> None:
    graph = build(
        lambda g, x: (conv(g, x, normal(3, 3, 3, C)) * SCALE.reshape(1, 1, 1, C) / 2.0) + OFFSET.reshape(1, C), IMAGE
    )
    fires(engine, fold_batch_norm, graph, {"Conv2D": 1, "AddV2": 1})


def test_the_constant_may_come_first(engine: object) -> None:
    graph = build(lambda g, x: g.op("Sub", OFFSET, SCALE * conv(g, x, normal(3, 3, 3, C))), (b, 6, 6, 3))
    fires(engine, fold_batch_norm, graph, {"Conv2D": 1, "AddV2": 1})


def test_a_factor_alone_leaves_no_node(engine: object) -> None:
    graph = build(lambda g, x: conv(g, x, normal(3, 3, 3, C)) * SCALE, IMAGE)
    fires(engine, fold_batch_norm, graph, {"Conv2D": 1})


def test_several_offsets_become_one(engine: object) -> None:
    graph = build(lambda g, x: conv(g, x, normal(3, 3, 3, C)) + OFFSET - MEAN, IMAGE)
    fires(engine, fold_batch_norm, graph, {"Conv2D": 1, "AddV2": 1})


def test_the_folded_weights_keep_their_name() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        return conv(g, x, g.const(normal(3, 3, 3, C), name="params/kernel")) * SCALE

    assert fold_batch_norm(build(make, IMAGE)).nodes["params/kernel"].array is not None


def test_large_weights_are_computed_when_they_are_written() -> None:
    weights = normal(3, 3, 100, 80)
    graph = build(lambda g, x: conv(g, x, weights) * normal(80, seed=9), (1, 8, 8, 100))
    after = fold_batch_norm(graph)
    array = after.array(only(after, "Conv2D").inputs[1])
    assert isinstance(array, Deferred)
    np.testing.assert_array_equal(array.numpy(), (weights.astype(np.float64) * normal(80, seed=9)).astype(np.float32))


def test_weights_shared_with_another_convolution_are_copied_not_changed(engine: object) -> None:
    """The official converter crashes here."""

    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = g.const(normal(3, 3, 3, C))
        return normalized(conv(g, x, shared)), g.op("Relu", conv(g, x, shared, strides=2))

    graph = build(make, IMAGE)
    fires(engine, fold_batch_norm, graph, {"Conv2D": 2, "AddV2": 1, "Relu": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def test_a_convolution_with_another_reader_is_left_alone() -> None:
    """The official converter is silently wrong here: the other reader sees normalized values."""

    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = conv(g, x, normal(3, 3, 3, C))
        return normalized(shared), g.op("Relu", shared)

    stays(fold_batch_norm, build(make, IMAGE))


def test_a_convolution_that_is_an_output_is_left_alone() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = conv(g, x, normal(3, 3, 3, C))
        return shared * SCALE, shared

    stays(fold_batch_norm, build(make, IMAGE))


def test_a_step_in_between_with_another_reader_is_left_alone() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        centered = conv(g, x, normal(3, 3, 3, C)) - MEAN
        return centered * SCALE, g.op("Relu", centered)

    stays(fold_batch_norm, build(make, IMAGE))


def test_the_convolution_folds_up_to_a_step_with_another_reader(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        scaled = conv(g, x, normal(3, 3, 3, C)) * SCALE
        return scaled + OFFSET, g.op("Relu", scaled)

    fires(engine, fold_batch_norm, build(make, IMAGE), {"Conv2D": 1, "AddV2": 1, "Relu": 1})


def kept(make: Any, *shapes: Any) -> None:
    stays(fold_batch_norm, build(make, *(shapes or (IMAGE,))))


def test_a_factor_that_is_not_constant_is_left_alone() -> None:
    kept(lambda g, x, y: conv(g, x, normal(3, 3, 3, C)) * y, IMAGE, (C,))


def test_weights_that_are_not_constant_are_left_alone() -> None:
    kept(lambda g, x, y: conv(g, x, y) * SCALE, IMAGE, (3, 3, 3, C))


@pytest.mark.parametrize("shape", [(6, 1), (6, 6, C), (2, 1, 1, 1), (1, 6, 1, C)])
def test_a_factor_that_varies_along_other_axes_is_left_alone(shape: tuple[int, ...]) -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, C)) * normal(*shape))


def test_a_factor_that_broadcasts_one_channel_to_many_is_left_alone() -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, 1)) * SCALE)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e-30, 1e30])
def test_a_factor_that_is_not_finite_or_extreme_is_left_alone(bad: float) -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, C)) * spread(1, 2, bad, 4))


def test_a_division_by_zero_is_left_alone() -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, C)) / spread(1, 2, 0, 4))


def test_an_offset_that_is_not_finite_is_left_alone() -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, C)) * SCALE + spread(1, 2, np.inf, 4))


def test_a_constant_divided_by_the_convolution_is_left_alone() -> None:
    kept(lambda g, x: g.op("RealDiv", SCALE, conv(g, x, normal(3, 3, 3, C))))


@pytest.mark.parametrize("weight", [np.nan, np.inf, 3e38])
def test_weights_that_the_factor_would_push_out_of_range_are_left_alone(weight: float) -> None:
    weights = normal(3, 3, 3, C)
    weights[0, 0, 0, 0] = weight
    kept(lambda g, x: conv(g, x, weights) * spread(2, 1, 1, 1))


def test_a_negative_variance_is_left_alone() -> None:
    kept(lambda g, x: g.op("FusedBatchNormV3", conv(g, x, normal(3, 3, 3, C)), SCALE, OFFSET, MEAN, -VARIANCE))


def test_a_normalization_of_something_else_is_left_alone() -> None:
    kept(lambda g, x: g.op("Relu", conv(g, x, normal(3, 3, 3, C))) * SCALE + OFFSET)


def test_one_offset_alone_is_left_for_fusion() -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, C)) + OFFSET)


def test_an_extreme_weight_in_a_large_array_is_found_piece_by_piece(engine: object) -> None:
    weights = normal(3, 3, 100, 80)
    weights[-1, -1, -1, -1] = 3e38
    graph: Graph = build(lambda g, x: conv(g, x, weights) * np.full(80, 2, np.float32), (1, 4, 4, 100))
    stays(fold_batch_norm, graph)
    same(engine, graph, graph)
