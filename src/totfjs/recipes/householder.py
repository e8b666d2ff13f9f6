"""QR by reflections, with the signs that LAPACK gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    column,
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
from totfjs.recipes.slicing import slice_axes

MOST = 128


def qr(x: Tensor, *, full: bool) -> tuple[Tensor, Tensor]:
    """An orthogonal matrix and an upper triangle; `full` for all columns of the first and all rows of the second."""
    batch = x.shape[:-2]
    height, width = sizes(x, MOST, "QR")
    rows, directions, factors = reflections(stacked(x))
    count = height if full else min(height, width)
    upper = join(rows, ROWS)
    if count > len(rows):
        upper = masked(_below(upper, count), np.ones((count, width), bool))
    return unstacked(reflected(directions, factors, height, count), batch), unstacked(upper, batch)


def geqrf(x: Tensor) -> tuple[Tensor, Tensor]:
    """The triangle and the directions below it in one matrix, and the factors of the reflections."""
    batch = x.shape[:-2]
    height, width = sizes(x, MOST, "QR")
    rows, directions, factors = reflections(stacked(x))
    under = np.tril(np.ones((height, len(rows)), bool), -1)
    packed = masked(join(directions, COLUMNS), under)
    upper = join(rows, ROWS)
    if height > len(rows):
        upper = _below(upper, height)
    if width > len(rows):
        packed = _beside(packed, width)
    taus = join([reshape(factor, (factor.shape[0], 1)) for factor in factors], COLUMNS)
    return unstacked(packed + upper, batch), reshape(taus, (*batch, len(rows)))


def householder_product(a: Tensor, taus: Tensor) -> Tensor:
    """The orthogonal matrix of the reflections that `geqrf` gives."""
    batch = a.shape[:-2]
    height, width = sizes(a, MOST, "QR")
    flat, factors = stacked(a), stacked(taus, 1)
    count = size(taus, COLUMNS, MOST, "QR")
    directions = []
    for done in range(count):
        own = masked(column(flat, done), (np.arange(height) > done)[:, None])
        directions.append(own + identity(height, height)[:, done : done + 1])
    split = [
        reshape(slice_axes(factors, [0, done], [factors.shape[0], done + 1]), (factors.shape[0], 1, 1))
        for done in range(count)
    ]
    return unstacked(reflected(directions, split, height, width), batch)


def reflections(rest: Tensor) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """The rows of the triangle, and for each reflection its direction and its factor."""
    height, width = int(str(rest.shape[ROWS])), int(str(rest.shape[COLUMNS]))
    rows, directions, factors = [], [], []
    for done in range(min(height, width)):
        diagonal, direction, factor = _reflection(column(rest, 0))
        directions.append(lowered(direction, done))
        factors.append(factor)
        others = part(rest, (0, height - done), (1, width - done)) if done + 1 < width else None
        row = diagonal
        if others is not None:
            others = _applied(direction, factor, others)
            row = join([diagonal, line(others, 0)], COLUMNS)
            if done + 1 < height:
                rest = part(others, (1, height - done), (0, width - done - 1))
        rows.append(lowered(row, done, COLUMNS))
    return rows, directions, factors


def reflected(directions: Sequence[Tensor], factors: Sequence[Tensor], height: int, width: int) -> Tensor:
    """The first columns of the product of reflections."""
    result = directions[0].builder.const(identity(height, width)[None])
    for direction, factor in zip(reversed(directions), reversed(factors), strict=True):
        result = _applied(direction, factor, result)
    return result


def _reflection(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What a column becomes, the direction (1 at its head) and the factor that make it so."""
    builder, height = x.builder, int(str(x.shape[ROWS]))
    head = part(x, (0, 1), (0, 1))
    none = zero(x)
    if height == 1:
        return head, none + 1.0, none
    below = part(x, (1, height), (0, 1))
    scale = instead_of_zero(builder.op("Max", elementwise("Abs", x), [1], keep_dims=True), 1.0)
    ratio = elementwise("RealDiv", x, scale)
    length = scale * elementwise("Sqrt", total(elementwise("Mul", ratio, ratio), ROWS))
    done = is_zero(builder.op("Max", elementwise("Abs", below), [1], keep_dims=True))
    signed = select(elementwise("Less", head, builder.const(0.0)), length, elementwise("Neg", length))
    diagonal = select(done, head, signed)
    factor = select(done, builder.const(0.0), elementwise("RealDiv", signed - head, instead_of_zero(signed, 1.0)))
    tail = elementwise("RealDiv", below, select(done, builder.const(1.0), head - signed))
    return diagonal, join([none + 1.0, tail], ROWS), factor


def _applied(direction: Tensor, factor: Tensor, x: Tensor) -> Tensor:
    """`x` after a reflection."""
    along = total(elementwise("Mul", direction, x), ROWS)
    return elementwise("Sub", x, elementwise("Mul", elementwise("Mul", factor, direction), along))


def _below(x: Tensor, height: int) -> Tensor:
    """`x` above rows of zeros."""
    pads = [[0, 0], [0, height - int(str(x.shape[ROWS]))], [0, 0]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0))


def _beside(x: Tensor, width: int) -> Tensor:
    """`x` before columns of zeros."""
    pads = [[0, 0], [0, 0], [0, width - int(str(x.shape[COLUMNS]))]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0))
