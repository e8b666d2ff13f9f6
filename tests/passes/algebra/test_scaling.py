from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, normal, ops, spread, stays
from totfjs.graph.interpret import interpret
from totfjs.passes.algebra import simplify

X = (b, 3)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (2, {"Square": 1}),
        (3, {"Square": 1, "Mul": 1}),
        (4, {"Square": 2}),
        (-1, {"Reciprocal": 1}),
        (-2, {"Square": 1, "Reciprocal": 1}),
    ],
)
def test_small_integer_powers_become_products(engine: object, exponent: int, expected: dict[str, int]) -> None:
    graph = build(lambda g, x: g.op("Pow", x, float(exponent)), X)
    after = fires(engine, simplify, graph, expected)
    x = (
        np.concatenate([normal(3000) * 8, [0.0, -0.0, np.inf, -np.inf, np.nan]])
        .astype(np.float32)[:3000]
        .reshape(-1, 3)
    )
    exact = x.astype(np.float64) ** exponent
    error = np.abs(interpret(after, {"x": x})["out0"] - exact)
    assert (error <= 2 * np.spacing(np.abs(exact).astype(np.float32))).all()


@pytest.mark.parametrize(
    ("exponent", "base", "root"),
    [
        (0.5, lambda g, x: g.op("Square", x), "Sqrt"),
        (-0.5, lambda g, x: g.op("Mean", g.op("Square", x), [1], keep_dims=True) + 1e-6, "Rsqrt"),
        (0.5, lambda g, x: g.op("Abs", x) + g.op("Exp", x), "Sqrt"),
    ],
)
def test_powers_of_a_half_are_roots_where_nothing_is_negative(
    engine: object, exponent: float, base: Any, root: str
) -> None:
    graph = build(lambda g, x: g.op("Pow", base(g, x), exponent), X)
    expected = {**{name: count for name, count in ops(graph).items() if name != "Pow"}, root: 1}
    fires(engine, simplify, graph, expected)


def test_a_power_of_a_half_of_anything_else_stays() -> None:
    """(-inf) ** 0.5 is inf, its root is not a number; and the zeros have different signs."""
    stays(simplify, build(lambda g, x: g.op("Pow", x, 0.5), X))
    stays(simplify, build(lambda g, x: g.op("Pow", g.op("Square", x) - 1.0, 0.5), X))


@pytest.mark.parametrize("exponent", [0.0, 1.5, 5.0, 20.0, spread(2, 3, 2)])
def test_other_powers_stay(exponent: Any) -> None:
    stays(simplify, build(lambda g, x: g.op("Pow", x, exponent), X))


def test_powers_of_integers_and_powers_that_are_fed_stay() -> None:
    stays(simplify, build(lambda g, x: g.op("Pow", x, 2), X, dtype=DType.INT32, backends=("cpu", "wasm")))
    stays(simplify, build(lambda g, x, y: g.op("Pow", x, y), X, ()))


def test_x_times_x_is_a_square(engine: object) -> None:
    fires(engine, simplify, build(lambda g, x: x * x, X), {"Square": 1})
    stays(simplify, build(lambda g, x: x * x, X, dtype=DType.INT32))


@pytest.mark.parametrize(
    "make",
    [
        lambda x: (x * 2.0) * 0.3,
        lambda x: 0.25 * (spread(1, 2, 3) * x),
        lambda x: (x * 0.3) * -0.5,
    ],
)
def test_factors_merge_where_one_is_a_power_of_two(engine: object, make: Any) -> None:
    graph = build(lambda g, x: make(x), X)
    after = fires(engine, simplify, graph, {"Mul": 1})
    fed = {"x": normal(100, 3)}
    np.testing.assert_array_equal(interpret(after, fed)["out0"], interpret(graph, fed)["out0"])


def test_factors_that_cancel_leave_nothing(engine: object) -> None:
    fires(engine, simplify, build(lambda g, x, y: (x * 0.5) * (2.0 * y), X, X), {"Mul": 1})
    fires(engine, simplify, build(lambda g, x: g.op("Abs", (x * 0.5) * 2.0), X), {"Abs": 1})


@pytest.mark.parametrize(
    "make",
    [
        lambda x: (x * 0.3) * 0.7,  # rounds differently
        lambda x: (x * 3e38) * 4.0,  # overflows
        lambda x: (x * 1e-38) * 0.25,  # loses digits
        lambda x: (x * np.float32(np.inf)) * 2.0,
        lambda x: (x * spread(1, 2, 3)) * np.full((4, 1, 1), 2, np.float32),  # would be stored four times
    ],
)
def test_factors_that_would_round_stay(make: Any) -> None:
    stays(simplify, build(lambda g, x: make(x), X))


def test_a_product_with_another_reader_stays() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        y = x * 2.0
        return y * 0.3, g.op("Abs", y)

    stays(simplify, build(make, X))


def test_adding_a_negative_is_subtracting(engine: object) -> None:
    fires(engine, simplify, build(lambda g, x, y: x + g.op("Neg", y), X, X), {"Sub": 1})
    fires(engine, simplify, build(lambda g, x, y: g.op("Neg", x) + y, X, X), {"Sub": 1})
    fires(engine, simplify, build(lambda g, x, y: x - g.op("Neg", y), X, X), {"AddV2": 1})


def test_one_over_a_root_is_one_op(engine: object) -> None:
    graph = build(lambda g, x: 1.0 / g.op("Sqrt", g.op("Square", x) + 1.0), X)
    fires(engine, simplify, graph, {"AddV2": 1, "Rsqrt": 1, "Square": 1})
    stays(simplify, build(lambda g, x: 2.0 / g.op("Sqrt", x), X))
