from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, conv, fires, normal, ops, stays
from totfjs.passes.algebra import simplify

NCHW, NHWC = (0, 3, 1, 2), (0, 2, 3, 1)
X = (b, 4, 5, 3)


def transposed(g: Builder, x: Any, perm: Any = NCHW) -> Tensor:
    return g.op("Transpose", x, np.array(perm, np.int32))


def test_transposes_merge(engine: object) -> None:
    graph = build(lambda g, x: transposed(g, transposed(g, x), (1, 0, 2, 3)), X)
    fires(engine, simplify, graph, {"Transpose": 1})


def test_a_transpose_that_moves_only_dims_of_size_1_is_a_reshape(engine: object) -> None:
    fires(engine, simplify, build(lambda g, x: transposed(g, x, (2, 0, 3, 1)), (b, 1, 1, 3)), {"Reshape": 1})


SINKS: dict[str, Any] = {
    "one operand": lambda g, t: g.op("Tanh", t),
    "attributes": lambda g, t: g.op("LeakyRelu", t, alpha=0.5),
    "constant of its rank": lambda g, t: t + normal(1, 3, 1, 1),
    "constant of lower rank": lambda g, t: normal(3, 4, 1) * t,
    "constant scalar": lambda g, t: t / 3.0,
    "concat": lambda g, t: g.op("ConcatV2", t, t, 1),
    "pad": lambda g, t: g.op("Pad", t, np.array([[0, 0], [0, 0], [1, 2], [0, 1]], np.int32)),
    "mirrored pad": lambda g, t: g.op(
        "MirrorPad", t, np.array([[0, 0], [0, 0], [1, 2], [0, 1]], np.int32), mode="REFLECT"
    ),
    "reduction that keeps the axes": lambda g, t: g.op("Mean", t, [2, 3], keep_dims=True),
}


@pytest.mark.parametrize("name", SINKS)
def test_a_transpose_sinks_until_it_meets_its_inverse(engine: object, name: str) -> None:
    graph = build(lambda g, x: transposed(g, SINKS[name](g, transposed(g, g.op("Sin", x))), NHWC), X)
    expected = ops(graph)
    assert expected.pop("Transpose") == 2
    fires(engine, simplify, graph, expected)


def test_two_transposed_operands_share_one_transpose(engine: object) -> None:
    graph = build(lambda g, x, y: transposed(g, x) * transposed(g, g.op("Sin", y)), X, X)
    fires(engine, simplify, graph, {"Mul": 1, "Sin": 1, "Transpose": 1})


@pytest.mark.parametrize("axes", [(2, 3), (-1, 2), (1, 2, 3), (0, 2, 3)])
def test_a_reduction_takes_the_axes_as_they_were(engine: object, axes: tuple[int, ...]) -> None:
    graph = build(lambda g, x: g.op("Mean", transposed(g, x), list(axes), keep_dims=False), X)
    fires(engine, simplify, graph, {"Mean": 1})


def test_what_a_reduction_leaves_may_still_change_places(engine: object) -> None:
    graph = build(lambda g, x: g.op("Sum", transposed(g, x), [2], keep_dims=False), X)
    fires(engine, simplify, graph, {"Sum": 1, "Transpose": 1})


def test_a_residual_network_with_channels_first_needs_two_transposes(engine: object) -> None:
    def layer(g: Builder, x: Tensor, seed: int) -> Tensor:
        y = conv(g, transposed(g, x, NHWC), normal(3, 3, 3, 3, seed=seed))
        return g.op("Relu", transposed(g, y) + normal(3, 1, 1))

    def make(g: Builder, x: Tensor) -> Tensor:
        for seed in range(3):
            x = g.op("Relu", x + layer(g, layer(g, x, seed), 10 + seed)) if seed else layer(g, x, seed)
        return g.op("Mean", x, [2, 3], keep_dims=False)

    graph = build(make, (b, 3, 6, 6))
    assert ops(graph)["Transpose"] == 10
    assert ops(simplify(graph)).get("Transpose") == 1
    fires(engine, simplify, graph, {"AddV2": 7, "Conv2D": 5, "Mean": 1, "Relu": 5, "Transpose": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any) -> None:
    stays(simplify, build(make, *(shapes or (X,))))


def test_a_transpose_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        t = transposed(g, x)
        return g.op("Tanh", t), g.op("Softmax", t)

    kept(make)


def test_a_transpose_that_is_an_output_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        t = transposed(g, x)
        return g.op("Tanh", t), t

    kept(make)


def test_one_transposed_operand_does_not_sink_past_another_value() -> None:
    kept(lambda g, x, y: transposed(g, x) + y, X, (b, 3, 4, 5))


def test_operands_transposed_in_different_ways_stay() -> None:
    kept(lambda g, x, y: transposed(g, x) + transposed(g, y, (0, 3, 2, 1)), (b, 4, 4, 3), (b, 4, 4, 3))


def test_a_transpose_does_not_sink_past_what_makes_it_larger() -> None:
    kept(lambda g, x: transposed(g, x, (1, 0)) + normal(7, 3, 4), (4, 3))
    kept(lambda g, x: transposed(g, x, (2, 1, 0)) + normal(3, 4, 5), (1, 4, 3))


def test_an_op_that_depends_on_the_order_of_axes_stops_a_transpose() -> None:
    kept(lambda g, x: g.op("Softmax", transposed(g, x)))


def test_no_transpose_sinks_below_what_webgpu_does_not_transpose() -> None:
    def compared(g: Builder, x: Tensor) -> Tensor:
        above = g.op("Greater", transposed(g, g.op("Sin", x)), np.float32(0))
        return g.op("Cast", above, DstT=DType.FLOAT32)

    stays(simplify, build(compared, X))
