"""What TensorFlow.js gets wrong on a GPU alone: recipes are right on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, run
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.types import dtype_of
from totfjs.passes.pipeline import optimize
from totfjs.recipes.reductions import reduced
from totfjs.recipes.scans import cumulated
from totfjs.recipes.shapes import transpose
from totfjs.recipes.sorting import first_true, place_of_extreme

f32, i32 = np.float32, np.int32
RANDOM = np.random.default_rng(3)
# Rows in which the largest and the smallest number stand twice.
TIES = RANDOM.integers(-3, 4, (2, 70, 3)).astype(f32)
NANS = TIES.copy()
NANS[1, 40:42] = np.nan
WHOLE = RANDOM.integers(-9, 9, (2, 3, 4)).astype(i32)
EXTREME = np.array([0, 1, -1, 4095, 4096, -4097, 2**24 + 1, 2**30 + 7, 2**31 - 1, -(2**31), 1 - 2**31, 65535], i32)


def computed(engine: Any, backend: str, outputs: Any, **feeds: np.ndarray) -> dict[str, np.ndarray]:
    builder = Builder()
    inputs = {name: builder.input(name, dtype_of(value), value.shape) for name, value in feeds.items()}
    return run(engine, distinct(optimize(builder.build(outputs(**inputs)))), feeds, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_the_first_of_equals_is_found(engine: object, backend: str) -> None:
    def places(ties: Tensor, nans: Tensor, whole: Tensor) -> dict[str, Tensor]:
        equal = ties.builder.op("Equal", ties, 2.0)
        return {
            "most": place_of_extreme(ties, 1, "ArgMax"),
            "least": place_of_extreme(ties, -2, "ArgMin", nan=False),
            "nan": place_of_extreme(nans, 1, "ArgMax"),
            "whole": place_of_extreme(whole, 1, "ArgMax"),
            "first": first_true(equal, 1),
            "vector": place_of_extreme(ties.builder.op("Reshape", whole, (24,)), 0, "ArgMin"),
        }

    found = computed(engine, backend, places, ties=TIES, nans=NANS, whole=WHOLE)
    np.testing.assert_array_equal(found["most"], TIES.argmax(1))
    np.testing.assert_array_equal(found["least"], TIES.argmin(1))
    np.testing.assert_array_equal(found["whole"], WHOLE.argmax(1))
    np.testing.assert_array_equal(found["first"], (TIES == 2).argmax(1))
    np.testing.assert_array_equal(found["vector"], WHOLE.reshape(-1).argmin())
    if backend in ("cpu", "wasm"):  # what a GPU makes of NaN is its own
        np.testing.assert_array_equal(found["nan"], NANS.argmax(1))


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_totals_from_the_end_know_the_length_of_their_own_tensor(engine: object, backend: str) -> None:
    def totals(short: Tensor, long: Tensor, whole: Tensor) -> dict[str, Tensor]:
        return {
            "short": cumulated("Cumsum", short, 1, reverse=True),
            "long": cumulated("Cumsum", long, 1, reverse=True, exclusive=True),
            "whole": cumulated("Cumsum", whole, 1),
            "deep": cumulated("Cumsum", short.builder.op("Reshape", short, (1, 2, 1, 2, 3)), 1),
        }

    short, long = (RANDOM.integers(0, 9, (2, size)).astype(f32) for size in (6, 9))
    found = computed(engine, backend, totals, short=short, long=long, whole=WHOLE)
    np.testing.assert_array_equal(found["short"], short[:, ::-1].cumsum(1)[:, ::-1])
    np.testing.assert_array_equal(found["long"], long[:, ::-1].cumsum(1)[:, ::-1] - long)
    np.testing.assert_array_equal(found["whole"], WHOLE.cumsum(1))
    np.testing.assert_array_equal(found["deep"], short.reshape(1, 2, 1, 2, 3).cumsum(1))


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_integers_and_bools_are_reduced_along_any_axes(engine: object, backend: str) -> None:
    def totals(x: Tensor) -> dict[str, Tensor]:
        above = x.builder.op("Greater", x, -5)
        return {
            "first": reduced("Sum", x, [0]),
            "outer": reduced("Max", x, [0, 2], keep_dims=True),
            "all": reduced("All", above, [1]),
            "any": reduced("Any", above, [0, 1]),
            "turned": transpose(x, [2, 1, 0]),
            "rotated": transpose(x, [1, 2, 0]),
            "bools": transpose(above, [2, 1, 0]),
        }

    found = computed(engine, backend, totals, x=WHOLE)
    np.testing.assert_array_equal(found["first"], WHOLE.sum(0))
    np.testing.assert_array_equal(found["outer"], WHOLE.max((0, 2), keepdims=True))
    np.testing.assert_array_equal(found["all"], (WHOLE > -5).all(1))
    np.testing.assert_array_equal(found["any"], (WHOLE > -5).any((0, 1)))
    np.testing.assert_array_equal(found["turned"], WHOLE.transpose(2, 1, 0))
    np.testing.assert_array_equal(found["rotated"], WHOLE.transpose(1, 2, 0))
    np.testing.assert_array_equal(found["bools"], (WHOLE > -5).transpose(2, 1, 0))


@pytest.mark.parametrize("backend", ("cpu", "wasm"))
def test_no_integer_is_rounded_where_it_turns(engine: object, backend: str) -> None:
    x = EXTREME.reshape(3, 2, 2)
    found = computed(engine, backend, lambda x: {"y": transpose(x, [2, 1, 0])}, x=x)
    np.testing.assert_array_equal(found["y"], x.transpose(2, 1, 0))
