"""Shapes: what moves, joins, cuts or repeats elements without computing, and dims as numbers."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_to, dim_value, expand, repeated, reshape, transpose
from totfjs.recipes.slicing import pad, reverse, slice_axes
from totfjs.sources.jax.equation import Equation, Rule, shape_of, size_of


def reshaped(eqn: Equation, x: Tensor, *_: Tensor) -> Tensor:
    """Another shape. Adding and removing dims of size 1 leaves broadcasts lazy."""
    if eqn.name == "reshape" and eqn.params.get("dimensions") is not None:
        return reshape(transpose(eqn.full(x), eqn.params["dimensions"]), eqn.output.shape)
    before, after = eqn.inputs[0].shape, eqn.output.shape
    if all(size == 1 for size in x.shape):
        return reshape(x, (1,) * len(after))
    if [size for size in before if size != 1] != [size for size in after if size != 1]:
        return reshape(eqn.full(x), after)
    kept = iter([have for have, size in zip(x.shape, before, strict=True) if size != 1])
    return reshape(x, tuple(1 if size == 1 else next(kept) for size in after))


def broadcast_in_dim(eqn: Equation, x: Tensor, *_: Tensor) -> Tensor:
    """Puts the dims in their places; repeating is left to whoever needs it."""
    return expand(x, [int(axis) for axis in eqn.params["broadcast_dimensions"]], eqn.output.rank)


def concatenate(eqn: Equation, *xs: Tensor) -> Tensor:
    """Joins along an axis; what is empty there adds nothing."""
    axis = int(eqn.params["dimension"])
    parts = [eqn.full(x, index) for index, x in enumerate(xs) if eqn.inputs[index].shape[axis] != 0]
    return parts[0] if len(parts) == 1 else eqn.builder.op("ConcatV2", *parts, axis)


def sliced(eqn: Equation, x: Tensor) -> Tensor:
    """A slice with constant bounds, which may depend on dynamic dims."""
    starts, stops = shape_of(eqn.params["start_indices"]), shape_of(eqn.params["limit_indices"])
    steps = [int(step) for step in eqn.params["strides"] or (1,) * x.rank]
    lazy = [have == 1 != size for have, size in zip(x.shape, eqn.inputs[0].shape, strict=True)]
    return slice_axes(
        x,
        [0 if skip else start for skip, start in zip(lazy, starts, strict=True)],
        [1 if skip else stop for skip, stop in zip(lazy, stops, strict=True)],
        [1 if skip else step for skip, step in zip(lazy, steps, strict=True)],
    )


def padded(eqn: Equation, x: Tensor, value: Tensor) -> Tensor:
    """Padding before, after and between elements."""
    low, high, interior = zip(*eqn.params["padding_config"], strict=True) if eqn.inputs[0].rank else ((), (), ())
    if 0 in eqn.inputs[0].shape:
        return broadcast_to(value, eqn.output.shape)
    return pad(eqn.full(x), value, shape_of(low), shape_of(high), [int(gap) for gap in interior])


def split(eqn: Equation, x: Tensor) -> Sequence[Tensor]:
    """Cuts an axis into pieces."""
    axis, sizes = int(eqn.params["axis"]), [int(size) for size in eqn.params["sizes"]]
    if x.shape[axis] == 1 or len(sizes) == 1:
        return [x] * len(sizes)
    operands = [eqn.const(sizes, DType.INT32), eqn.const(axis, DType.INT32)]
    if eqn.builder.refusal("SplitV", x, *operands) is None:
        return eqn.builder.ops("SplitV", x, *operands)
    return [_piece(x, axis, sum(sizes[:index]), size) for index, size in enumerate(sizes)]


def _piece(x: Tensor, axis: int, start: int, size: int) -> Tensor:
    starts = [start if index == axis else 0 for index in range(x.rank)]
    stops = [start + size if index == axis else dim for index, dim in enumerate(x.shape)]
    return slice_axes(x, starts, stops)


def transposed(eqn: Equation, x: Tensor) -> Tensor:
    """Axes in another order."""
    return transpose(x, eqn.params["permutation"])


def tiled(eqn: Equation, x: Tensor) -> Tensor:
    """The whole repeated along axes."""
    return repeated(eqn.full(x), [int(count) for count in eqn.params["reps"]])


def stacked(eqn: Equation, *xs: Tensor) -> Tensor:
    """A new axis of operands."""
    return eqn.builder.op("Pack", *(eqn.full(x, index) for index, x in enumerate(xs)), axis=int(eqn.params["axis"]))


def unstacked(eqn: Equation, x: Tensor) -> Sequence[Tensor]:
    """One result for each place along an axis."""
    return eqn.builder.ops("Unpack", eqn.full(x), axis=int(eqn.params["axis"]), num=len(eqn.outputs))


def reversed_(eqn: Equation, x: Tensor) -> Tensor:
    """Backwards along axes."""
    return reverse(x, [int(axis) for axis in eqn.params["dimensions"]])


def counted(eqn: Equation, *_: Tensor) -> Tensor:
    """0, 1, 2, … along an axis of dynamic size, left to be broadcast along the others."""
    axis, rank = int(eqn.params["dimension"]), eqn.output.rank
    numbers = expand(iota(eqn.builder, eqn.output.shape[axis]), [axis], rank)
    if eqn.output.graph_dtype is DType.INT32:
        return numbers
    return eqn.builder.op("Cast", numbers, DstT=eqn.output.graph_dtype)


def dim_as_value(eqn: Equation) -> Tensor:
    """A dim as a number."""
    return dim_value(eqn.builder, size_of(eqn.params["dim"]))


def identity(eqn: Equation, *xs: Tensor) -> Sequence[Tensor]:
    """The operands themselves."""
    return xs


_IDENTITIES = (
    "stop_gradient", "copy", "copy_p", "device_put", "optimization_barrier", "name", "sharding_constraint",
    "layout_constraint", "reshard", "tie",
)  # fmt: skip


RULES: dict[str, Rule] = {
    **dict.fromkeys(_IDENTITIES, identity),
    "reshape": reshaped,
    "squeeze": reshaped,
    "expand_dims": reshaped,
    "broadcast_in_dim": broadcast_in_dim,
    "concatenate": concatenate,
    "slice": sliced,
    "pad": padded,
    "split": split,
    "transpose": transposed,
    "tile": tiled,
    "stack": stacked,
    "unstack": unstacked,
    "rev": reversed_,
    "iota": counted,
    "dim_as_value": dim_as_value,
}
