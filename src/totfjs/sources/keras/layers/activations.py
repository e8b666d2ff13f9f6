"""Activation functions by name, in the meaning of the generation of Keras that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from totfjs.graph.builder import Tensor
from totfjs.recipes import activations, softmaxes
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.use import Use

Function: TypeAlias = Callable[[Tensor], Tensor]


def activate(use: Use, x: Tensor, key: str = "activation") -> Tensor:
    """The activation that a layer's argument names, applied to a tensor."""
    if key in use.layer.children:
        return use.child(key, x).tensor  # type: ignore[no-any-return]
    return apply(use, use.config.get(key), x)


def apply(use: Use, activation: Any, x: Tensor) -> Tensor:
    """An activation as a configuration has it: nothing, a name, a function, or a layer."""
    if activation is None:
        return x
    name = None if isinstance(activation, Layer) else name_of(activation)
    if name is None:
        return use.lower(_layer_of(activation, use.layer), x).tensor  # type: ignore[no-any-return]
    function = function_of(name, use.layer.generation)
    if function is None:
        raise use.refuse(f"its activation {name!r} is none of Keras")
    return function(x if name in _OF_INTEGERS else use.float(x))


def function_of(name: str, generation: int = 3) -> Function | None:
    """The function that a generation of Keras has under a name, with the defaults of its arguments."""
    return (_BEFORE_3.get(name) if generation < 3 else None) or FUNCTIONS.get(name)


def name_of(activation: Any) -> str | None:
    """The name of an activation function; None where it is a layer. One's own functions bear their package."""
    match activation:
        case str():
            return activation
        case {"class_name": "function", "config": str(name)}:
            registered, module = activation.get("registered_name"), activation.get("module")
            if isinstance(registered, str) and ">" in registered:
                return registered
            known = not isinstance(module, str) or module.partition(".")[0] in _PACKAGES
            return name if known else f"{module}.{name}"
        case {"class_name": str(name), "config": {} as config} if not config and name[:1].islower():
            return name
    return None


def held(layer: Layer, *keys: str) -> dict[str, Layer]:
    """The activations of a layer that are layers themselves, and may have weights."""
    found = {key: layer.config.get(key) for key in keys or ("activation",)}
    return {
        key: _layer_of(value, layer)
        for key, value in found.items()
        if isinstance(value, Layer) or (isinstance(value, Mapping) and name_of(value) is None)
    }


def _layer_of(activation: Any, owner: Layer) -> Layer:
    from totfjs.sources.keras.parsing.layer import parse_layer

    return activation if isinstance(activation, Layer) else parse_layer(activation, owner.generation)


def _op(name: str) -> Function:
    return lambda x: elementwise(name, x)


_PACKAGES = ("builtins", "keras", "tf_keras", "tensorflow", "jax")
# What gives integers for integers; elsewhere they become floats.
_OF_INTEGERS = ("linear", "relu")

FUNCTIONS: Mapping[str, Function] = {
    "linear": lambda x: x,
    "relu": activations.relu,
    "relu6": activations.relu6,
    "leaky_relu": activations.leaky_relu,
    "elu": activations.elu,
    "celu": activations.celu,
    "selu": activations.selu,
    "softplus": activations.softplus,
    "softsign": activations.softsign,
    "silu": activations.silu,
    "swish": activations.silu,
    "gelu": activations.gelu,
    "glu": activations.glu,
    "mish": activations.mish,
    "tanh": _op("Tanh"),
    "tanh_shrink": activations.tanh_shrink,
    "sigmoid": _op("Sigmoid"),
    "log_sigmoid": activations.log_sigmoid,
    "exponential": _op("Exp"),
    "hard_sigmoid": activations.hard_sigmoid,
    "hard_silu": activations.hard_silu,
    "hard_swish": activations.hard_silu,
    "hard_tanh": activations.hard_tanh,
    "hard_shrink": activations.hard_shrink,
    "soft_shrink": activations.soft_shrink,
    "squareplus": activations.squareplus,
    "sparse_plus": activations.sparse_plus,
    "sparse_sigmoid": activations.sparse_sigmoid,
    "sparsemax": softmaxes.sparsemax,
    "softmax": softmaxes.softmax,
    "log_softmax": softmaxes.log_softmax,
}

# Names of TensorFlow's functions too, which tf-keras writes as they are.
_BEFORE_3: Mapping[str, Function] = {
    "hard_sigmoid": activations.steep_hard_sigmoid,
    "softmax_v2": softmaxes.softmax,
    "log_softmax_v2": softmaxes.log_softmax,
}

__all__ = ["FUNCTIONS", "Function", "activate", "apply", "function_of", "held", "name_of"]
