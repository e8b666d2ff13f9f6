from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, Tensor, b, build, feeds, matmul, normal, ops, same, stays
from totfjs.graph.dims import symbol
from totfjs.passes import optimize
from totfjs.passes.flatten_rows import flatten_rows

t = symbol("t")
X = (2, 5, 8)


def dense(g: Builder, x: Tensor, seed: int = 0) -> Tensor:
    """A product with all the rows of x, given back in its shape."""
    width = int(str(x.shape[-1]))
    y = matmul(g, g.op("Reshape", x, [-1, width]), normal(width, width, seed=seed) * np.float32(0.3))
    return g.op("Reshape", y, [size if isinstance(size, int) else -1 for size in x.shape])


def block(g: Builder, x: Tensor, seed: int = 0) -> Tensor:
    mean = g.op("Mean", x, [-1], keep_dims=True)
    centred = x - mean
    scaled = centred * g.op("Rsqrt", g.op("Mean", g.op("Square", centred), [-1], keep_dims=True) + 1e-6)
    return x + dense(g, g.op("Tanh", scaled * normal(8, seed=1)), seed)


@pytest.mark.parametrize("shape", [X, (1, 5, 8), (b, 5, 8), (2, b, 8), (2, 3, 1, 8)])
def test_a_stack_of_layers_works_on_matrices(engine: object, shape: tuple[Any, ...]) -> None:
    graph = build(lambda g, x: block(g, block(g, block(g, x), 1), 2), shape)
    after = flatten_rows(graph)
    assert ops(graph)["Reshape"] == 6
    assert ops(after)["Reshape"] == 3
    assert flatten_rows(after) is after
    same(engine, graph, after)


@pytest.mark.parametrize(
    "step",
    [
        lambda g, y: g.op("Softmax", y),
        lambda g, y: g.op("Relu", y * 2.0),
        lambda g, y: y + normal(1, 1, 8),
        lambda g, y: y + normal(2, 5, 8),
        lambda g, y: g.op("Maximum", normal(2, 5, 1), y),
        lambda g, y: g.op("SelectV2", g.op("Greater", y, 0.0), y, y * 0.5),
        lambda g, y: y / g.op("Sum", g.op("Exp", y), [2], keep_dims=True),
    ],
)
def test_what_is_between_two_products_needs_no_reshape(engine: object, step: Any) -> None:
    graph = build(lambda g, x: dense(g, step(g, dense(g, x))), X)
    after = optimize(graph)
    assert ops(after)["Reshape"] == 2
    same(engine, graph, after)


def test_infinite_and_missing_numbers_pass(engine: object) -> None:
    graph = build(lambda g, x: dense(g, g.op("Softmax", dense(g, x))), X)
    x = feeds(graph)["x"]
    x[0, 1, 2], x[1, 2, 3] = np.nan, np.inf
    same(engine, graph, flatten_rows(graph), inputs={"x": x})


def test_a_value_that_is_read_outside_is_reshaped_for_that(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        y = g.op("Tanh", dense(g, x))
        return g.op("Sum", y, [1]), dense(g, y, 1), dense(g, y, 2)

    graph = build(make, X)
    after = flatten_rows(graph)
    assert ops(after)["Reshape"] == 4
    same(engine, graph, after)


def test_a_result_keeps_its_shape_and_name(engine: object) -> None:
    graph = build(lambda g, x: g.op("Tanh", dense(g, dense(g, x) * 2.0)), X)
    after = flatten_rows(graph)
    assert after.type(after.outputs["out0"]).shape == X
    same(engine, graph, after)


# --- where it must not fire -----------------------------------------------------------------------------------------


def spread(g: Builder, y: Tensor) -> Tensor:
    return y + g.op("Mean", y, [1], keep_dims=True)


@pytest.mark.parametrize(
    "step",
    [
        lambda g, y: g.op("Sum", g.op("Reshape", y, [2, 5, 8]), [1]),  # not row by row
        lambda g, y: g.op("Softmax", g.op("Reshape", y, [2, 5, 8])),  # as many reshapes as before
        lambda g, y: g.op("Sum", g.op("Reshape", y, [2, 5, 8]), [-1]),  # the last axis goes
        lambda g, y: spread(g, g.op("Reshape", y, [2, 5, 8])),  # a row for each of a batch
        lambda g, y: g.op("Reshape", y, [2, 5, 8]) * normal(5, 8),  # a row for each of a batch, constant
    ],
)
def test_other_things_stay(step: Any) -> None:
    stays(flatten_rows, build(lambda g, x: step(g, x), (10, 8)))


def test_two_dynamic_dims_stay() -> None:
    stays(flatten_rows, build(lambda g, x: g.op("Tanh", x), (b, t, 8)))


def test_a_dynamic_last_dim_stays() -> None:
    stays(flatten_rows, build(lambda g, x: g.op("Softmax", g.op("Reshape", x, [2, 5, -1])), (10, b)))
