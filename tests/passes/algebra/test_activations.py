from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, run
from tests.passes.harness import Builder, DType, Tensor, b, build, fires, ops, spread, stays
from totfjs.graph.encode import distinct
from totfjs.graph.interpret import interpret
from totfjs.passes import optimize
from totfjs.passes.algebra import simplify

X = (b, 3)


def where(g: Builder, x: Tensor, below: Tensor, op: str = "Greater") -> Tensor:
    return g.op("SelectV2", g.op(op, x, 0.0), x, below)


@pytest.mark.parametrize(
    "make",
    [
        lambda g, x: g.op("Maximum", x, 0.0),
        lambda g, x: g.op("Maximum", np.zeros((1, 3), np.float32), x),
    ],
)
def test_the_maximum_with_zero_is_relu(engine: object, make: Any) -> None:
    fires(engine, simplify, build(make, X), {"Relu": 1})


@pytest.mark.parametrize(
    "make",
    [
        lambda g, x: g.op("Minimum", g.op("Maximum", x, 0.0), 6.0),
        lambda g, x: g.op("Maximum", g.op("Minimum", x, 6.0), 0.0),
        lambda g, x: g.op("Minimum", g.op("Relu", x), 6.0),
    ],
)
def test_a_maximum_with_zero_and_a_minimum_with_six_are_relu6(engine: object, make: Any) -> None:
    fires(engine, simplify, build(make, X), {"Relu6": 1})


@pytest.mark.parametrize("op", ["Greater", "GreaterEqual"])
def test_a_choice_of_a_small_slope_is_leaky_relu(engine: object, op: str) -> None:
    fires(engine, simplify, build(lambda g, x: where(g, x, x * 0.01, op), X), {"LeakyRelu": 1})
    fires(engine, simplify, build(lambda g, x: where(g, x, 0.3 * x, op), X), {"LeakyRelu": 1})


def test_a_choice_of_expm1_is_elu(engine: object) -> None:
    def guarded(g: Builder, x: Tensor) -> Tensor:
        return where(g, x, g.op("Expm1", g.op("SelectV2", g.op("Greater", x, 0.0), np.float32(0), x)))

    fires(engine, simplify, build(guarded, X), {"Elu": 1})
    fires(engine, simplify, build(lambda g, x: where(g, x, g.op("Expm1", x)), X), {"Elu": 1})


@pytest.mark.parametrize("order", ["sum", "swapped", "difference"])
def test_two_relus_are_prelu(engine: object, order: str) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        above, below = g.op("Relu", x), g.op("Relu", g.op("Neg", x)) * spread(0.1, 0.2, 0.3)
        if order == "difference":
            return above - below
        return above + below if order == "sum" else below + above

    fires(engine, simplify, build(make, X), {"Prelu": 1})


def test_a_relu_with_another_reader_stays_a_relu_beside_the_prelu(engine: object) -> None:
    """The official converter gives the other reader the Prelu, and changes a slope that others read."""

    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        above, slope = g.op("Relu", x), g.const(spread(0.1, 0.2, 0.3))
        return above + g.op("Relu", g.op("Neg", x)) * slope, g.op("Sin", above), x * slope

    fires(engine, simplify, build(make, X), {"Mul": 1, "Prelu": 1, "Relu": 1, "Sin": 1})


def gelu(g: Builder, x: Tensor, half_first: bool = False) -> Tensor:
    u = np.float32(np.sqrt(2 / np.pi)) * (x + 0.044715 * g.op("Pow", x, 3.0))
    if half_first:
        return (0.5 * x) * (1.0 + g.op("Tanh", u))
    return x * (0.5 * (1.0 + g.op("Tanh", u)))


@pytest.mark.parametrize("half_first", [False, True])
def test_gelu_by_tanh_is_x_times_a_sigmoid(engine: object, half_first: bool) -> None:
    graph = build(lambda g, x: gelu(g, x, half_first), (b, 64))
    fires(engine, simplify, graph, {"AddV2": 1, "Mul": 3, "Sigmoid": 1, "Square": 1})


def test_one_plus_tanh_stays_within_two_roundings_of_one(engine: Any) -> None:
    graph = build(lambda g, x: 1.0 + g.op("Tanh", x), (4001,))
    after = simplify(graph)
    assert ops(after) == {"Mul": 2, "Sigmoid": 1}
    fed = {"x": np.linspace(-12, 12, 4001, dtype=np.float32)}
    exact = 1 + np.tanh(fed["x"].astype(np.float64))
    for backend in RUN_ON:
        error = np.abs(run(engine, distinct(after), fed, backend)["out0"] - exact)
        assert error.max() <= 2 * np.spacing(np.float32(1))
        assert (error / exact).max() <= 5e-6  # where 1 + tanh itself has no digits left


def test_softmax_is_recognised(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        e = g.op("Exp", x - g.op("Max", x, [1], keep_dims=True))
        return e / g.op("Sum", e, [-1], keep_dims=True)

    fires(engine, simplify, build(make, X), {"Softmax": 1})

    def put_back(g: Builder, x: Tensor) -> Tensor:
        e = g.op("Exp", x - g.op("StopGradient", g.op("ExpandDims", g.op("Max", x, [1], keep_dims=False), 1)))
        return e / g.op("Reshape", g.op("Sum", e, [1], keep_dims=False), [-1, 1])

    fires(engine, simplify, build(put_back, X), {"Softmax": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, *shapes: Any, dtype: DType = DType.FLOAT32) -> None:
    stays(simplify, build(make, *(shapes or (X,)), dtype=dtype))


def test_tanh_alone_stays_because_near_zero_the_sigmoid_has_no_digits_left() -> None:
    kept(lambda g, x: g.op("Tanh", x))
    x = np.float32(1e-4)
    sigmoid = 2 * (1 / (1 + np.exp(-2 * x))) - 1
    assert abs(sigmoid / np.tanh(np.float64(x)) - 1) > 1e-4


def test_a_tanh_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        t = g.op("Tanh", x)
        return 1.0 + t, g.op("Abs", t)

    kept(make)


def test_other_bounds_stay() -> None:
    kept(lambda g, x: g.op("Maximum", x, 1.0))
    kept(lambda g, x: g.op("Maximum", x, spread(0, 0, 1)))
    kept(lambda g, x: g.op("Minimum", g.op("Relu", x), 5.0))
    kept(lambda g, x: g.op("Minimum", g.op("Abs", x), 6.0))
    kept(lambda g, x: g.op("Maximum", x, np.zeros((2, 1, 3), np.float32)))


def test_a_maximum_of_integers_stays() -> None:
    kept(lambda g, x: g.op("Maximum", x, 0), dtype=DType.INT32)


def test_a_relu_with_another_reader_is_not_made_relu6() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        y = g.op("Relu", x)
        return g.op("Minimum", y, 6.0), g.op("Sin", y)

    kept(make)


def test_other_choices_stay() -> None:
    kept(lambda g, x: g.op("SelectV2", g.op("Greater", x, 1.0), x, x * 0.1))
    kept(lambda g, x: g.op("SelectV2", g.op("Less", x, 0.0), x, x * 0.1))
    kept(lambda g, x: g.op("SelectV2", g.op("Greater", x, 0.0), x, x * spread(0.1, 0.2, 0.3)))
    kept(lambda g, x: g.op("SelectV2", g.op("Greater", x, 0.0), x * 0.1, x))
    kept(lambda g, x, y: g.op("SelectV2", g.op("Greater", y, 0.0), x, x * 0.1), X, X)
    kept(lambda g, x, y: g.op("SelectV2", g.op("Greater", x, 0.0), x, g.op("Expm1", y)), X, X)


def test_relus_of_different_values_stay() -> None:
    kept(lambda g, x, y: g.op("Relu", x) + g.op("Relu", g.op("Neg", y)) * 0.5, X, X)
    kept(lambda g, x: g.op("Relu", g.op("Neg", x)) * 0.5 - g.op("Relu", x))


def test_what_is_almost_a_softmax_stays() -> None:
    def over(axis: int, other: int) -> Any:
        def make(g: Builder, x: Tensor) -> Tensor:
            e = g.op("Exp", x - g.op("Max", x, [axis], keep_dims=True))
            return e / g.op("Sum", e, [other], keep_dims=True)

        return make

    kept(over(0, 0))
    kept(over(0, 1))
    kept(over(1, 0))

    def read_twice(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        e = g.op("Exp", x - g.op("Max", x, [1], keep_dims=True))
        return e / g.op("Sum", e, [1], keep_dims=True), g.op("Sin", e)

    kept(read_twice)


def test_not_a_number_stays_one_through_the_whole_pipeline() -> None:
    graph = build(lambda g, x: (g.op("Maximum", x, 0.0), where(g, x, x * 0.1), gelu(g, x)), (6,))
    fed = {"x": np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0], np.float32)}
    before, after = interpret(graph, fed), interpret(optimize(graph), fed)
    for name, value in before.items():
        np.testing.assert_array_equal(np.isnan(after[name]), np.isnan(value))
        np.testing.assert_allclose(after[name], value, rtol=1e-6)
