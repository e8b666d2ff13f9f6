"""Products of tensors over any axes, as 2-D MatMul where there is no batch and BatchMatMulV2 where there is."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.integers import multiply
from totfjs.recipes.shapes import broadcast_to, expand, reshape, transpose


def dot(
    a: Tensor, b: Tensor, contract: tuple[Sequence[int], Sequence[int]], batch: tuple[Sequence[int], Sequence[int]]
) -> Tensor:
    """Sums over the contracted axes; the result has the batch axes, then what is left of `a`, then of `b`."""
    free = _free(a, contract[0], batch[0]), _free(b, contract[1], batch[1])
    sizes = tuple(a.shape[axis] for axis in contract[0])
    shape = (
        *(a.shape[axis] for axis in batch[0]),
        *(a.shape[axis] for axis in free[0]),
        *(b.shape[axis] for axis in free[1]),
    )
    if 0 in sizes:
        return broadcast_to(a.builder.like(a, 0), shape)
    if not contract[0]:
        return _outer(a, b, batch, free)
    contract = _best_order(a, b, contract)
    if a.dtype is not DType.FLOAT32:
        return _integer(a, b, contract, batch, free)
    left = _matrix(a, batch[0], free[0], contract[0])
    right = _matrix(b, batch[1], contract[1], free[1])
    return reshape(a.builder.op(_product_of(left, right, len(batch[0])), left, right), shape)


def _product_of(left: Tensor, right: Tensor, batch: int) -> str:
    """The op for matrices; the second version, which broadcasts, cannot tell whether dims of two names are equal."""
    return "MatMul" if not batch else "BatchMatMulV2" if left.shape[:batch] == right.shape[:batch] else "BatchMatMul"


def _free(x: Tensor, over: Sequence[int], shared: Sequence[int]) -> list[int]:
    return [axis for axis in range(x.rank) if axis not in (*over, *shared)]


def _best_order(a: Tensor, b: Tensor, contract: tuple[Sequence[int], Sequence[int]]) -> tuple[list[int], list[int]]:
    """The contracted axes in the order of the operand that is not a constant: constants are transposed for free."""
    pairs = sorted(
        zip(*contract, strict=True), key=lambda pair: pair[0] if a.array is None or b.array is not None else pair[1]
    )
    return [int(left) for left, _ in pairs], [int(right) for _, right in pairs]


def _matrix(x: Tensor, batch: Sequence[int], rows: Sequence[int], columns: Sequence[int]) -> Tensor:
    """`x` as (stacked) matrices: batch axes first and apart, the others merged."""
    moved = transpose(x, [*batch, *rows, *columns])
    shape = (
        *(x.shape[axis] for axis in batch),
        dims.product(x.shape[axis] for axis in rows),
        dims.product(x.shape[axis] for axis in columns),
    )
    return reshape(moved, shape)


def _outer(
    a: Tensor, b: Tensor, batch: tuple[Sequence[int], Sequence[int]], free: tuple[list[int], list[int]]
) -> Tensor:
    """A product without a sum."""
    rank, count = len(batch[0]) + len(free[0]) + len(free[1]), len(batch[0]) + len(free[0])
    left = expand(transpose(a, [*batch[0], *free[0]]), range(count), rank)
    places = [*range(len(batch[0])), *range(count, rank)]
    return left * expand(transpose(b, [*batch[1], *free[1]]), places, rank)


def _integer(
    a: Tensor,
    b: Tensor,
    contract: tuple[Sequence[int], Sequence[int]],
    batch: tuple[Sequence[int], Sequence[int]],
    free: tuple[list[int], list[int]],
) -> Tensor:
    """Products and a sum, for there is no integer MatMul everywhere."""
    before, over = len(batch[0]) + len(free[0]), len(contract[0])
    rank = before + len(free[1]) + over
    left = transpose(a, [*batch[0], *free[0], *contract[0]])
    right = transpose(b, [*batch[1], *free[1], *contract[1]])
    shared = range(rank - over, rank)
    left = expand(left, [*range(before), *shared], rank)
    right = expand(right, [*range(len(batch[0])), *range(before, rank - over), *shared], rank)
    return a.builder.op("Sum", multiply(left, right), list(shared))
