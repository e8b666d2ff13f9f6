"""Layers that only keras.applications has: those of ConvNeXt and of Inception-ResNet."""

from __future__ import annotations

import re
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.use import Use

# Older files do not say which module a class is of: then the names that keras.applications gives have to show it.
_NAMES = {
    "LayerScale": r"convnext_\w+_layer_scale",
    "StochasticDepth": r"convnext_\w+_stochastic_depth",
    "CustomScaleLayer": r"custom_scale_layer(_\d+)?",
}


def _layer_scale(use: Use) -> Tensor:
    _check(use)
    return use.float(use.x) * use.weight("gamma")


def _stochastic_depth(use: Use) -> Any:
    _check(use)
    return use.args[0]


def _custom_scale(use: Use) -> Tensor:
    _check(use)
    first, second = (use.float(x) for x in use.xs)
    return first + second * float(use.config["scale"])


def _check(use: Use) -> None:
    layer = use.layer
    if ".applications." not in layer.package and not re.fullmatch(_NAMES[layer.kind], layer.name):
        raise use.refuse(f"only the {layer.kind} of keras.applications is known, and nothing says that this is it")


def _gamma(_: Layer) -> tuple[Variable, ...]:
    """Its variable has no name but what Keras gives to those without one."""
    return (Variable("gamma", also=("variable", "Variable")),)


LAYERS = {
    "LayerScale": Kind(_layer_scale, _gamma),
    "StochasticDepth": Kind(_stochastic_depth),
    "CustomScaleLayer": Kind(_custom_scale),
}
