"""Stacks of matrices, real or complex, as the factorizations see them: one batch dim, rows, columns; cut and joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.fields import M, Matrix, conjugate, partwise, real_of, shape_of
from totfjs.recipes.reductions import reduced
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import slice_axes

ROWS, COLUMNS = -2, -1


@partwise
def stacked(x: Tensor, core: int = 2) -> Tensor:
    """All dims but the last `core` ones as one."""
    return reshape(x, (dims.product(x.shape[: x.rank - core]), *x.shape[x.rank - core :]))


@partwise
def unstacked(x: Tensor, batch: Shape) -> Tensor:
    """The dims that `stacked` merged."""
    return reshape(x, (*batch, *x.shape[1:]))


def size(x: Matrix, axis: int, most: int, what: str) -> int:
    """The number of rows or columns; raises OpError when it is not known, or more than is unrolled."""
    count = shape_of(x)[axis]
    if not isinstance(count, int):
        raise OpError(f"the size of the matrices is dynamic: {what} takes matrices of a fixed size")
    if count > most:
        raise OpError(f"the matrices have {count} rows or columns: {what} is unrolled, for at most {most}")
    return count


def sizes(x: Matrix, most: int, what: str) -> tuple[int, int]:
    """The numbers of rows and columns; raises OpError when they are not known, or both are more than is unrolled."""
    rows, columns = shape_of(x)[-2:]
    if isinstance(rows, int) and isinstance(columns, int) and min(rows, columns) <= most:
        return rows, columns
    return size(x, ROWS, most, what), size(x, COLUMNS, most, what)


@partwise
def part(x: Tensor, rows: tuple[int, Size], columns: tuple[int, Size]) -> Tensor:
    """The rows and columns from the first to before the second."""
    return slice_axes(x, [0, rows[0], columns[0]], [x.shape[0], rows[1], columns[1]])


def column(x: M, index: int, first: int = 0) -> M:
    """A column, from its element `first` on, as a matrix."""
    return part(x, (first, shape_of(x)[ROWS]), (index, index + 1))


def line(x: M, index: int, first: int = 0) -> M:
    """A row, from its element `first` on, as a matrix."""
    return part(x, (index, index + 1), (first, shape_of(x)[COLUMNS]))


def extent(x: Matrix, axis: int) -> int:
    """The number of rows or columns, which is known."""
    return int(str(shape_of(x)[axis]))


def join(parts: Sequence[M], axis: int) -> M:
    """Matrices beside (`COLUMNS`) or below (`ROWS`) each other; those without elements add nothing."""
    first = parts[0]
    if isinstance(first, Complex):
        return Complex(join([item.real for item in parts], axis), join([item.imag for item in parts], axis))
    kept = [item for item in parts if 0 not in item.shape[1:]] or list(parts[:1])
    return kept[0] if len(kept) == 1 else kept[0].builder.op("ConcatV2", *kept, axis % kept[0].rank)


@partwise
def lowered(x: Tensor, before: int, axis: int = ROWS) -> Tensor:
    """`x` below `before` rows (or columns) of zeros."""
    if not before:
        return x
    pads = np.zeros((x.rank, 2), np.int32)
    pads[axis, 0] = before
    return x.builder.op("PadV2", x, pads, x.builder.const(0, x.dtype))


@partwise
def flipped(x: Tensor) -> Tensor:
    """The matrices transposed."""
    return transpose(x, [0, 2, 1])


@partwise
def masked(x: Tensor, mask: np.ndarray) -> Tensor:
    """`x` where the mask holds, else 0, whatever `x` is there."""
    return select(x.builder.const(mask), x, x.builder.const(0, x.dtype))


@partwise
def total(x: Tensor, axis: int) -> Tensor:
    """The sum along rows or columns, which stay as one."""
    return reduced("Sum", x, [axis], keep_dims=True)


def adjoint(x: M) -> M:
    """The matrices transposed, of conjugates."""
    return conjugate(flipped(x))


def product(a: Matrix, b: M, *, left: bool = False) -> M:
    """The product of matrices, the first one transposed and conjugate if `left`."""
    if isinstance(b, Tensor):
        assert isinstance(a, Tensor)
        return a.builder.op("BatchMatMulV2", a, b, adj_x=left)
    if isinstance(a, Tensor):
        return Complex(product(a, b.real, left=left), product(a, b.imag, left=left))
    (first, second), (third, fourth) = (
        [product(own, other, left=left) for own, other in zip(a, pair, strict=True)]
        for pair in ((b.real, b.imag), (b.imag, b.real))
    )
    real = first + second if left else first - second
    return Complex(real, third - fourth if left else third + fourth)


def is_zero(x: Tensor) -> Tensor:
    """Where `x` is 0."""
    return elementwise("Equal", x, x.builder.const(0, x.dtype))


def instead_of_zero(x: Tensor, value: float) -> Tensor:
    """`x` with a value in place of zeros."""
    return select(is_zero(x), x.builder.const(value, x.dtype), x)


def identity(rows: int, columns: int) -> np.ndarray:
    """Ones on the diagonal."""
    return np.eye(rows, columns, dtype=DType.FLOAT32.numpy)


def zero(x: Matrix) -> Tensor:
    """A 0 for each matrix."""
    return masked(part(real_of(x), (0, 1), (0, 1)), np.zeros((1, 1), bool))
