"""Layers that bring several tensors together, and what becomes of their masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes import dot as products
from totfjs.recipes.elementwise import elementwise, maximum, minimum, select
from totfjs.recipes.shapes import broadcast_to, expand, reshape
from totfjs.recipes.special.approximation import filled
from totfjs.sources.keras.layers.kind import Kind, Rule
from totfjs.sources.keras.use import Flow, Use

Combine: TypeAlias = Callable[[Tensor, Tensor], Tensor]
# The bound on 1/|x| where vectors are normalised: 1e-7 for |x| in Keras 3, 1e-12 for |x|² before.
_STEEPEST = {True: 1e7, False: 1e6}


def _op(name: str) -> Combine:
    return lambda a, b: elementwise(name, a, b)


def _plain(combine: Combine) -> Rule:
    """Tensors as they are; what every mask leaves out is left out."""

    def lowered(use: Use) -> Flow:
        return Flow(reduce(combine, _aligned(use)), _common(use))

    return lowered


def _average(use: Use) -> Flow:
    parts = [use.float(x) for x in _aligned(use)]
    return Flow(reduce(_op("AddV2"), parts) * np.float32(1 / len(parts)), _common(use))


def _subtract(use: Use) -> Flow:
    if len(use.flows) != 2:
        raise use.refuse(f"it takes 2 inputs, not {len(use.flows)}")
    return _plain(_op("Sub"))(use)  # type: ignore[no-any-return]


def _extreme(combine: Combine) -> Rule:
    """Where a mask leaves one tensor out, the others count (since Keras 3)."""

    def lowered(use: Use) -> Flow:
        parts, masks = _aligned(use), _wide_masks(use)
        if use.layer.generation < 3 or all(mask is None for mask in masks):
            return Flow(reduce(combine, parts), _common(use))
        result, kept = parts[0], masks[0]
        for x, mask in zip(parts[1:], masks[1:], strict=True):
            x = x if mask is None else select(mask, x, result)
            result = combine(result if kept is None else select(kept, result, x), x)
            kept = None if mask is None or kept is None else elementwise("LogicalOr", kept, mask)
        return Flow(result, _common(use) if kept is None else _any_feature(kept))

    return lowered


def _multiply(use: Use) -> Flow:
    """What a mask leaves out counts as 1, and what all leave out is 0 (since Keras 3)."""
    parts, masks = _aligned(use), _wide_masks(use)
    if use.layer.generation < 3 or all(mask is None for mask in masks):
        return Flow(reduce(_op("Mul"), parts), _common(use))
    ones = [x if mask is None else select(mask, x, filled(x, 1)) for x, mask in zip(parts, masks, strict=True)]
    result, known = reduce(_op("Mul"), ones), [mask for mask in masks if mask is not None]
    if len(known) < len(masks):
        return Flow(result, _common(use))
    kept = reduce(_op("LogicalOr"), known)
    return Flow(select(kept, result, filled(result, 0)), _any_feature(kept))


def _any_feature(mask: Tensor) -> Tensor:
    return mask.builder.op("Any", mask, [mask.rank - 1])


def _aligned(use: Use) -> list[Tensor]:
    """The inputs in one dtype and in as many dims: those that miss some get them after the batch."""
    xs = use.xs
    if not xs or any(x.dtype is DType.BOOL for x in xs):
        raise use.refuse("it merges nothing, or what is neither float nor integer")
    if len({x.dtype for x in xs}) > 1:
        xs = [use.float(x) for x in xs]
    rank = max(x.rank for x in xs)
    return [x if x.rank == rank else expand(x, [0, *range(rank - x.rank + 1, rank)], rank) for x in xs]


def _wide_masks(use: Use) -> list[Tensor | None]:
    """The masks in the shapes of the inputs; an input that got dims has none any more."""
    rank = max(x.rank for x in use.xs)
    return [
        None if mask is None or x.rank < rank else broadcast_to(reshape(mask, (*mask.shape, 1)), x.shape)
        for x, mask in use.flows
    ]


def _common(use: Use) -> Tensor | None:
    """The mask of the result: none unless all inputs have one; before Keras 3, what no mask leaves out."""
    masks = [flow.mask for flow in use.flows]
    known = [mask for mask in masks if mask is not None]
    if use.layer.generation < 3:
        return reduce(_op("LogicalAnd"), known) if known else None
    return reduce(_op("LogicalOr"), known) if len(known) == len(masks) else None


# --- concatenation ---


def _concatenate(use: Use) -> Flow:
    xs = use.xs
    if len({x.dtype for x in xs}) > 1:
        xs = [use.float(x) for x in xs]
    axis = int(use.config.get("axis", -1)) % xs[0].rank
    return Flow(_joined(xs, axis), _joined_mask(use, axis))


def _joined_mask(use: Use, axis: int) -> Tensor | None:
    """A step counts if it does in any of the inputs (before Keras 3: in all), or in the input that it came from."""
    masks = [flow.mask for flow in use.flows]
    known = [mask for mask in masks if mask is not None]
    if not known:
        return None
    if any(mask.rank != flow.tensor.rank - 1 for mask, flow in zip(masks, use.flows, strict=True) if mask is not None):
        raise use.refuse("masks of its inputs have other dims than all but the last of the inputs")
    if axis == use.flows[0].tensor.rank - 1:
        if use.layer.generation < 3:
            return reduce(_op("LogicalAnd"), known)
        return reduce(_op("LogicalOr"), [_or_all(flow) for flow in use.flows])
    return _joined([_or_all(flow) for flow in use.flows], axis)


def _or_all(flow: Flow) -> Tensor:
    """A mask, or one that leaves nothing out."""
    if flow.mask is not None:
        return flow.mask
    every = flow.tensor.builder.const(np.ones((1,) * (flow.tensor.rank - 1), np.bool_))
    return broadcast_to(every, flow.tensor.shape[:-1])


def _joined(xs: Sequence[Tensor], axis: int) -> Tensor:
    builder = xs[0].builder
    if len(xs) == 1:
        return xs[0]
    if xs[0].dtype is not DType.BOOL:
        return builder.op("ConcatV2", *xs, axis)
    numbers = builder.op("ConcatV2", *(builder.op("Cast", x, DstT=DType.INT32) for x in xs), axis)
    return builder.op("NotEqual", numbers, 0)


# --- products ---


def _dot(use: Use) -> Flow:
    if len(use.xs) != 2 or min(x.rank for x in use.xs) < 2:
        raise use.refuse("it takes two inputs of at least 2 dims")
    a, b = (use.float(x) for x in use.xs)
    given = use.config["axes"]
    axes = [given, given] if isinstance(given, int) else [int(axis) for axis in given]
    first, second = (axis % x.rank for axis, x in zip(axes, (a, b), strict=True))
    if not first or not second:
        raise use.refuse("its axes are those of the batch")
    if use.config.get("normalize"):
        a, b = _normalised(use, a, first), _normalised(use, b, second)
    result = products.dot(a, b, ((first,), (second,)), ((0,), (0,)))
    return Flow(reshape(result, (*result.shape, 1)) if result.rank == 1 else result)


def _normalised(use: Use, x: Tensor, axis: int) -> Tensor:
    squares = x.builder.op("Sum", elementwise("Square", x), [axis], keep_dims=True)
    steepest = x.builder.const(_STEEPEST[use.layer.generation >= 3], DType.FLOAT32)
    return x * minimum(elementwise("Rsqrt", squares), steepest)


LAYERS = {
    "Add": Kind(_plain(_op("AddV2"))),
    "Subtract": Kind(_subtract),
    "Multiply": Kind(_multiply),
    "Average": Kind(_average),
    "Maximum": Kind(_extreme(maximum)),
    "Minimum": Kind(_extreme(minimum)),
    "Concatenate": Kind(_concatenate),
    "Dot": Kind(_dot),
}
