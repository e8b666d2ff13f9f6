from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, stays
from totfjs.passes.algebra import simplify

X = (b, 4, 5)


def reduced(op: str, axes: Any, *, keep_dims: bool = False) -> Any:
    return lambda g, x: g.op(op, x, np.array(axes, np.int32), keep_dims=keep_dims)


@pytest.mark.parametrize(("axes", "number"), [((1,), 4), ((-1,), 5), ((1, 2), 20), ((2, 1), 20)])
@pytest.mark.parametrize("keep_dims", [False, True])
def test_a_sum_over_how_many_there_are_is_a_mean(engine: object, axes: Any, number: int, keep_dims: bool) -> None:
    graph = build(lambda g, x: reduced("Sum", axes, keep_dims=keep_dims)(g, x) / float(number), X)
    fires(engine, simplify, graph, {"Mean": 1})


@pytest.mark.parametrize("op", ["Sum", "Mean", "Max", "Min", "Prod"])
@pytest.mark.parametrize(("axes", "shape"), [((1,), [-1, 1, 5]), ((2,), [-1, 4, 1]), ((1, 2), [-1, 1, 1])])
def test_axes_that_are_put_back_are_kept(engine: object, op: str, axes: Any, shape: Any) -> None:
    graph = build(lambda g, x: g.op("Reshape", reduced(op, axes)(g, x), shape), X)
    fires(engine, simplify, graph, {op: 1})


def test_an_axis_that_is_expanded_again_is_kept(engine: object) -> None:
    fires(engine, simplify, build(lambda g, x: g.op("ExpandDims", reduced("Max", [2])(g, x), -1), X), {"Max": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def kept(make: Any, shape: Any = X, dtype: DType = DType.FLOAT32) -> None:
    stays(simplify, build(make, shape, dtype=dtype))


def test_a_sum_over_any_other_number_stays() -> None:
    kept(lambda g, x: reduced("Sum", [1])(g, x) / 5.0)
    kept(lambda g, x: reduced("Sum", [1])(g, x) / np.array([4, 4, 4, 4, 5], np.float32))
    kept(lambda g, x: 4.0 / reduced("Sum", [1])(g, x))


def test_a_sum_over_a_symbolic_axis_stays() -> None:
    kept(lambda g, x: reduced("Sum", [0])(g, x) / 3.0)


def test_a_sum_over_nothing_stays() -> None:
    """0 / 0 is not a number, but the runtime takes the mean of nothing for 0."""
    builder = Builder(backends=("cpu",))
    total = reduced("Sum", [1])(builder, builder.input("x", DType.FLOAT32, (b, 0, 5)))
    stays(simplify, builder.build({"y": total / 0.0}))


def test_a_sum_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        total = reduced("Sum", [1])(g, x)
        return total / 4.0, g.op("Sin", total)

    kept(make)


def test_a_reshape_that_puts_other_axes_in_stays() -> None:
    kept(lambda g, x: g.op("Reshape", reduced("Sum", [1])(g, x), [-1, 5, 1]))
    kept(lambda g, x: g.op("Reshape", reduced("Sum", [2])(g, x), [-1, 2, 2, 1]))


def test_a_reduction_with_another_reader_is_left_as_it_is() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        largest = reduced("Max", [2])(g, x)
        return g.op("ExpandDims", largest, 2), g.op("Sin", largest)

    kept(make)
