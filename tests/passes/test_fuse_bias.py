from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Tensor, b, build, conv, depthwise, fires, matmul, normal, only, stays
from totfjs.passes.fuse_bias import fuse_bias

C = 6
IMAGE, ROWS = (2, 6, 6, 3), (5, 3)
BIAS = normal(C, seed=2)


def a_conv(g: Builder, x: Tensor) -> Tensor:
    return conv(g, x, normal(3, 3, 3, C), 2)


def a_depthwise(g: Builder, x: Tensor) -> Tensor:
    return depthwise(g, x, normal(3, 3, 3, 2))


def a_matmul(g: Builder, x: Tensor) -> Tensor:
    return matmul(g, x, normal(3, C))


LINEAR = [
    (a_conv, IMAGE, "_FusedConv2D"),
    (a_depthwise, IMAGE, "FusedDepthwiseConv2dNative"),
    (a_matmul, ROWS, "_FusedMatMul"),
]
BIASES = {
    "AddV2": lambda g, y: y + BIAS,
    "AddV2, bias first": lambda g, y: BIAS + y,
    "BiasAdd": lambda g, y: g.op("BiasAdd", y, BIAS),
    "Sub": lambda g, y: y - BIAS,
    "one number": lambda g, y: y + np.float32(0.5),
}


@pytest.mark.parametrize("form", BIASES)
@pytest.mark.parametrize(("make", "shape", "fused"), LINEAR, ids=[row[2] for row in LINEAR])
def test_a_bias_is_fused(engine: object, make: Any, shape: Any, fused: str, form: str) -> None:
    after = fires(engine, fuse_bias, build(lambda g, x: BIASES[form](g, make(g, x)), shape), {fused: 1})
    assert after.type(only(after, fused).inputs[2]).shape == (C,)
    assert tuple(only(after, fused).attrs["fused_ops"]) == ("BiasAdd",)


def test_a_bias_of_rank_4_becomes_a_vector_because_wasm_takes_no_other(engine: object) -> None:
    graph = build(lambda g, x: a_conv(g, x) + BIAS.reshape(1, 1, 1, C), (b, 6, 6, 3))
    after = fires(engine, fuse_bias, graph, {"_FusedConv2D": 1})
    assert after.type(only(after, "_FusedConv2D").inputs[2]).shape == (C,)


def test_one_set_of_weights_serves_two_biases(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        filters, weights = g.const(normal(3, 3, 3, C)), g.const(normal(3, C))
        images = tuple(conv(g, x, filters) + shift for shift in (BIAS, 2 * BIAS))
        return *images, *(matmul(g, y, weights) + shift for shift in (BIAS, 3 * BIAS))

    fires(engine, fuse_bias, build(make, IMAGE, ROWS), {"_FusedConv2D": 2, "_FusedMatMul": 2})


def test_wide_products_are_right(engine: object) -> None:
    graph = build(lambda g, x: matmul(g, x, normal(200, 70)) + normal(70), (b, 200))
    fires(engine, fuse_bias, graph, {"_FusedMatMul": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any) -> None:
    stays(fuse_bias, build(make, *(shapes or (IMAGE,))))


@pytest.mark.parametrize("transposes", [{"transpose_a": True}, {"transpose_b": True}])
def test_products_with_a_transposed_operand_are_left_alone(transposes: dict[str, bool]) -> None:
    """wasm adds the bias once for each block of 48 columns."""
    kept(lambda g, x: matmul(g, x, normal(C, C), **transposes) + BIAS, (C, C))


def test_batched_products_are_left_alone() -> None:
    kept(lambda g, x: g.op("BatchMatMulV2", x, normal(2, 3, C), adj_x=False, adj_y=False) + BIAS, (2, 5, 3))


def test_a_convolution_with_another_reader_is_left_alone() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = a_conv(g, x)
        return shared + BIAS, g.op("Relu", shared)

    kept(make)


def test_a_convolution_that_is_an_output_is_left_alone() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = a_conv(g, x)
        return shared + BIAS, shared

    kept(make)


def test_a_sum_of_two_convolutions_is_left_alone() -> None:
    """The official converter calls any sum with a convolution in front a bias."""
    kept(lambda g, x: a_conv(g, x) + a_depthwise(g, g.op("Slice", x, [0, 0, 0, 0], [2, 3, 3, 3])))


def test_a_bias_that_is_fed_is_left_alone() -> None:
    kept(lambda g, x, y: a_conv(g, x) + y, IMAGE, (C,))


def test_weights_that_are_fed_are_left_alone() -> None:
    kept(lambda g, x, y: matmul(g, x, y) + BIAS, ROWS, (3, C))


@pytest.mark.parametrize("shape", [(3, 1), (3, 3, C), (2, 1, 1, C), (2, 1, 1, 1), (1, 1, 1, 1, C)])
def test_a_constant_that_is_not_one_number_per_channel_is_left_alone(shape: tuple[int, ...]) -> None:
    kept(lambda g, x: a_conv(g, x) + normal(*shape))


def test_a_sum_that_broadcasts_the_convolution_is_left_alone() -> None:
    kept(lambda g, x: conv(g, x, normal(3, 3, 3, 1)) + BIAS)


def test_a_constant_minus_the_convolution_is_left_alone() -> None:
    kept(lambda g, x: g.op("Sub", BIAS, a_conv(g, x)))


def test_transposed_convolutions_are_left_alone() -> None:
    """There is no fused op for them."""
    kept(
        lambda g, x: (
            g.op("Conv2DBackpropInput", [2, 6, 6, C], normal(3, 3, C, 3), x, strides=(1, 1, 1, 1), padding="SAME")
            + BIAS
        )
    )
