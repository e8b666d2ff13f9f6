"""Diagonals of matrices: made into them, taken out of them, written into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import dim_value, expand, reshape
from totfjs.recipes.slicing import take
from totfjs.sources.tensorflow.ops.filling import eye
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import moving, none, whole
from totfjs.sources.tensorflow.ops.shapes import broadcast
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


@dataclass(frozen=True)
class Band:
    """The diagonals from `low` to `high` of matrices, and on which side the shorter ones are filled up."""

    rows: int
    columns: int
    low: int
    high: int
    align: str = "LEFT_LEFT"

    @property
    def longest(self) -> int:
        """The elements of the longest diagonal."""
        return max(min(self.rows + min(self.high, 0), self.columns - max(self.low, 0)), 0)

    @property
    def count(self) -> int:
        """The number of diagonals."""
        return self.high - self.low + 1

    def places(self) -> Iterator[tuple[int, int, int, int]]:
        """For each element: the row and the column of the matrix, the number of its diagonal, the place in that."""
        upper, lower = self.align.split("_")
        for number, at in enumerate(range(self.high, self.low - 1, -1)):
            length = max(min(self.rows + min(at, 0), self.columns - max(at, 0)), 0)
            left = (at >= 0 and upper == "LEFT") or (at <= 0 and lower == "LEFT")
            first = 0 if left else self.longest - length
            for step in range(length):
                yield step - min(at, 0), step + max(at, 0), number, first + step

    def in_matrix(self) -> np.ndarray:
        """For each place of the matrix the place among the diagonals, or -1."""
        found = np.full((self.rows, self.columns), -1, np.int32)
        for row, column, number, place in self.places():
            found[row, column] = number * self.longest + place
        return found

    def in_diagonals(self) -> np.ndarray:
        """For each place of the diagonals the place in the matrix, or -1."""
        found = np.full((self.count, self.longest), -1, np.int32)
        for row, column, number, place in self.places():
            found[number, place] = row * self.columns + column
        return found


def _range_of(use: Use, index: int) -> tuple[int, int]:
    if len(use) <= index:
        return 0, 0
    found = use.integers(index, "the number of the diagonal")
    if len(found) > 2 or found[0] > found[-1]:
        raise OpError(f"{found} are no diagonals")
    return found[0], found[-1]


def _align(use: Use) -> str:
    return use.text("align", b"RIGHT_LEFT") if use.node.op.endswith("V3") else "LEFT_LEFT"


def _chosen(x: Tensor, places: np.ndarray, other: Tensor) -> Tensor:
    """The elements of the flat last dim at places, and another value where there is none."""
    builder, shape = x.builder, (*x.shape[:-1], *places.shape)
    if x.shape[-1] == 0 or 0 in places.shape:
        return broadcast(other, shape)
    found = take(x, builder.const(np.maximum(places, 0)), x.rank - 1)
    return found if (places >= 0).all() else select(builder.const(places >= 0), found, other)


def _matrix_diag(use: Use, x: Tensor) -> Tensor:
    low, high = _range_of(use, 1)
    several = low != high
    sizes = (
        use.integers(2, "the number of rows") + use.integers(3, "the number of columns") if len(use) > 3 else [-1, -1]
    )
    padding = _padding(use, 4, x)
    if not isinstance(x.shape[-1], int):
        return _square(use, x, padding, (low, high, *sizes))
    longest = x.shape[-1]
    least = longest - min(high, 0), longest + max(low, 0)
    if sizes == [-1, -1]:
        sizes = [max(least)] * 2
    rows, columns = (size if size != -1 else fewest for size, fewest in zip(sizes, least, strict=True))
    band = Band(rows, columns, low, high, _align(use))
    if band.longest != longest or (several and x.shape[-2] != band.count):
        raise OpError(f"diagonals of shape {list(x.shape)} do not fill matrices of {rows} rows and {columns} columns")
    flat = reshape(x, (*x.shape[:-2], band.count * longest)) if several else x
    return _chosen(flat, band.in_matrix(), padding)


def _padding(use: Use, index: int, x: Tensor) -> Tensor:
    """What stands outside of the diagonals: 0 where nothing else is said."""
    known = use.known(index) if len(use) > index else np.zeros(())
    return none(x) if known is not None and not known.any() else use.tensor(index)


def _square(use: Use, x: Tensor, padding: Tensor, how: tuple[int, ...]) -> Tensor:
    """A matrix with a diagonal of unknown length."""
    if how != (0, 0, -1, -1):
        raise OpError("the length of the diagonals has to be known")
    size = x.shape[-1]
    return select(eye(use, size, size), reshape(x, (*x.shape[:-1], 1, size)), padding)


def _matrix_diag_part(use: Use, x: Tensor) -> Tensor:
    low, high = _range_of(use, 1)
    padding = _padding(use, 2, x)
    band = Band(*_size(x), low, high, _align(use))
    found = _chosen(_flat(x), band.in_diagonals(), padding)
    return found if low != high else reshape(found, (*x.shape[:-2], band.longest))


def _matrix_set_diag(use: Use) -> Operand:
    x, diagonal = whole(use, 0), whole(use, 1)
    if isinstance(x, Tensor) and isinstance(diagonal, Tensor):
        return _written(use, x, diagonal)
    return type(x)(*(_written(use, a, b) for a, b in zip(x, diagonal, strict=True)))  # type: ignore[arg-type]


def _written(use: Use, x: Tensor, diagonal: Tensor) -> Tensor:
    low, high = _range_of(use, 2)
    band = Band(*_size(x), low, high, _align(use))
    several = low != high
    if diagonal.shape[-1] != band.longest or (several and diagonal.shape[-2] != band.count):
        raise OpError(f"diagonals of shape {list(diagonal.shape)} do not fit {list(x.shape)}")
    flat = reshape(diagonal, (*diagonal.shape[:-2], band.count * band.longest)) if several else diagonal
    return _chosen(flat, band.in_matrix(), x)


def _size(x: Tensor) -> tuple[int, int]:
    rows, columns = x.shape[-2:]
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise OpError("the numbers of rows and columns have to be known")
    return rows, columns


def _flat(x: Tensor) -> Tensor:
    return reshape(x, (*x.shape[:-2], dims.product(x.shape[-2:])))


def _diag(use: Use, x: Tensor) -> Tensor:
    """A diagonal of as many dims as the operand has, twice over."""
    size = dims.product(x.shape)
    flat = reshape(x, (1, size))
    return reshape(select(eye(use, size, size), flat, none(x)), (*x.shape, *x.shape))


def _diag_part(use: Use, x: Tensor) -> Tensor:
    half = x.shape[: x.rank // 2]
    if x.rank % 2 or x.shape[x.rank // 2 :] != half:
        raise OpError(f"{list(x.shape)} is no square")
    size = dims.product(half)
    places = iota(use.builder, size) * dim_value(use.builder, size + 1)
    if size == 0:
        return reshape(x, half)
    return reshape(take(reshape(x, (dims.product((size, size)),)), places, 0), half)


def _band_part(use: Use, x: Tensor) -> Tensor:
    """What lies within so many diagonals below and above; a negative number is all of them."""
    bounds = [use.known(index) for index in (1, 2)]
    rows, columns = x.shape[-2:]
    if isinstance(rows, int) and isinstance(columns, int) and bounds[0] is not None and bounds[1] is not None:
        below = np.arange(rows)[:, None] - np.arange(columns)
        lower, upper = (int(bound) for bound in bounds if bound is not None)
        inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
        return x if inside.all() else select(use.builder.const(inside), x, none(x))
    down, across = expand(iota(use.builder, rows), [0], 2), expand(iota(use.builder, columns), [1], 2)
    first = _within(elementwise("Sub", down, across), use.tensor(1))
    return select(
        elementwise("LogicalAnd", first, _within(elementwise("Sub", across, down), use.tensor(2))), x, none(x)
    )


def _within(distance: Tensor, bound: Tensor) -> Tensor:
    bound = reshape(bound, ())
    return elementwise(
        "LogicalOr", elementwise("LessEqual", distance, bound), elementwise("Less", bound, bound.builder.like(bound, 0))
    )


OPS: dict[str, Row] = {
    "Diag": moving(_diag),
    "DiagPart": moving(_diag_part),
    "MatrixBandPart": moving(_band_part),
    **{f"MatrixDiag{version}": moving(_matrix_diag) for version in ("", "V2", "V3")},
    **{f"MatrixDiagPart{version}": moving(_matrix_diag_part) for version in ("", "V2", "V3")},
    **{f"MatrixSetDiag{version}": Op(_matrix_set_diag, integers=True, complex=True) for version in ("", "V2", "V3")},
}
