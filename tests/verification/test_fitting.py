"""Sizes for a proof are those that the reshapes of a graph allow."""

from __future__ import annotations

from totfjs.graph.builder import Builder
from totfjs.graph.dims import floordiv, symbol
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType
from totfjs.recipes.shapes import reshape
from totfjs.verification.fitting import fits, fitted

B, T = symbol("b"), symbol("t")


def _rows_of_four() -> Graph:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, T))
    return builder.build({"y": builder.op("Reshape", x, [-1, 4])})


def test_a_reshape_into_rows_of_four_takes_multiples_of_four() -> None:
    fit = fits(_rows_of_four())
    assert fit({"b": 2, "t": 6})
    assert not fit({"b": 1, "t": 6})


def test_sizes_are_moved_as_little_as_it_takes() -> None:
    fit = fits(_rows_of_four())
    assert fitted({"b": 1, "t": 6}, fit) in ({"b": 2, "t": 6}, {"b": 1, "t": 8})
    assert fitted({"b": 2, "t": 6}, fit) == {"b": 2, "t": 6}


def test_sizes_that_nothing_fits_stay_as_they_are() -> None:
    assert fitted({"b": 1}, lambda sizes: False) == {"b": 1}


def test_reshapes_that_always_fit_ask_for_nothing() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 4, T))
    graph = builder.build({"y": reshape(x, (B * 4, T)), "z": reshape(x, (B, floordiv(4 * T, 2), 2))})
    assert fits(graph)({"b": 1, "t": 1})


def test_what_other_sizes_decide_is_left_open() -> None:
    assert fits(_rows_of_four())({"b": 1})
