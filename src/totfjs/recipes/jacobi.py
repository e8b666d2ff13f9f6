"""Eigenvalues of symmetric matrices and singular values, by a fixed number of rounds of Jacobi rotations.

A round rotates every pair of (i, i + half) at once; then the indices move round a table, as at a tournament, so that
after `count - 1` rounds each has met each other and all are back in their places. A few such sweeps make float32
matrices diagonal. The signs of the vectors are those that the rotations give.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.householder import qr
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    flipped,
    identity,
    instead_of_zero,
    is_zero,
    join,
    masked,
    part,
    product,
    size,
    sizes,
    stacked,
    total,
    unstacked,
)
from totfjs.recipes.shapes import broadcast_to, reshape

MOST = 32
_SWEEPS = 8


def eigh(x: Tensor, *, lower: bool, ordered: bool = True) -> tuple[Tensor, Tensor]:
    """The eigenvectors and eigenvalues of symmetric matrices, of which one triangle is read."""
    count, batch = size(x, COLUMNS, MOST, "eigh"), x.shape[:-2]
    flat = stacked(x)
    half = np.tri(count, dtype=bool)
    triangle = masked(flat, half if lower else half.T)
    a = triangle + masked(flipped(triangle), ~np.eye(count, dtype=bool))
    even = count + count % 2
    a, vectors = _padded(a, even, even), x.builder.const(identity(even, even)[None])
    for _ in range(_rounds(even)):
        turn = _rotation(*_symmetric_parts(a))
        a, vectors = product(turn, product(a, turn), left=True), product(_many(vectors, a), turn)
    values = total(masked(a, np.eye(even, dtype=bool)), ROWS)
    values, vectors = part(values, (0, 1), (0, count)), part(_many(vectors, a), (0, count), (0, count))
    if ordered:
        order = _order(values, descending=False)
        values, vectors = product(values, order), product(vectors, order)
    return unstacked(vectors, batch), reshape(values, (*batch, count))


def svd(x: Tensor, *, full: bool, vectors: bool) -> tuple[Tensor, ...]:
    """The singular values, and with `vectors` the left and the transposed right singular vectors."""
    height, width = sizes(x, MOST, "SVD")
    batch, flat = x.shape[:-2], stacked(x)
    wide = width > height
    scale = instead_of_zero(x.builder.op("Max", elementwise("Abs", flat), [1, 2], keep_dims=True), 1.0)
    flat = elementwise("RealDiv", flat, scale)
    a, count = (flipped(flat), height) if wide else (flat, width)
    even = count + count % 2
    a, right = _padded(a, int(str(a.shape[ROWS])), even), x.builder.const(identity(even, even)[None])
    for _ in range(_rounds(even)):
        turn = _rotation(*_column_parts(a))
        a, right = product(a, turn), product(_many(right, a), turn)
    a, right = part(a, (0, int(str(a.shape[ROWS]))), (0, count)), part(_many(right, a), (0, count), (0, count))
    lengths = _lengths(a)
    order = _order(lengths, descending=True)
    values = reshape(product(lengths, order) * scale, (*batch, count))
    if not vectors:
        return (values,)
    a, right = product(a, order), product(right, order)
    left = _directions(a, full)
    first, second = (right, left) if wide else (left, right)
    return values, unstacked(first, batch), unstacked(flipped(second), batch)


def _rounds(count: int) -> int:
    return (count - 1) * _SWEEPS if count > 1 else 0


def _directions(a: Tensor, full: bool) -> Tensor:
    """Orthogonal columns as unit vectors; where they are 0, and beyond them, any that are orthogonal to the others."""
    found, upper = qr(a, full=full)
    count, columns = int(str(upper.shape[COLUMNS])), int(str(found.shape[COLUMNS]))
    diagonal = total(masked(part(upper, (0, count), (0, count)), np.eye(count, dtype=bool)), ROWS)
    one = a.builder.const(1.0)
    signs = select(elementwise("Less", diagonal, a.builder.const(0.0)), elementwise("Neg", one), one)
    signs = signs + diagonal * 0.0
    height = int(str(found.shape[ROWS]))
    pieces = [part(found, (0, height), (0, count)) * signs]
    if columns > count:
        pieces.append(part(found, (0, height), (count, columns)))
    return join(pieces, COLUMNS)


def _symmetric_parts(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The diagonal elements of each pair, and the one beside them."""
    count = int(str(a.shape[COLUMNS]))
    half = count // 2
    diagonal = total(masked(a, np.eye(count, dtype=bool)), ROWS)
    beside = total(masked(part(a, (0, half), (half, count)), np.eye(half, dtype=bool)), ROWS)
    return part(diagonal, (0, 1), (0, half)), part(diagonal, (0, 1), (half, count)), beside


def _column_parts(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The squared lengths of the two columns of each pair, and their product."""
    height, count = int(str(a.shape[ROWS])), int(str(a.shape[COLUMNS]))
    first, second = (part(a, (0, height), half) for half in ((0, count // 2), (count // 2, count)))
    squares = total(first * first, ROWS), total(second * second, ROWS)
    return *squares, total(first * second, ROWS)


def _rotation(first: Tensor, second: Tensor, beside: Tensor) -> Tensor:
    """The rotations that make what is beside the diagonal 0, and the move to the next pairs, as one matrix."""
    builder, half = first.builder, int(str(first.shape[COLUMNS]))
    none = is_zero(beside)
    ratio = elementwise("RealDiv", second - first, select(none, builder.const(1.0), beside * 2.0))
    root = elementwise("Sqrt", ratio * ratio + 1.0)
    signed = select(elementwise("Less", ratio, builder.const(0.0)), ratio - root, ratio + root)
    tangent = select(none, builder.const(0.0), elementwise("Reciprocal", signed))
    cosine = elementwise("Reciprocal", elementwise("Sqrt", tangent * tangent + 1.0))  # Rsqrt is less exact on wasm
    sine = tangent * cosine
    moved, crossed = _moves(half)
    kept = flipped(join([cosine, cosine], COLUMNS))
    mixed = flipped(join([sine, elementwise("Neg", sine)], COLUMNS))
    return kept * builder.const(moved) + mixed * builder.const(crossed)


def _moves(half: int) -> tuple[np.ndarray, np.ndarray]:
    """The next places at the table: of each index, and of the other one of its pair."""
    table = [*range(half), *range(2 * half - 1, half - 1, -1)]
    after = [table[0], table[-1], *table[1:-1]]
    order = [after[place] for place in (*range(half), *range(2 * half - 1, half - 1, -1))]
    moved = identity(2 * half, 2 * half)[:, order]
    return moved, np.roll(moved, half, axis=0)


def _order(values: Tensor, *, descending: bool) -> Tensor:
    """The matrix that sorts columns by values, without a choice that data would decide."""
    count = int(str(values.shape[COLUMNS]))
    other = flipped(values)
    before = elementwise("Greater" if descending else "Less", other, values)
    earlier = np.triu(np.ones((count, count), bool), 1)
    tied = elementwise("LogicalAnd", elementwise("Equal", other, values), values.builder.const(earlier[None]))
    rank = total(elementwise("Cast", elementwise("LogicalOr", before, tied), DstT=values.dtype), ROWS)
    places = values.builder.const(np.arange(count, dtype=np.float32))
    return elementwise("Cast", elementwise("Equal", flipped(rank), places), DstT=values.dtype)


def _lengths(a: Tensor) -> Tensor:
    """The lengths of the columns."""
    return elementwise("Sqrt", total(a * a, ROWS))


def _padded(x: Tensor, height: int, width: int) -> Tensor:
    pads = [[0, 0], [0, height - int(str(x.shape[ROWS]))], [0, width - int(str(x.shape[COLUMNS]))]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0)) if np.any(pads) else x


def _many(x: Tensor, like: Tensor) -> Tensor:
    """`x` for each matrix of a stack: products take as many on both sides."""
    return broadcast_to(x, (like.shape[0], *x.shape[1:])) if x.shape[0] == 1 else x
