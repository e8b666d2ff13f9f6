"""Inputs, dense products, embeddings, and what does nothing at inference."""

from __future__ import annotations

from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.sources.keras.layers.activations import activate
from totfjs.sources.keras.layers.kind import Kind, weights
from totfjs.sources.keras.use import Use


def with_bias(*names: str) -> Any:
    """Variables of a layer that has a bias unless it is told otherwise."""
    return lambda layer: weights(*names, *(("bias",) if layer.config.get("use_bias", True) else ()))


def unchanged(use: Use) -> Any:
    """What does nothing at inference: the first argument goes on as it is, with its mask."""
    return use.args[0]


def _dense(use: Use) -> Tensor:
    x = use.float(use.x)
    y = dot(x, use.weight("kernel"), ((x.rank - 1,), (0,)), ((), ()))
    if "bias" in use.layer.weights:
        y = y + use.weight("bias")
    return activate(use, y)


LAYERS = {
    "Dense": Kind(_dense, with_bias("kernel"), masks=True),
    "Dropout": Kind(unchanged),
    "Identity": Kind(unchanged),
}
