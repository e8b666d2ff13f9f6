from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Tensor, build, fires, normal, only, stays
from totfjs.passes.fuse_activation import fuse_activation

C = 6
IMAGE, ROWS = (2, 6, 6, 3), (5, 3)
PLACES = {"strides": (1, 1, 1, 1), "padding": "SAME"}


def fused(op: str, *more: np.ndarray, **attrs: Any) -> Any:
    """A fused op with a bias."""
    weights = {"_FusedConv2D": normal(3, 3, 3, C), "FusedDepthwiseConv2dNative": normal(3, 3, 3, 2)}
    attrs = {"fused_ops": ("BiasAdd",), **({} if op == "_FusedMatMul" else PLACES), **attrs}
    return lambda g, x: g.op(op, x, weights.get(op, normal(3, C)), normal(C, seed=1), *more, **attrs)


OPS = {"_FusedConv2D": IMAGE, "FusedDepthwiseConv2dNative": IMAGE, "_FusedMatMul": ROWS}
ACTIVATIONS = {
    "Relu": lambda g, y: g.op("Relu", y),
    "Relu6": lambda g, y: g.op("Relu6", y),
    "Elu": lambda g, y: g.op("Elu", y),
    "Sigmoid": lambda g, y: g.op("Sigmoid", y),
    "LeakyRelu": lambda g, y: g.op("LeakyRelu", y, alpha=0.3),
    "Prelu": lambda g, y: g.op("Prelu", y, normal(C, seed=3)),
}
# What the runtime reads of the attributes has no slope for depthwise convolutions.
PAIRS = [(op, act) for op in OPS for act in ACTIVATIONS if (op, act) != ("FusedDepthwiseConv2dNative", "LeakyRelu")]


@pytest.mark.parametrize(("op", "activation"), PAIRS)
def test_an_activation_is_fused_after_the_bias(engine: object, op: str, activation: str) -> None:
    graph = build(lambda g, x: ACTIVATIONS[activation](g, fused(op)(g, x)), OPS[op])
    after = fires(engine, fuse_activation, graph, {op: 1})
    assert tuple(only(after, op).attrs["fused_ops"]) == ("BiasAdd", activation)


def test_one_set_of_weights_serves_two_activations(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        weights, bias = g.const(normal(3, C)), g.const(normal(C))
        return tuple(
            g.op(op, g.op("_FusedMatMul", x, weights, bias, fused_ops=("BiasAdd",))) for op in ("Relu", "Relu6", "Elu")
        )

    fires(engine, fuse_activation, build(make, ROWS), {"_FusedMatMul": 3})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any) -> None:
    stays(fuse_activation, build(make, *(shapes or (IMAGE,))))


@pytest.mark.parametrize("op", OPS)
def test_a_bias_with_another_reader_is_left_alone(op: str) -> None:
    """The official converter gives the other reader of a depthwise convolution the activated value."""

    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = fused(op)(g, x)
        return g.op("Relu6", shared), g.op("Abs", shared)

    kept(make, OPS[op])


def test_a_bias_that_is_an_output_is_left_alone() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        shared = fused("_FusedConv2D")(g, x)
        return g.op("Relu", shared), shared

    kept(make)


@pytest.mark.parametrize("op", OPS)
def test_without_a_bias_the_activation_stays_because_the_runtime_would_drop_it(op: str) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        weights = {"_FusedConv2D": normal(3, 3, 3, C), "FusedDepthwiseConv2dNative": normal(3, 3, 3, 2)}
        attrs = {} if op == "_FusedMatMul" else PLACES
        return g.op("Relu", g.op(op, x, weights.get(op, normal(3, C)), fused_ops=(), **attrs))

    kept(make, OPS[op])


def test_a_second_activation_stays() -> None:
    kept(lambda g, x: g.op("Relu", fused("_FusedConv2D", fused_ops=("BiasAdd", "Elu"))(g, x)))


def test_the_leaky_relu_of_a_depthwise_convolution_stays() -> None:
    kept(lambda g, x: g.op("LeakyRelu", fused("FusedDepthwiseConv2dNative")(g, x), alpha=0.3))


@pytest.mark.parametrize("op", ["Tanh", "Softplus", "Selu"])
def test_what_the_fused_kernels_cannot_do_stays(op: str) -> None:
    """The official converter fuses Tanh, which throws in the runtime."""
    kept(lambda g, x: g.op(op, fused("_FusedConv2D")(g, x)))


@pytest.mark.parametrize("shape", [(6, 6, C), (6, C)])
def test_a_slope_that_is_not_one_number_per_channel_stays(shape: tuple[int, ...]) -> None:
    kept(lambda g, x: g.op("Prelu", fused("_FusedConv2D")(g, x), normal(*shape)))


def test_a_slope_that_is_fed_stays() -> None:
    kept(lambda g, x, y: g.op("Prelu", fused("_FusedConv2D")(g, x), y), IMAGE, (C,))
