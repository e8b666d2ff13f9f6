"""Cholesky and triangular solves, column by column. Each column costs some 8 ops, whatever the batch."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.fields import M, builder_of, chosen, divided, minus, over, real_of, shape_of, times
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    adjoint,
    column,
    extent,
    flipped,
    join,
    line,
    lowered,
    masked,
    part,
    size,
    stacked,
    unstacked,
)

MOST = 256


def cholesky(x: M) -> M:
    """The lower triangle `L` with `L @ L.T = x` (`L.T` conjugate); NaN where `x` is not positive definite. Reads the
    lower triangle."""
    count, batch = size(x, COLUMNS, MOST, "cholesky"), shape_of(x)[:-2]
    rest, columns = with_real_diagonal(stacked(x)), []
    pivots: list[Tensor] = []
    for done in range(count):
        pivot = part(real_of(rest), (0, 1), (0, 1))
        found = divided(column(rest, 0), elementwise("Sqrt", pivot))
        columns.append(lowered(found, done))
        pivots.append(pivot)
        if done + 1 < count:
            below = part(found, (1, count - done), (0, 1))
            rest = minus(part(rest, (1, count - done), (1, count - done)), times(below, adjoint(below)))
    positive = elementwise("Greater", join(pivots, COLUMNS), builder_of(x).const(0.0))
    definite = positive.builder.op("All", positive, [2], keep_dims=True)
    return unstacked(chosen(join(columns, COLUMNS), np.nan, definite), batch)


def triangular_solve(a: M, b: M, *, left: bool, lower: bool, transpose: bool, unit: bool) -> M:
    """`y` with `op(a) @ y = b`, or `y @ op(a) = b` if not `left`; only the triangle is read."""
    batch = shape_of(b)[:-2]
    a, b = stacked(a), stacked(b)
    if transpose == left:
        a = flipped(a)
    found = solve_lower(a, b if left else flipped(b), lower=lower != (transpose == left), unit=unit)
    return unstacked(found if left else flipped(found), batch)


def solve_lower(a: M, b: M, *, lower: bool = True, unit: bool = False) -> M:
    """Forward substitution; backward if `a` is an upper triangle."""
    count = size(a, COLUMNS, MOST, "a triangular solve")
    found = []
    for done in range(count):
        left = count - done
        at, rest = (0, (1, left)) if lower else (left - 1, (0, left - 1))
        here, whole = (done, (done + 1, count)) if lower else (left - 1, (0, left - 1))
        value = line(b, at)
        if not unit:
            value = over(value, part(a, (here, here + 1), (here, here + 1)))
        found.append(value)
        if left > 1:
            factors = part(a, whole, (here, here + 1))
            b = minus(part(b, rest, (0, shape_of(b)[COLUMNS])), times(factors, value))
    return join(found if lower else found[::-1], ROWS)


def with_real_diagonal(x: M) -> M:
    """Matrices without what the diagonal has of imaginary parts."""
    if isinstance(x, Tensor):
        return x
    return Complex(x.real, masked(x.imag, ~np.eye(extent(x, COLUMNS), dtype=bool)))
