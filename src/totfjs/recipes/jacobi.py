"""Eigenvalues of symmetric matrices and singular values, by a fixed number of rounds of Jacobi rotations.

A round rotates every pair of (i, i + half) at once; then the indices move round a table, as at a tournament, so that
after `count - 1` rounds each has met each other and all are back in their places. A few such sweeps make float32
matrices diagonal. The signs of the vectors, and the phases of complex ones, are those that the rotations give.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.fields import (
    M,
    Matrix,
    as_field,
    builder_of,
    conjugate,
    divided,
    magnitude,
    partwise,
    plus,
    real_of,
    scaled,
    shape_of,
    square,
    times,
)
from totfjs.recipes.householder import qr
from totfjs.recipes.matrices import (
    COLUMNS,
    ROWS,
    adjoint,
    extent,
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
from totfjs.recipes.triangular import with_real_diagonal

MOST = 32
_SWEEPS = 8
_SMALLEST = 2.0**-125


def eigh(x: M, *, lower: bool, ordered: bool = True) -> tuple[M, Tensor]:
    """The eigenvectors and eigenvalues of Hermitian matrices, of which one triangle is read."""
    count = size(x, COLUMNS, MOST, "eigh")
    batch: Shape = shape_of(x)[:-2]
    half = np.tri(count, dtype=bool)
    triangle = masked(with_real_diagonal(stacked(x)), half if lower else half.T)
    a = plus(triangle, masked(adjoint(triangle), ~np.eye(count, dtype=bool)))
    even = count + count % 2
    a, vectors = _padded(a, even, even), _start(a, even)
    for _ in range(_rounds(even)):
        turn = _rotation(*_symmetric_parts(a))
        a, vectors = product(turn, product(a, turn), left=True), product(vectors, turn)
    values = total(masked(real_of(a), np.eye(even, dtype=bool)), ROWS)
    values, vectors = part(values, (0, 1), (0, count)), part(vectors, (0, count), (0, count))
    if ordered:
        order = _order(values, descending=False)
        values, vectors = product(values, order), _in_order(vectors, order)
    return unstacked(vectors, batch), reshape(values, (*batch, count))


def svd(x: M, *, full: bool, vectors: bool) -> tuple[M | Tensor, ...]:
    """The singular values, and with `vectors` the left and the transposed (conjugate) right singular vectors."""
    height, width = sizes(x, MOST, "SVD")
    batch: Shape = shape_of(x)[:-2]
    flat = stacked(x)
    wide = width > height
    scale = instead_of_zero(builder_of(x).op("Max", magnitude(flat), [1, 2], keep_dims=True), 1.0)
    flat = divided(flat, scale)
    a, count = (adjoint(flat), height) if wide else (flat, width)
    even = count + count % 2
    a, right = _padded(a, extent(a, ROWS), even), _start(a, even)
    for _ in range(_rounds(even)):
        turn = _rotation(*_column_parts(a))
        a, right = product(a, turn), product(right, turn)
    a, right = part(a, (0, extent(a, ROWS)), (0, count)), part(right, (0, count), (0, count))
    lengths = _lengths(a)
    order = _order(lengths, descending=True)
    values = reshape(product(lengths, order) * scale, (*batch, count))
    if not vectors:
        return (values,)
    a, right = _in_order(a, order), _in_order(right, order)
    left = _directions(a, full)
    first, second = (right, left) if wide else (left, right)
    return values, unstacked(first, batch), unstacked(adjoint(second), batch)


def _rounds(count: int) -> int:
    return (count - 1) * _SWEEPS if count > 1 else 0


def _directions(a: M, full: bool) -> M:
    """Orthogonal columns as unit vectors; where they are 0, and beyond them, any that are orthogonal to the others."""
    found, upper = qr(a, full=full)
    count, columns, height = extent(upper, COLUMNS), extent(found, COLUMNS), extent(found, ROWS)
    diagonal = total(masked(part(real_of(upper), (0, count), (0, count)), np.eye(count, dtype=bool)), ROWS)
    one = diagonal.builder.const(1.0)
    signs = select(elementwise("Less", diagonal, diagonal.builder.const(0.0)), elementwise("Neg", one), one)
    signs = signs + diagonal * 0.0
    pieces = [scaled(part(found, (0, height), (0, count)), signs)]
    if columns > count:
        pieces.append(part(found, (0, height), (count, columns)))
    return join(pieces, COLUMNS)


def _symmetric_parts(a: M) -> tuple[Tensor, Tensor, M]:
    """The diagonal elements of each pair, and the one beside them."""
    count = extent(a, COLUMNS)
    half = count // 2
    diagonal = total(masked(real_of(a), np.eye(count, dtype=bool)), ROWS)
    beside = total(masked(part(a, (0, half), (half, count)), np.eye(half, dtype=bool)), ROWS)
    return part(diagonal, (0, 1), (0, half)), part(diagonal, (0, 1), (half, count)), beside


def _column_parts(a: M) -> tuple[Tensor, Tensor, M]:
    """The squared lengths of the two columns of each pair, and their product."""
    height, count = extent(a, ROWS), extent(a, COLUMNS)
    first, second = (part(a, (0, height), half) for half in ((0, count // 2), (count // 2, count)))
    return total(square(first), ROWS), total(square(second), ROWS), total(times(conjugate(first), second), ROWS)


def _rotation(first: Tensor, second: Tensor, beside: M) -> M:
    """The rotations that make what is beside the diagonal 0, and the move to the next pairs, as one matrix.

    Where that is complex, the second of each pair is turned first, which makes it real.
    """
    if isinstance(beside, Complex):
        length = _normal(magnitude(beside))
        cosine, sine = _angle(first, second, length)
        phase = _phase(beside, length)
        return _turned(
            join([as_field(cosine, beside), scaled(phase, cosine)], COLUMNS),
            join([as_field(sine, beside), scaled(phase, elementwise("Neg", sine))], COLUMNS),
        )
    cosine, sine = _angle(first, second, beside)
    return _turned(join([cosine, cosine], COLUMNS), join([sine, elementwise("Neg", sine)], COLUMNS))


def _normal(length: Tensor) -> Tensor:
    """A length, or 0 where it is so small that it has no digits left to divide by."""
    number = length.builder.const
    return select(elementwise("Less", length, number(_SMALLEST)), number(0.0), length)


def _angle(first: Tensor, second: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
    """The cosines and sines of the rotations."""
    number = first.builder.const
    none = is_zero(beside)
    ratio = elementwise("RealDiv", second - first, select(none, number(1.0), beside * 2.0))
    root = elementwise("Sqrt", ratio * ratio + 1.0)
    signed = select(elementwise("Less", ratio, number(0.0)), ratio - root, ratio + root)
    tangent = select(none, number(0.0), elementwise("Reciprocal", signed))
    cosine = elementwise("Reciprocal", elementwise("Sqrt", tangent * tangent + 1.0))  # Rsqrt is less exact on wasm
    return cosine, tangent * cosine


def _phase(x: Complex, length: Tensor) -> Complex:
    """The conjugate divided by its length; 1 where that is 0."""
    none, number = is_zero(length), length.builder.const
    unit = divided(conjugate(x), select(none, number(1.0), length))
    return Complex(select(none, number(1.0), unit.real), unit.imag)


def _turned(kept: M, mixed: M) -> M:
    """The matrix of what each index keeps of itself, and of what the other one of its pair gives it, moved on."""
    moved, crossed = _moves(extent(kept, COLUMNS) // 2)
    number = builder_of(kept).const
    return plus(scaled(flipped(kept), number(moved)), scaled(flipped(mixed), number(crossed)))


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


def _lengths(a: Matrix) -> Tensor:
    """The lengths of the columns."""
    return elementwise("Sqrt", total(square(a), ROWS))


@partwise
def _in_order(x: Tensor, order: Tensor) -> Tensor:
    """The columns in another order."""
    return product(x, order)


def _start(like: M, count: int) -> M:
    """A one for each matrix of a stack."""
    one = builder_of(like).const(identity(count, count)[None])
    return as_field(broadcast_to(one, (shape_of(like)[0], count, count)), like)


@partwise
def _padded(x: Tensor, height: int, width: int) -> Tensor:
    pads = [[0, 0], [0, height - int(str(x.shape[ROWS]))], [0, width - int(str(x.shape[COLUMNS]))]]
    return x.builder.op("PadV2", x, np.array(pads, np.int32), x.builder.const(0.0)) if np.any(pads) else x
