"""Ops that are linear in constant weights, and how a factor per output channel enters those weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph.graph import Node
from totfjs.passes.constants import computed
from totfjs.weights.array import Array


@dataclass(frozen=True, slots=True)
class Linear:
    """Where a linear op has its weights, which of their axes make up its channels, and what it is called when fused."""

    weights: int
    channel_axes: Callable[[Node], tuple[int, ...]]
    fused: str | None = None


def _matrix_axes(node: Node) -> tuple[int, ...]:
    return (0,) if node.attrs["transpose_b"] else (1,)


LINEAR: dict[str, Linear] = {
    "Conv2D": Linear(1, lambda node: (3,), "_FusedConv2D"),
    "DepthwiseConv2dNative": Linear(1, lambda node: (2, 3), "FusedDepthwiseConv2dNative"),
    "Conv2DBackpropInput": Linear(1, lambda node: (2,)),
    "MatMul": Linear(1, _matrix_axes, "_FusedMatMul"),
}


def scaled_weights(node: Node, weights: Array, scale: np.ndarray) -> Array | None:
    """The weights of a linear node times a factor per channel, or None where floats could not hold all of them."""
    largest = max((float(np.abs(piece).max()) for piece in weights.chunks() if piece.size), default=0.0)
    if not np.isfinite(largest) or largest * float(np.abs(scale).max(initial=0)) >= float(np.finfo(np.float32).max):
        return None
    axes = LINEAR[node.op].channel_axes(node)
    spread = scale.reshape([size if axis in axes else 1 for axis, size in enumerate(weights.shape)])
    what = ("scaled", spread.shape, spread.tobytes())
    return computed(weights.shape, what, lambda values: values.astype(np.float64) * spread, weights)


def with_operand(inputs: Sequence[Any], slot: int, operand: Any) -> list[Any]:
    """Operands with one of them exchanged."""
    return [operand if index == slot else item for index, item in enumerate(inputs)]
