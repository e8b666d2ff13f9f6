"""Which places of a sequence may look at which: masks of attention, and scores under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import reshape
from totfjs.recipes.softmaxes import softmax
from totfjs.sources.keras.use import Flow, Use

# What Keras puts in place of a score that is masked: in softmax layers, and in its fused attention.
_LOW, _LOWEST = -1e9, float(np.float32(-0.7 * np.finfo(np.float32).max))


def argument(use: Use, names: Sequence[str], name: str) -> Any:
    """An argument of the call, given by its name or its place among the names of all."""
    place = names.index(name)
    return use.args[place] if len(use.args) > place else use.kwargs.get(name)


def as_mask(given: Any) -> Tensor | None:
    """A tensor as booleans, or None."""
    tensor = given.tensor if isinstance(given, Flow) else given
    if tensor is None or tensor.dtype is DType.BOOL:
        return tensor
    return elementwise("NotEqual", tensor, tensor.builder.like(tensor, 0))


def both(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """Where both masks hold; None is a mask that holds everywhere."""
    if first is None or second is None:
        return first if second is None else second
    return elementwise("LogicalAnd", first, second)


def inserted(mask: Tensor, axis: int) -> Tensor:
    """The mask with a dim of size 1, placed as it is counted in the result."""
    place = axis % (mask.rank + 1)
    return reshape(mask, (*mask.shape[:place], 1, *mask.shape[place:]))


def causal(builder: Builder, rows: Size, columns: Size) -> Tensor:
    """(1, rows, columns): no place looks at later ones."""
    return _compared(builder, rows, columns, "GreaterEqual")


def window(builder: Builder, rows: Size, columns: Size, reach: int) -> Tensor:
    """(1, rows, columns): places look at those less than `reach` away."""
    if isinstance(rows, int) and isinstance(columns, int):
        away = np.abs(np.arange(rows)[:, None] - np.arange(columns))
        return builder.const(away[None] < reach, name="window")
    away = elementwise("Sub", *_places(builder, rows, columns))
    return elementwise("Less", elementwise("Abs", away), builder.like(away, reach))


def _compared(builder: Builder, rows: Size, columns: Size, op: str) -> Tensor:
    if isinstance(rows, int) and isinstance(columns, int):
        return builder.const(np.tri(rows, columns, dtype=bool)[None], name="causal")
    return elementwise(op, *_places(builder, rows, columns))


def _places(builder: Builder, rows: Size, columns: Size) -> tuple[Tensor, Tensor]:
    return reshape(iota(builder, rows), (1, rows, 1)), reshape(iota(builder, columns), (1, 1, columns))


def softmax_under(use: Use, scores: Tensor, mask: Tensor | None, fused: bool) -> Tensor:
    """The softmax over the last axis under a mask, as a layer of Keras computes it, or its fused attention.

    They differ where everything is masked: the fused one looks everywhere, that of Keras 3 nowhere.
    """
    if mask is None:
        return softmax(scores)
    builder = use.builder
    if use.layer.generation < 3:
        distance = elementwise("Sub", builder.like(scores, 1), elementwise("Cast", mask, DstT=DType.FLOAT32))
        return softmax(elementwise("AddV2", scores, elementwise("Mul", distance, builder.like(scores, _LOW))))
    kept = select(mask, scores, builder.like(scores, _LOWEST if fused else _LOW))
    return softmax(kept) if fused else select(mask, softmax(kept), builder.like(scores, 0))
