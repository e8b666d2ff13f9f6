"""Activation functions by name, in the meaning of the generation of Keras that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from totfjs.graph.builder import Tensor
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.use import Use

Function: TypeAlias = Callable[[Tensor], Tensor]


def activate(use: Use, x: Tensor, key: str = "activation") -> Tensor:
    """The activation that a layer's argument names, applied to a tensor."""
    return apply(use, use.config.get(key), x)


def apply(use: Use, activation: Any, x: Tensor) -> Tensor:
    """An activation as a configuration has it: nothing, a name, a function, or a layer."""
    if activation is None:
        return x
    if isinstance(activation, Layer):
        flow = use.lower(activation, x)
        return flow.tensor  # type: ignore[no-any-return]
    name = name_of(activation)
    if name is None:
        layer = _layer_of(activation, use.layer)
        return use.lower(layer, x).tensor  # type: ignore[no-any-return]
    if name not in FUNCTIONS:
        raise use.refuse(f"its activation {name!r} is none of Keras")
    return FUNCTIONS[name](x)


def name_of(activation: Any) -> str | None:
    """The name of an activation function; None where it is a layer."""
    match activation:
        case str():
            return activation
        case {"class_name": "function", "config": str(name)}:
            return name
        case {"class_name": str(name), "config": {} as config} if not config and name[:1].islower():
            return name
    return None


def _layer_of(activation: Any, owner: Layer) -> Layer:
    from totfjs.sources.keras.parsing.layer import parse_layer

    return parse_layer(activation, owner.generation)


def _op(name: str, **attrs: Any) -> Function:
    return lambda x: x.builder.op(name, x, **attrs)


FUNCTIONS: Mapping[str, Function] = {
    "linear": lambda x: x,
    "relu": _op("Relu"),
    "tanh": _op("Tanh"),
    "sigmoid": _op("Sigmoid"),
}
