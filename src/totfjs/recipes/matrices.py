"""Stacks of matrices as the factorizations see them: one batch dim, rows, columns; and how to cut and join them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import slice_axes

ROWS, COLUMNS = -2, -1


def stacked(x: Tensor, core: int = 2) -> Tensor:
    """All dims but the last `core` ones as one."""
    return reshape(x, (dims.product(x.shape[: x.rank - core]), *x.shape[x.rank - core :]))


def unstacked(x: Tensor, batch: Shape) -> Tensor:
    """The dims that `stacked` merged."""
    return reshape(x, (*batch, *x.shape[1:]))


def size(x: Tensor, axis: int, most: int, what: str) -> int:
    """The number of rows or columns; raises OpError when it is not known, or more than is unrolled."""
    count = x.shape[axis]
    if not isinstance(count, int):
        raise OpError(f"the size of the matrices is dynamic: {what} takes matrices of a fixed size")
    if count > most:
        raise OpError(f"the matrices have {count} rows or columns: {what} is unrolled, for at most {most}")
    return count


def sizes(x: Tensor, most: int, what: str) -> tuple[int, int]:
    """The numbers of rows and columns; raises OpError when they are not known, or both are more than is unrolled."""
    rows, columns = x.shape[-2:]
    if isinstance(rows, int) and isinstance(columns, int) and min(rows, columns) <= most:
        return rows, columns
    return size(x, ROWS, most, what), size(x, COLUMNS, most, what)


def part(x: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    """The rows and columns from the first to before the second."""
    return slice_axes(x, [0, rows[0], columns[0]], [x.shape[0], rows[1], columns[1]])


def column(x: Tensor, index: int, first: int = 0) -> Tensor:
    """A column, from its element `first` on, as a matrix."""
    return part(x, (first, int(str(x.shape[ROWS]))), (index, index + 1))


def line(x: Tensor, index: int, first: int = 0) -> Tensor:
    """A row, from its element `first` on, as a matrix."""
    return part(x, (index, index + 1), (first, int(str(x.shape[COLUMNS]))))


def join(parts: Sequence[Tensor], axis: int) -> Tensor:
    """Matrices beside (`COLUMNS`) or below (`ROWS`) each other; those without elements add nothing."""
    kept = [item for item in parts if 0 not in item.shape[1:]] or list(parts[:1])
    return kept[0] if len(kept) == 1 else kept[0].builder.op("ConcatV2", *kept, axis % kept[0].rank)


def lowered(x: Tensor, before: int, axis: int = ROWS) -> Tensor:
    """`x` below `before` rows (or columns) of zeros."""
    if not before:
        return x
    pads = np.zeros((x.rank, 2), np.int32)
    pads[axis, 0] = before
    return x.builder.op("PadV2", x, pads, x.builder.const(0, x.dtype))


def flipped(x: Tensor) -> Tensor:
    """The matrices transposed."""
    return transpose(x, [0, 2, 1])


def masked(x: Tensor, mask: np.ndarray) -> Tensor:
    """`x` where the mask holds, else 0, whatever `x` is there."""
    return select(x.builder.const(mask), x, x.builder.const(0, x.dtype))


def total(x: Tensor, axis: int) -> Tensor:
    """The sum along rows or columns, which stay as one."""
    return x.builder.op("Sum", x, [axis % x.rank], keep_dims=True)


def product(a: Tensor, b: Tensor, *, left: bool = False) -> Tensor:
    """The product of matrices, the first one transposed if `left`."""
    return a.builder.op("BatchMatMulV2", a, b, adj_x=left)


def is_zero(x: Tensor) -> Tensor:
    """Where `x` is 0."""
    return elementwise("Equal", x, x.builder.const(0, x.dtype))


def instead_of_zero(x: Tensor, value: float) -> Tensor:
    """`x` with a value in place of zeros."""
    return select(is_zero(x), x.builder.const(value, x.dtype), x)


def identity(rows: int, columns: int) -> np.ndarray:
    """Ones on the diagonal."""
    return np.eye(rows, columns, dtype=DType.FLOAT32.numpy)


def zero(x: Tensor) -> Tensor:
    """A 0 for each matrix."""
    return masked(part(x, (0, 1), (0, 1)), np.zeros((1, 1), bool))
