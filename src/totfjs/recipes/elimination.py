"""LU with partial pivoting, as LAPACK chooses the pivots, and what is solved with it."""

from __future__ import annotations

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.fields import M, Matrix, minus, over, partwise, rough_magnitude, shape_of, times
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    extent,
    instead_of_zero,
    is_zero,
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
from totfjs.recipes.sorting import place_of_extreme
from totfjs.recipes.triangular import solve_lower

MOST = 128


def lu(x: M) -> tuple[M, Tensor, Tensor]:
    """Both triangles in one matrix, the row that each row was exchanged with, and the order of rows that results."""
    batch = shape_of(x)[:-2]
    height, width = sizes(x, MOST, "LU")
    rest = stacked(x)
    order = _counted(rest, height)
    rows: list[M] = []
    pivots, orders = [], []
    for done in range(min(height, width)):
        place = _largest(part(rest, (0, height - done), (done, done + 1)))
        pivots.append(place + done)
        first, rest = _first_row(rest, place), _other_rows(rest, place)
        orders.append(_first_row(order, place))
        order = _other_rows(order, place)
        rows.append(first)
        if done + 1 < height:
            rest = _eliminated(rest, first, done)
    if height > width:
        rows.append(rest)
        orders.append(order)
    drop = [reshape(item, (item.shape[0], item.shape[1])) for item in (join(pivots, ROWS), join(orders, ROWS))]
    return unstacked(join(rows, ROWS), batch), unstacked(drop[0], batch), unstacked(drop[1], batch)


def pivots_to_order(pivots: Tensor, count: int) -> Tensor:
    """The order of `count` rows after they were exchanged one after another."""
    batch, taken = pivots.shape[:-1], size(pivots, COLUMNS, MOST, "a permutation")
    flat = reshape(pivots, (dims.product(batch), taken, 1))
    order = _counted(flat, count)
    found = []
    for done in range(taken):
        place = line(flat, done) - done
        found.append(_first_row(order, place))
        order = _other_rows(order, place)
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
    return unstacked(solve(a, stacked(b)), batch)


def solve(a: M, b: M) -> M:
    """`x` with `a @ x = b`; of a matrix that has no inverse it is not finite."""
    batch = shape_of(b)[:-2]
    factors, _, order = lu(stacked(a))
    taken = _reordered(stacked(b), order)
    return unstacked(solve_lower(factors, solve_lower(factors, taken, unit=True), lower=False), batch)


@partwise
def _reordered(x: Tensor, order: Tensor) -> Tensor:
    """The rows of each matrix in another order."""
    count = int(str(order.shape[1]))
    places = x.builder.const(np.arange(count, dtype=np.int32))
    chosen = elementwise("Equal", reshape(order, (order.shape[0], count, 1)), places)
    return x.builder.op("BatchMatMulV2", elementwise("Cast", chosen, DstT=DType.FLOAT32), x)


def _counted(x: Matrix, count: int) -> Tensor:
    """0, 1, 2, … as a column for each matrix."""
    none = elementwise("Cast", zero(x), DstT=DType.INT32)
    return none + expand(none.builder.const(np.arange(count, dtype=np.int32)), [1], 3)


def _largest(x: Matrix) -> Tensor:
    """Where the largest element of a column is, as LAPACK measures it; the first of several."""
    sizes = rough_magnitude(x)
    flat = reshape(sizes, (sizes.shape[0], sizes.shape[1]))
    return reshape(place_of_extreme(flat, 1, "ArgMax", nan=False), (sizes.shape[0], 1, 1))


@partwise
def _first_row(x: Tensor, place: Tensor) -> Tensor:
    """The row at a place."""
    height = extent(x, ROWS)
    return x if height == 1 else total(select(_is_at(x, place), x, x.builder.const(0, x.dtype)), ROWS)


@partwise
def _other_rows(x: Tensor, place: Tensor) -> Tensor:
    """The rows below the first one, with that one at a place; of a single row, itself."""
    height, width = extent(x, ROWS), extent(x, COLUMNS)
    if height == 1:
        return x
    here = part(_is_at(x, place), (1, height), (0, 1))
    return select(here, line(x, 0), part(x, (1, height), (0, width)))


def _is_at(x: Tensor, place: Tensor) -> Tensor:
    """Whether a row is at a place."""
    rows = x.builder.const(np.arange(extent(x, ROWS), dtype=np.int32))
    return elementwise("Equal", expand(rows, [1], 3), place)


def _eliminated(rest: M, first: M, done: int) -> M:
    """The rows below a pivot: their factors in its column, and the rest without what the factors take."""
    height, width = extent(rest, ROWS), extent(rest, COLUMNS)
    factors = over(part(rest, (0, height), (done, done + 1)), _divisor(part(first, (0, 1), (done, done + 1))))
    pieces = [part(rest, (0, height), (0, done))] if done else []
    pieces.append(factors)
    if done + 1 < width:
        taken = times(factors, part(first, (0, 1), (done + 1, width)))
        pieces.append(minus(part(rest, (0, height), (done + 1, width)), taken))
    return join(pieces, COLUMNS)


def _divisor(pivot: M) -> M:
    """The pivot, or 1 where it is 0."""
    if isinstance(pivot, Tensor):
        return instead_of_zero(pivot, 1.0)
    none = elementwise("LogicalAnd", is_zero(pivot.real), is_zero(pivot.imag))
    return Complex(select(none, none.builder.const(1.0), pivot.real), pivot.imag)
