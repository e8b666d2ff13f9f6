from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Tensor, b, build, feeds, fires, normal, ops, same, stays
from totfjs.graph.interpret import interpret
from totfjs.passes import optimize
from totfjs.passes.algebra import simplify


def layer_norm(
    g: Builder, x: Tensor, axes: tuple[int, ...] = (-1,), *, keep: bool = False, clamp: str = "Maximum"
) -> Tensor:
    """As Flax writes it: E[x²] - E[x]², not below zero."""
    shape = [1 if axis - x.rank in axes else size for axis, size in enumerate(x.shape)]
    kept = [size if isinstance(size, int) else -1 for size in shape]
    mean, square = (g.op("Mean", value, list(axes), keep_dims=keep) for value in (x, g.op("Square", x)))
    variance = square - g.op("Square", mean)
    variance = g.op("Maximum", variance, 0.0) if clamp == "Maximum" else variance
    mean, variance = (value if keep else g.op("Reshape", value, kept) for value in (mean, variance))
    factor = g.op("Rsqrt", variance + 1e-6) * normal(int(str(x.shape[-1])), seed=1)
    return (x - mean) * factor + normal(int(str(x.shape[-1])), seed=2)


CENTRED = {"AddV2": 2, "Mean": 2, "Mul": 2, "Rsqrt": 1, "Square": 1, "Sub": 1}


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("shape", [(5, 8), (2, 5, 8), (b, 5, 8), (2, 3, 4, 1)])
def test_a_variance_is_taken_of_what_is_centred(engine: object, shape: tuple[Any, ...], keep: bool) -> None:
    fires(engine, optimize, build(lambda g, x: layer_norm(g, x, keep=keep), shape), CENTRED)


def test_over_several_axes(engine: object) -> None:
    fires(engine, optimize, build(lambda g, x: layer_norm(g, x, (-3, -2)), (b, 5, 6, 3)), CENTRED)


def test_without_a_clamp(engine: object) -> None:
    fires(engine, optimize, build(lambda g, x: layer_norm(g, x, clamp=""), (5, 8)), CENTRED)


def test_an_offset_a_thousand_times_as_large_leaves_the_variance_right(engine: Any) -> None:
    graph = build(lambda g, x: layer_norm(g, x), (4, 16))
    x = normal(4, 16) + np.float32(1000)
    wide = x.astype(np.float64)
    centred = wide - wide.mean(-1, keepdims=True)
    expected = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-6) * normal(16, seed=1) + normal(
        16, seed=2
    )
    before, after = (interpret(item, {"x": x})["out0"] for item in (graph, simplify(graph)))
    assert np.abs(after - expected).max() < 1e-3
    assert np.abs(before - expected).max() > 10 * np.abs(after - expected).max()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_spoils_its_row_alone(engine: object, number: float) -> None:
    graph = build(lambda g, x: layer_norm(g, x), (3, 8))
    x = normal(3, 8)
    x[1, 3] = number
    found = interpret(simplify(graph), {"x": x})["out0"]
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2]]).all()
    same(engine, graph, simplify(graph), inputs={"x": x})


def test_equal_numbers_have_no_variance(engine: object) -> None:
    graph = build(lambda g, x: layer_norm(g, x), (3, 8))
    same(engine, graph, simplify(graph), inputs={"x": np.full((3, 8), 0.5, np.float32)})


def test_the_clamp_of_a_root_mean_square_goes(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        square = g.op("Mean", g.op("Square", x), [-1], keep_dims=True)
        return x * g.op("Rsqrt", g.op("Maximum", square, 0.0) + 1e-6)

    fires(engine, simplify, build(make, (b, 8)), {"AddV2": 1, "Mean": 1, "Mul": 1, "Rsqrt": 1, "Square": 1})


def test_a_clamp_of_what_may_be_below_zero_stays() -> None:
    stays(simplify, build(lambda g, x: g.op("Relu", g.op("Square", x) - g.op("Abs", x)), (5, 8)))


def test_a_variance_alone_needs_no_differences() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        mean, square = (g.op("Mean", value, [-1]) for value in (x, g.op("Square", x)))
        return square - g.op("Square", mean)

    stays(simplify, build(make, (5, 8)))


@pytest.mark.parametrize("axes", [([-1], [-2]), ([-2], [-1])])
def test_means_over_different_axes_stay(axes: tuple[list[int], list[int]]) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        mean = g.op("Mean", x, axes[0], keep_dims=True)
        variance = g.op("Mean", g.op("Square", x), axes[1], keep_dims=True) - g.op("Square", mean)
        return (x - mean) * variance

    stays(simplify, build(make, (4, 4)))


def test_a_variance_of_something_else_stays() -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> Tensor:
        mean, square = (g.op("Mean", value, [-1], keep_dims=True) for value in (x, g.op("Square", y)))
        return (x - mean) * (square - g.op("Square", mean))

    stays(simplify, build(make, (4, 4), (4, 4)))


def test_a_square_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        square = g.op("Square", x)
        mean = g.op("Mean", x, [-1], keep_dims=True)
        return (x - mean) * (g.op("Mean", square, [-1], keep_dims=True) - g.op("Square", mean)), g.op("Exp", square)

    stays(simplify, build(make, (4, 4)))


def test_nothing_is_left_over_in_a_whole_model(engine: object) -> None:
    graph = build(lambda g, x: layer_norm(g, layer_norm(g, x)), (b, 4, 8))
    after = optimize(graph)
    assert ops(after) == {op: 2 * count for op, count in CENTRED.items()}
    same(engine, graph, after, inputs=feeds(graph))
