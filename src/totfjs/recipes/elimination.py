"""LU with partial pivoting, as LAPACK chooses the pivots, and what is solved with it."""

from __future__ import annotations

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    instead_of_zero,
    join,
    line,
    masked,
    part,
    size,
    sizes,
    stacked,
    total,
    unstacked,
    zero,
)
from totfjs.recipes.shapes import expand, reshape
from totfjs.recipes.triangular import solve_lower

MOST = 128


def lu(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Both triangles in one matrix, the row that each row was exchanged with, and the order of rows that results."""
    batch = x.shape[:-2]
    height, width = sizes(x, MOST, "LU")
    rest = stacked(x)
    order = _counted(rest, height)
    rows, pivots, orders = [], [], []
    for done in range(min(height, width)):
        place = _largest(part(rest, (0, height - done), (done, done + 1)))
        pivots.append(place + done)
        first, rest = _exchanged(rest, place)
        top, order = _exchanged(order, place)
        rows.append(first)
        orders.append(top)
        if done + 1 < height:
            rest = _eliminated(rest, first, done)
    left = [rest] if height > width else []
    orders += [order] if height > width else []
    results = join([*rows, *left], ROWS), join(pivots, ROWS), join(orders, ROWS)
    factors, exchanged, ordered = results
    drop = [reshape(item, (item.shape[0], item.shape[1])) for item in (exchanged, ordered)]
    return unstacked(factors, batch), unstacked(drop[0], batch), unstacked(drop[1], batch)


def pivots_to_order(pivots: Tensor, count: int) -> Tensor:
    """The order of `count` rows after they were exchanged one after another."""
    batch, taken = pivots.shape[:-1], size(pivots, COLUMNS, MOST, "a permutation")
    flat = reshape(pivots, (dims.product(batch), taken, 1))
    order = _counted(flat, count)
    found = []
    for done in range(taken):
        top, order = _exchanged(order, line(flat, done) - done)
        found.append(top)
    whole = join([*found, order], ROWS) if count > taken else join(found, ROWS)
    return reshape(whole, (*batch, count))


def tridiagonal_solve(below: Tensor, middle: Tensor, above: Tensor, b: Tensor) -> Tensor:
    """Solves for matrices with three diagonals, each given in the full length."""
    count, batch = size(b, ROWS, MOST, "a tridiagonal solve"), b.shape[:-2]
    diagonals = [stacked(item, 1) for item in (below, middle, above)]
    a: Tensor | None = None
    for item, place in zip(diagonals, (-1, 0, 1), strict=True):
        entries = masked(reshape(item, (item.shape[0], count, 1)), np.eye(count, k=place, dtype=bool))
        a = entries if a is None else a + entries
    assert a is not None
    b = stacked(b)
    factors, _, order = lu(a)
    taken = _reordered(b, order)
    return unstacked(solve_lower(factors, solve_lower(factors, taken, unit=True), lower=False), batch)


def _reordered(x: Tensor, order: Tensor) -> Tensor:
    """The rows of each matrix in another order."""
    count = int(str(order.shape[1]))
    places = x.builder.const(np.arange(count, dtype=np.int32))
    chosen = elementwise("Equal", reshape(order, (order.shape[0], count, 1)), places)
    return x.builder.op("BatchMatMulV2", elementwise("Cast", chosen, DstT=DType.FLOAT32), x)


def _counted(x: Tensor, count: int) -> Tensor:
    """0, 1, 2, … as a column for each matrix."""
    none = elementwise("Cast", zero(x), DstT=DType.INT32)
    return none + expand(x.builder.const(np.arange(count, dtype=np.int32)), [1], 3)


def _largest(x: Tensor) -> Tensor:
    """Where the largest element of a column is, by its absolute value; the first of several."""
    flat = reshape(elementwise("Abs", x), (x.shape[0], x.shape[1]))
    return reshape(x.builder.op("ArgMax", flat, 1), (x.shape[0], 1, 1))


def _exchanged(x: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """The row at a place, and the others with the first row in its place."""
    height = int(str(x.shape[ROWS]))
    if height == 1:
        return x, x
    here = elementwise("Equal", expand(x.builder.const(np.arange(height, dtype=np.int32)), [1], 3), place)
    chosen = total(select(here, x, x.builder.const(0, x.dtype)), ROWS)
    width = int(str(x.shape[COLUMNS]))
    rest = select(part(here, (1, height), (0, 1)), line(x, 0), part(x, (1, height), (0, width)))
    return chosen, rest


def _eliminated(rest: Tensor, first: Tensor, done: int) -> Tensor:
    """The rows below a pivot: their factors in its column, and the rest without what the factors take."""
    height, width = int(str(rest.shape[ROWS])), int(str(rest.shape[COLUMNS]))
    pivot = instead_of_zero(part(first, (0, 1), (done, done + 1)), 1.0)
    factors = elementwise("RealDiv", part(rest, (0, height), (done, done + 1)), pivot)
    pieces = [part(rest, (0, height), (0, done))] if done else []
    pieces.append(factors)
    if done + 1 < width:
        taken = elementwise("Mul", factors, part(first, (0, 1), (done + 1, width)))
        pieces.append(part(rest, (0, height), (done + 1, width)) - taken)
    return join(pieces, COLUMNS)
