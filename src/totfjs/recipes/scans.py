"""Running totals along an axis."""

from __future__ import annotations

from collections.abc import Callable

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.shapes import behind, reshape
from totfjs.recipes.slicing import reverse as turned

# The kernels of GPUs scan tensors of so many dims.
_MOST_DIMS = 4


def cumulated(op: str, x: Tensor, axis: int, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running totals by `Cumsum` or `Cumprod`, from the end where they are reversed."""
    axis %= x.rank
    plain = x.dtype is DType.FLOAT32 or x.rank < 3 or axis == x.rank - 1
    if plain and x.rank <= _MOST_DIMS:
        return _scanned(op, x, axis, exclusive, reverse)
    shape = x.shape
    before, size, after = dims.product(shape[:axis]), shape[axis], dims.product(shape[axis + 1 :])
    if after == 1:
        return reshape(_scanned(op, reshape(x, (before, size)), 1, exclusive, reverse), shape)
    if x.dtype is DType.FLOAT32:
        return reshape(_scanned(op, reshape(x, (before, size, after)), 1, exclusive, reverse), shape)
    return behind(x, axis, axis + 1, _then(op, exclusive, reverse))


def _then(op: str, exclusive: bool, reverse: bool) -> Callable[[Tensor], Tensor]:
    return lambda rows: _scanned(op, rows, 1, exclusive, reverse)


def _scanned(op: str, x: Tensor, axis: int, exclusive: bool, reverse: bool) -> Tensor:
    """What WebGPU computes from the end is wrong, therefore the tensor is turned around."""
    if reverse:
        return turned(_scanned(op, turned(x, [axis]), axis, exclusive, False), [axis])
    return x.builder.op(op, x, axis, exclusive=exclusive, reverse=False)


__all__ = ["cumulated"]
