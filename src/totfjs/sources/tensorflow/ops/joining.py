"""Tensors put together, taken apart and repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.shapes import repeated, reshape, shape_vector
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import joining, moving, parting, through_numbers
from totfjs.sources.tensorflow.ops.shapes import broadcast, normal
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _pack(use: Use, xs: Sequence[Tensor]) -> Tensor:
    axis = normal(use.attr("axis", 0), xs[0].rank + 1)
    return use.op("ExpandDims", xs[0], axis) if len(xs) == 1 else use.op("Pack", *xs, axis=axis)


def _unpack(use: Use, x: Tensor) -> Sequence[Tensor]:
    axis, count = normal(use.attr("axis", 0), x.rank), use.attr("num")
    if count == 0:
        return []
    if x.shape[axis] != count and isinstance(x.shape[axis], int):
        raise OpError(f"a dim of {x.shape[axis]} does not make {count} parts")
    if count == 1:
        return [use.op("Squeeze", x, squeeze_dims=(axis,))]
    return use.builder.ops("Unpack", x, axis=axis, num=count)


def _joined(axis_index: int) -> Callable[[Use, Sequence[Tensor]], Tensor]:
    def rule(use: Use, xs: Sequence[Tensor]) -> Tensor:
        return concatenated(xs, normal(use.integer(axis_index, "the axis"), xs[0].rank))

    return rule


def concatenated(xs: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors one behind another; what is empty there adds nothing."""
    filled = [x for x in xs if x.shape[axis] != 0] or list(xs[:1])
    return filled[0] if len(filled) == 1 else filled[0].builder.op("ConcatV2", *filled, axis)


def _split(use: Use, x: Tensor) -> Sequence[Tensor]:
    axis, count = normal(use.integer(0, "the axis"), x.rank), use.attr("num_split")
    size = x.shape[axis]
    if dims.modulo(size, count) != 0 and isinstance(size, int):
        raise OpError(f"a dim of {size} does not make {count} equal parts")
    axis_operand = use.builder.const(axis, DType.INT32)
    if count > 1 and use.builder.refusal("Split", axis_operand, x, num_split=count) is None:
        return use.builder.ops("Split", axis_operand, x, num_split=count)
    return pieces(x, axis, [dims.floordiv(size, count)] * count)


def _split_v(use: Use, x: Tensor) -> Sequence[Tensor]:
    axis, sizes = normal(use.integer(2, "the axis"), x.rank), use.sizes(1)
    if sizes is None:
        raise OpError("the sizes of the parts are computed from the data")
    given: Size = sum((size for size in sizes if size != -1), start=0)
    rest = x.shape[axis] - given
    if list(sizes).count(-1) > 1 or (isinstance(rest, int) and (rest < 0 or (rest > 0 and -1 not in sizes))):
        raise OpError(f"parts of {list(sizes)} do not make a dim of {x.shape[axis]}")
    sizes = tuple(rest if size == -1 else size for size in sizes)
    operands = [shape_vector(use.builder, sizes), use.builder.const(axis, DType.INT32)]
    if len(sizes) > 1 and use.builder.refusal("SplitV", x, *operands) is None:
        return use.builder.ops("SplitV", x, *operands)
    return pieces(x, axis, list(sizes))


def _of_sizes(rule: Op, index: int) -> Op:
    """A split; the parts of a shape are known where its dims are."""

    def split(use: Use) -> Operand | Sequence[Operand]:
        sizes = use.sizes(index)
        if sizes is None or len(use.shape(index)) != 1 or not isinstance(use.operands[index], Tensor):
            return rule.rule(use)
        count = use.attr("num_split")
        parts = use.integers(1, "the sizes of the parts") if index == 0 else [len(sizes) // count] * count
        rest = len(sizes) - sum(part for part in parts if part >= 0)
        ends = np.cumsum([rest if part < 0 else part for part in parts]).tolist()
        if ends[-1] != len(sizes):
            raise OpError(f"parts of {parts} do not make a shape of {len(sizes)} dims")
        return [use.size_vector(sizes[start:end]) for start, end in zip([0, *ends], ends, strict=False)]

    return replace(rule, rule=split)


def pieces(x: Tensor, axis: int, sizes: Sequence[Size]) -> Sequence[Tensor]:
    """Parts of these sizes along an axis, one by one."""
    if len(sizes) == 1:
        return [x]
    found, start = [], 0
    for size in sizes:
        starts: list[Size] = [start if index == axis else 0 for index in range(x.rank)]
        stops = [start + size if index == axis else dim for index, dim in enumerate(x.shape)]
        found.append(slice_axes(x, starts, stops))
        start = start + size  # type: ignore[assignment]
    return found


def _tile(use: Use, x: Tensor) -> Tensor:
    counts = use.sizes(1)
    if x.rank == 0:
        return x
    if counts is None:
        return through_numbers(x, lambda part: use.op("Tile", part, use.tensor(1)))
    return tiled(x, counts)


def tiled(x: Tensor, counts: Shape) -> Tensor:
    """The whole repeated along each axis."""
    if any(isinstance(count, int) and count < 0 for count in counts):
        raise OpError("a number of repetitions is negative")
    shape = tuple(size * count for size, count in zip(x.shape, counts, strict=True))
    if all(count == 1 for count in counts):
        return x
    if 0 in shape and all(isinstance(size, int) for size in shape):
        return broadcast(reshape(x, x.shape), shape)
    return through_numbers(x, lambda part: repeated(part, counts))


OPS: dict[str, Row] = {
    "Pack": joining(_pack, lambda use: range(len(use))),
    "Unpack": parting(_unpack),
    "Concat": joining(_joined(0), lambda use: range(1, len(use))),
    "ConcatV2": joining(_joined(-1), lambda use: range(len(use) - 1)),
    "Split": _of_sizes(parting(_split, 1), 1),
    "SplitV": _of_sizes(parting(_split_v), 0),
    "Tile": moving(_tile),
}
