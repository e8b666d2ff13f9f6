"""QR by reflections, with the signs that LAPACK gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.fields import (
    M,
    as_field,
    builder_of,
    chosen,
    conjugate,
    divided,
    magnitude,
    minus,
    over,
    partwise,
    plus,
    real_of,
    shape_of,
    square,
    times,
)
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    column,
    extent,
    identity,
    instead_of_zero,
    is_zero,
    join,
    line,
    lowered,
    masked,
    part,
    size,
    sizes,
    stacked,
    total,
    unstacked,
    zero,
)
from totfjs.recipes.shapes import reshape

MOST = 128


def qr(x: M, *, full: bool) -> tuple[M, M]:
    """An orthogonal matrix and an upper triangle; `full` for all columns of the first and all rows of the second."""
    batch: Shape = shape_of(x)[:-2]
    height, width = sizes(x, MOST, "QR")
    rows, directions, factors = reflections(stacked(x))
    count = height if full else min(height, width)
    upper = join(rows, ROWS)
    if count > len(rows):
        upper = masked(_below(upper, count), np.ones((count, width), bool))
    return unstacked(reflected(directions, factors, height, count), batch), unstacked(upper, batch)


def geqrf(x: M) -> tuple[M, M]:
    """The triangle and the directions below it in one matrix, and the factors of the reflections."""
    batch: Shape = shape_of(x)[:-2]
    height, width = sizes(x, MOST, "QR")
    rows, directions, factors = reflections(stacked(x))
    under = np.tril(np.ones((height, len(rows)), bool), -1)
    packed = masked(join(directions, COLUMNS), under)
    upper = join(rows, ROWS)
    if height > len(rows):
        upper = _below(upper, height)
    if width > len(rows):
        packed = _beside(packed, width)
    return unstacked(plus(packed, upper), batch), _as_vector(join(factors, COLUMNS), (*batch, len(rows)))


def householder_product(a: M, taus: M) -> M:
    """The orthogonal matrix of the reflections that `geqrf` gives."""
    batch: Shape = shape_of(a)[:-2]
    height, width = sizes(a, MOST, "QR")
    count = size(taus, COLUMNS, MOST, "QR")
    flat, factors = stacked(a), _as_rows(taus)
    directions = []
    for done in range(count):
        own = masked(column(flat, done), (np.arange(height) > done)[:, None])
        directions.append(
            plus(own, as_field(builder_of(a).const(identity(height, height)[None, :, done : done + 1]), a))
        )
    return unstacked(reflected(directions, [column(factors, done) for done in range(count)], height, width), batch)


def reflections(rest: M) -> tuple[list[M], list[M], list[M]]:
    """The rows of the triangle, and for each reflection its direction and its factor."""
    height, width = extent(rest, ROWS), extent(rest, COLUMNS)
    rows, directions, factors = [], [], []
    for done in range(min(height, width)):
        diagonal, direction, factor = _reflection(column(rest, 0))
        directions.append(lowered(direction, done))
        factors.append(factor)
        others = part(rest, (0, height - done), (1, width - done)) if done + 1 < width else None
        row = diagonal
        if others is not None:
            others = _applied(direction, conjugate(factor), others)
            row = join([diagonal, line(others, 0)], COLUMNS)
            if done + 1 < height:
                rest = part(others, (1, height - done), (0, width - done - 1))
        rows.append(lowered(row, done, COLUMNS))
    return rows, directions, factors


def reflected(directions: Sequence[M], factors: Sequence[M], height: int, width: int) -> M:
    """The first columns of the product of reflections."""
    result = as_field(builder_of(directions[0]).const(identity(height, width)[None]), directions[0])
    for direction, factor in zip(reversed(directions), reversed(factors), strict=True):
        result = _applied(direction, factor, result)
    return result


def _reflection(x: M) -> tuple[M, M, M]:
    """What a column becomes, which is real, the direction (1 at its head) and the factor that make it so."""
    height, none = extent(x, ROWS), zero(x)
    head = part(x, (0, 1), (0, 1))
    one = as_field(none + 1.0, x)
    if height == 1 and isinstance(x, Tensor):
        return head, one, none
    length, done = _length(x), _is_real_head(x, head)
    number, start = builder_of(x).const, real_of(head)
    signed = select(elementwise("Less", start, number(0.0)), length, elementwise("Neg", length))
    diagonal = as_field(select(done, start, signed), x)
    gap = minus(as_field(signed, x), head)
    factor = chosen(divided(gap, instead_of_zero(signed, 1.0)), 0.0, elementwise("LogicalNot", done))
    if height == 1:
        return diagonal, one, factor
    divisor = minus(head, as_field(signed, x))
    tail = over(part(x, (1, height), (0, 1)), _one_where(divisor, done))
    return diagonal, join([one, tail], ROWS), factor


def _length(x: M) -> Tensor:
    """The length of a column, without squares that overflow."""
    scale = instead_of_zero(builder_of(x).op("Max", magnitude(x), [1], keep_dims=True), 1.0)
    return scale * elementwise("Sqrt", total(square(divided(x, scale)), ROWS))


def _is_real_head(x: M, head: M) -> Tensor:
    """Whether a column is a real number above zeros already."""
    height = extent(x, ROWS)
    others = [magnitude(part(x, (1, height), (0, 1)))] if height > 1 else []
    others += [elementwise("Abs", head.imag)] if isinstance(head, Complex) else []
    rest = join(others, ROWS)
    return is_zero(rest.builder.op("Max", rest, [1], keep_dims=True))


def _one_where(x: M, condition: Tensor) -> M:
    """`x` with 1 where the condition holds."""
    number = condition.builder.const
    if isinstance(x, Complex):
        return Complex(_one_where(x.real, condition), select(condition, number(0.0), x.imag))
    return select(condition, number(1.0), x)


def _applied(direction: M, factor: M, x: M) -> M:
    """`x` after a reflection."""
    along = total(times(conjugate(direction), x), ROWS)
    return minus(x, times(times(factor, direction), along))


@partwise
def _as_vector(x: Tensor, shape: Shape) -> Tensor:
    return reshape(x, shape)


@partwise
def _as_rows(x: Tensor) -> Tensor:
    flat = stacked(x, 1)
    return reshape(flat, (flat.shape[0], 1, flat.shape[1]))


@partwise
def _below(x: Tensor, height: int) -> Tensor:
    """`x` above rows of zeros."""
    pads = [[0, 0], [0, height - int(str(x.shape[ROWS]))], [0, 0]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0))


@partwise
def _beside(x: Tensor, width: int) -> Tensor:
    """`x` before columns of zeros."""
    pads = [[0, 0], [0, 0], [0, width - int(str(x.shape[COLUMNS]))]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0))
