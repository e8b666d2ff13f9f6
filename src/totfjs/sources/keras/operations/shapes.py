"""Other shapes of the same numbers: reshaped, joined, cut, repeated, padded, turned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import slicing
from totfjs.recipes.elementwise import constant, elementwise
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.numbers import (
    axes_of,
    cast,
    converted,
    dtype_named,
    known,
    place,
    promoted,
    whole,
)


def size_of(value: Any) -> Size:
    """A size, which may be computed from the shapes of tensors."""
    if not isinstance(value, Tensor):
        return whole(value.item() if isinstance(value, np.generic) else value)
    held = constant(value)
    if held is not None and held.size == 1:
        return int(held.reshape(-1)[0])
    sizes = value.builder.operand(value).sizes
    if sizes is None or len(sizes) != 1:
        raise OpError("a size has to follow from the shapes of the model's inputs")
    return sizes[0]


def sizes_of(value: Any) -> list[Size]:
    """Sizes: a list of numbers and tensors, or one tensor."""
    if isinstance(value, list | tuple):
        return [size_of(item) for item in value]
    if not isinstance(value, Tensor) or value.rank == 0:
        return [size_of(value)]
    held, sizes = constant(value), value.builder.operand(value).sizes
    if held is not None:
        return [int(item) for item in held]
    if sizes is None:
        raise OpError("a shape has to follow from the shapes of the model's inputs")
    return list(sizes)


def reshaped(x: Tensor, newshape: Any) -> Tensor:
    """Another shape; one size may be -1."""
    sizes = sizes_of(newshape)
    if -1 in sizes:
        rest = dims.product(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = dims.floordiv(dims.product(x.shape), rest) if rest != 0 else 0
    return reshape(x, tuple(sizes))


def transposed(x: Tensor, axes: Any = None) -> Tensor:
    """Axes in another order: backwards unless told otherwise."""
    order = list(range(x.rank))[::-1] if axes is None else [place(axis, x.rank) for axis in axes]
    return transpose(x, order)


def swapped(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged."""
    order, first, second = list(range(x.rank)), place(axis1, x.rank), place(axis2, x.rank)
    order[first], order[second] = second, first
    return transpose(x, order)


def moved(x: Tensor, source: Any, destination: Any) -> Tensor:
    """Axes brought to other places."""
    listed = [item if isinstance(item, list | tuple) else [item] for item in (source, destination)]
    pairs = sorted((place(to, x.rank), place(axis, x.rank)) for axis, to in zip(*listed, strict=True))
    order = [axis for axis in range(x.rank) if axis not in [item for _, item in pairs]]
    for to, axis in pairs:
        order.insert(to, axis)
    return transpose(x, order)


def expanded(x: Tensor, axis: Any) -> Tensor:
    """Dims of size 1 at places of the result."""
    listed = list(axis) if isinstance(axis, list | tuple) else [axis]
    rank = x.rank + len(listed)
    places = [place(item, rank) for item in listed]
    rest = iter(x.shape)
    return reshape(x, tuple(1 if index in places else next(rest) for index in range(rank)))


def squeezed(x: Tensor, axis: Any = None) -> Tensor:
    """Without dims of size 1: all of them unless told otherwise."""
    axes = [index for index, size in enumerate(x.shape) if size == 1] if axis is None else axes_of(x, axis)
    if any(isinstance(x.shape[index], int) and x.shape[index] != 1 for index in axes):
        raise OpError(f"an axis of {axis} is not of size 1")
    return reshape(x, tuple(size for index, size in enumerate(x.shape) if index not in axes))


def flat(x: Tensor) -> Tensor:
    """One axis."""
    return reshape(x, (dims.product(x.shape),))


def joined(xs: Sequence[Any], axis: Any = 0) -> Tensor:
    """Tensors one after the other along an axis."""
    parts = promoted(*xs)
    if axis is None:
        parts, axis = [flat(x) for x in parts], 0
    along = place(axis, parts[0].rank)
    if len(parts) == 1:
        return parts[0]
    if parts[0].dtype is DType.BOOL:
        return converted(joined([converted(x, DType.INT32) for x in parts], axis), DType.BOOL)
    return parts[0].builder.op("ConcatV2", *parts, along)


def stacked(x: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors along a new axis."""
    return joined([expanded(item, axis) for item in promoted(*x)], axis)


def _at_least(rank: int, x: Tensor) -> Tensor:
    """Two dims have the numbers in the last; three, in the middle."""
    if x.rank >= rank:
        return x
    if rank == 1:
        return reshape(x, (1,))
    if rank == 2:
        return reshape(x, (1, *(x.shape or (1,))))
    return reshape(x, (*x.shape, 1)) if x.rank == 2 else reshape(x, (1, *(x.shape or (1,)), 1))


def joined_across(rank: int, axis: int) -> Function:
    """numpy's hstack, vstack and dstack."""

    def function(xs: Sequence[Any]) -> Tensor:
        parts = [_at_least(rank, x) for x in promoted(*xs)]
        return joined(parts, 0 if parts[0].rank == 1 else axis)

    return function


def split(x: Tensor, indices_or_sections: Any, axis: int = 0, uneven: bool = False) -> list[Tensor]:
    """Parts along an axis: as many as told, or cut at places."""
    along = place(axis, x.rank)
    size = known(x, along)
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if size % count and not uneven:
            raise OpError(f"{size} cannot be split into {count} equal parts")
        sizes = [size // count + (index < size % count) for index in range(count)]
        cuts = [0, *np.cumsum(sizes).tolist()]
    else:
        sizes_given = [int(item) for item in sizes_of(indices_or_sections)]  # type: ignore[arg-type]
        cuts = [0, *(max(0, min(size, item + size if item < 0 else item)) for item in sizes_given), size]
    return [part(x, along, begin, max(begin, end)) for begin, end in pairwise(cuts)]


def part(x: Tensor, axis: int, start: Size, stop: Size) -> Tensor:
    """A stretch of an axis."""
    starts: list[Size] = [start if index == axis else 0 for index in range(x.rank)]
    return slice_axes(x, starts, [stop if index == axis else size for index, size in enumerate(x.shape)])


def unstacked(x: Tensor, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The slices of an axis."""
    along = place(axis, x.rank)
    return [squeezed(item, along) for item in split(x, known(x, along), along)]


def tiled(x: Tensor, repeats: Any) -> Tensor:
    """The whole, repeated along axes."""
    times = sizes_of(repeats)
    rank = max(x.rank, len(times))
    times = [*[1] * (rank - len(times)), *times]
    x = reshape(x, (*([1] * (rank - x.rank)), *x.shape))
    for axis, count in enumerate(times):
        if count != 1:
            wide = reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
            wide = broadcast_to(wide, (*x.shape[:axis], count, *x.shape[axis:]))
            x = reshape(wide, (*x.shape[:axis], x.shape[axis] * count, *x.shape[axis + 1 :]))
    return x


def repeated(x: Tensor, repeats: Any, axis: Any = None) -> Tensor:
    """Each element, repeated along an axis."""
    x, along = (flat(x), 0) if axis is None else (x, place(axis, x.rank))
    times = sizes_of(repeats)
    if len(times) > 1:
        places = np.repeat(np.arange(known(x, along), dtype=np.int32), np.array(times, np.int64))
        return _taken(x, places, along)
    wide = broadcast_to(
        reshape(x, (*x.shape[: along + 1], 1, *x.shape[along + 1 :])),
        (*x.shape[: along + 1], times[0], *x.shape[along + 1 :]),
    )
    return reshape(wide, (*x.shape[:along], x.shape[along] * times[0], *x.shape[along + 1 :]))


def _taken(x: Tensor, places: np.ndarray, axis: int) -> Tensor:
    if x.dtype is DType.BOOL:
        return converted(_taken(converted(x, DType.INT32), places, axis), DType.BOOL)
    return slicing.take(x, x.builder.const(places), axis)


def broadcast(x: Tensor, shape: Any) -> Tensor:
    """Dims of size 1 repeated to fill a shape."""
    sizes = sizes_of(shape)
    own = [1] * (len(sizes) - x.rank) + list(x.shape)
    return broadcast_to(x, tuple(have if want == -1 else want for have, want in zip(own, sizes, strict=True)))


def flipped(x: Tensor, axis: Any = None) -> Tensor:
    """Backwards along axes."""
    if x.dtype is DType.BOOL:
        return converted(flipped(converted(x, DType.INT32), axis), DType.BOOL)
    return slicing.reverse(x, axes_of(x, axis))


def rolled(x: Tensor, shift: Any, axis: Any = None) -> Tensor:
    """Moved along axes; what leaves at the end enters at the start."""
    if axis is None:
        return reshape(rolled(flat(x), shift, 0), x.shape)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    shifts = list(shift) if isinstance(shift, list | tuple) else [shift] * len(axes)
    for count, item in zip(shifts, axes, strict=True):
        along = place(item, x.rank)
        size = x.shape[along]
        if size in (0, 1):
            continue
        if isinstance(size, int):
            cut: Size = (-whole(count)) % size
        else:
            cut = dims.modulo(size - whole(count), size)
        if cut != 0:
            x = joined([part(x, along, cut, size), part(x, along, 0, cut)], along)
    return x


def turned(array: Tensor, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    """Turned by right angles."""
    first, second = (place(axis, array.rank) for axis in axes)
    match k % 4:
        case 1:
            return swapped(flipped(array, second), first, second)
        case 2:
            return flipped(flipped(array, first), second)
        case 3:
            return flipped(swapped(array, first, second), second)
    return array


def padded(x: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """More before and after: a number, what is at the edge, or what is reflected there."""
    widths = _widths(pad_width, x.rank)
    if mode == "constant":
        value = promoted(x, 0 if constant_values is None else constant_values)[1]
        filler = converted(value, x.dtype)
        return slicing.pad(x, filler, [low for low, _ in widths], [high for _, high in widths], [0] * x.rank)
    for axis, (low, high) in enumerate(widths):
        if low or high:
            places = np.pad(np.arange(known(x, axis), dtype=np.int32), (low, high), _MODES.get(mode, mode))
            x = _taken(x, places, axis)
    return x


_MODES: dict[str, Any] = {"reflect": "reflect", "symmetric": "symmetric", "edge": "edge", "wrap": "wrap"}


def _widths(value: Any, rank: int) -> list[tuple[int, int]]:
    if isinstance(value, Tensor):
        held = constant(value)
        value = None if held is None else held.tolist()
    array = np.asarray(value)
    if array.dtype.kind != "i":
        raise OpError("what is padded has to be known when the model is converted")
    return [(int(low), int(high)) for low, high in np.broadcast_to(array, (rank, 2))]


def filled(value: float) -> Function:
    """As many numbers as another tensor has, all alike."""

    def function(x: Tensor, dtype: Any = None) -> Tensor:
        kind = x.dtype if dtype is None else dtype_named(dtype)
        return broadcast_to(x.builder.const(value, kind), x.shape)

    return function


def filled_like(x: Tensor, fill_value: Any, dtype: Any = None) -> Tensor:
    """As many numbers as another tensor has, all the same one."""
    value = promoted(x, fill_value)[1]
    return broadcast_to(converted(value, x.dtype) if dtype is None else cast(value, dtype), x.shape)


def full(fill_value: Any, shape: Any, dtype: Any = None) -> Tensor:
    """A shape filled with one number."""
    (value,) = promoted(fill_value)
    return broadcast_to(cast(value, dtype or "float32"), tuple(sizes_of(shape)))


def grid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid, from those of its axes."""
    parts = [flat(item) for item in x]
    shape = tuple(item.shape[0] for item in parts)
    result = []
    for index, item in enumerate(parts):
        wide = reshape(item, tuple(item.shape[0] if axis == index else 1 for axis in range(len(parts))))
        whole_grid = broadcast_to(wide, shape)
        result.append(swapped(whole_grid, 0, 1) if indexing == "xy" and len(parts) > 1 else whole_grid)
    return result


def band(x: Tensor, keep: np.ndarray) -> Tensor:
    """The elements of matrices where a mask holds, 0 elsewhere."""
    if x.dtype is DType.BOOL:
        return elementwise("LogicalAnd", x, x.builder.const(keep))
    mask = x.builder.const(keep)
    return elementwise("SelectV2", mask, x, x.builder.like(x, 0))


def triangle(lower: bool) -> Function:
    """What is on one side of a diagonal."""

    def function(x: Tensor, k: int = 0) -> Tensor:
        if x.rank < 2:
            raise OpError("a triangle takes at least two dims")
        rows, columns = known(x, x.rank - 2), known(x, x.rank - 1)
        keep = np.tri(rows, columns, k, dtype=bool) if lower else ~np.tri(rows, columns, k - 1, dtype=bool)
        return band(x, keep)

    return function


def diagonal(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of two axes, as the last axis."""
    x = moved(x, [axis1, axis2], [-2, -1])
    rows, columns = known(x, x.rank - 2), known(x, x.rank - 1)
    places = np.diagonal(np.arange(rows * columns, dtype=np.int32).reshape(rows, columns), offset)
    lines = reshape(x, (*x.shape[:-2], rows * columns))
    return _taken(lines, places.copy(), lines.rank - 1)


def on_diagonal(x: Tensor, k: int = 0) -> Tensor:
    """A vector as the diagonal of a matrix."""
    size = known(x, 0)
    both = size + abs(k)
    low = (max(-k, 0), max(k, 0))
    wide = broadcast_to(reshape(x, (size, 1)), (size, size))
    zero = converted(x.builder.const(0, DType.INT32), x.dtype)
    square = band(wide, np.eye(size, dtype=bool))
    return slicing.pad(square, zero, low, [both - size - item for item in low], [0, 0])


def diag(x: Tensor, k: int = 0) -> Tensor:
    """A matrix of a vector, or the diagonal of a matrix."""
    return on_diagonal(x, k) if x.rank == 1 else diagonal(x, k)


def shape_of(x: Tensor) -> Tensor:
    """The sizes, as int32."""
    return x.builder.op("Shape", x)


FUNCTIONS: dict[str, Function] = {
    "Reshape": reshaped, "Transpose": transposed, "Swapaxes": swapped, "Moveaxis": moved, "ExpandDims": expanded,
    "Squeeze": squeezed, "Ravel": flat, "Concatenate": joined, "Stack": stacked, "Split": split,
    "ArraySplit": lambda x, indices_or_sections, axis=0: split(x, indices_or_sections, axis, uneven=True),
    "Unstack": unstacked, "Hstack": joined_across(1, 1), "Vstack": joined_across(2, 0), "Dstack": joined_across(3, 2),
    "Hsplit": lambda x, indices_or_sections: split(x, indices_or_sections, 0 if x.rank == 1 else 1),
    "Vsplit": lambda x, indices_or_sections: split(x, indices_or_sections, 0),
    "Dsplit": lambda x, indices_or_sections: split(x, indices_or_sections, 2),
    "Append": lambda x1, x2, axis=None: joined([x1, x2], axis), "Tile": tiled, "Repeat": repeated,
    "BroadcastTo": broadcast, "Flip": flipped, "Fliplr": lambda x: flipped(x, 1), "Flipud": lambda x: flipped(x, 0),
    "Roll": rolled, "Rot90": turned, "Pad": padded, "ZerosLike": filled(0), "OnesLike": filled(1),
    "EmptyLike": filled(0), "FullLike": filled_like, "Full": full, "Meshgrid": grid,
    "Tril": triangle(True), "Triu": triangle(False), "Diagonal": diagonal, "Diag": diag,
    "Diagflat": lambda x, k=0: on_diagonal(flat(x), k),
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
