"""Cholesky and triangular solves, column by column. Each column costs some 8 ops, whatever the batch."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.matrices import COLUMNS, ROWS, column, flipped, join, line, lowered, part, size, stacked, unstacked

MOST = 256


def cholesky(x: Tensor) -> Tensor:
    """The lower triangle `L` with `L @ L.T = x`; NaN where `x` is not positive definite. Reads the lower triangle."""
    count, batch = size(x, COLUMNS, MOST, "cholesky"), x.shape[:-2]
    rest, columns, pivots = stacked(x), [], []
    for done in range(count):
        pivot = part(rest, (0, 1), (0, 1))
        found = elementwise("RealDiv", column(rest, 0), elementwise("Sqrt", pivot))
        columns.append(lowered(found, done))
        pivots.append(pivot)
        if done + 1 < count:
            below = part(found, (1, count - done), (0, 1))
            rest = part(rest, (1, count - done), (1, count - done)) - elementwise("Mul", below, flipped(below))
    positive = elementwise("Greater", join(pivots, COLUMNS), x.builder.const(0.0))
    definite = x.builder.op("All", positive, [2], keep_dims=True)
    result = join(columns, COLUMNS)
    return unstacked(select(definite, result, x.builder.const(np.float32(np.nan), DType.FLOAT32)), batch)


def triangular_solve(a: Tensor, b: Tensor, *, left: bool, lower: bool, transpose: bool, unit: bool) -> Tensor:
    """`y` with `op(a) @ y = b`, or `y @ op(a) = b` if not `left`; only the triangle is read."""
    batch = b.shape[:-2]
    a, b = stacked(a), stacked(b)
    if transpose == left:
        a = flipped(a)
    found = solve_lower(a, b if left else flipped(b), lower=lower != (transpose == left), unit=unit)
    return unstacked(found if left else flipped(found), batch)


def solve_lower(a: Tensor, b: Tensor, *, lower: bool = True, unit: bool = False) -> Tensor:
    """Forward substitution; backward if `a` is an upper triangle."""
    count = size(a, COLUMNS, MOST, "a triangular solve")
    found = []
    for done in range(count):
        left = count - done
        at, rest = (0, (1, left)) if lower else (left - 1, (0, left - 1))
        here, whole = (done, (done + 1, count)) if lower else (left - 1, (0, left - 1))
        value = line(b, at)
        if not unit:
            value = elementwise("RealDiv", value, part(a, (here, here + 1), (here, here + 1)))
        found.append(value)
        if left > 1:
            factors = part(a, whole, (here, here + 1))
            b = part(b, rest, (0, int(str(b.shape[COLUMNS])))) - elementwise("Mul", factors, value)
    return join(found if lower else found[::-1], ROWS)
