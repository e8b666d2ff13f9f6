"""Layers that apply an activation."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.sources.keras.layers.activations import activate
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.use import Use


def _activation(use: Use) -> Tensor:
    return activate(use, use.x)


LAYERS = {"Activation": Kind(_activation, masks=True)}
