"""Activations: those that tfjs-layers has by name, and those that it has as a few layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.use import Use
from totfjs.sources.keras.layers.activations import name_of

# Names of Keras → names of tfjs-layers, where they mean the same.
NAMES: Mapping[str, str] = {
    **{name: name for name in ("linear", "relu", "relu6", "elu", "selu", "sigmoid", "tanh", "softmax", "mish", "gelu")},
    "softplus": "softplus",
    "softsign": "softsign",
    "soft_sign": "softsign",
    "log_softmax": "log_softmax",
    "silu": "swish",
    "swish": "swish",
    "celu": "elu",
}
# Those that keep whole numbers whole, and those that depend on the axis that they are taken along.
_WHOLE = ("linear", "relu", "relu6")
_ALONG = ("softmax", "log_softmax", "sparsemax", "glu")


def is_along(use: Use) -> bool:
    """Whether the activation of a layer may depend on where the channels are."""
    name = _name(use, use.get("activation"))
    return name in _ALONG or name == ""


def inline(use: Use, key: str = "activation") -> str:
    """The name in tfjs-layers of the activation that an argument asks for; raises where it has none."""
    name = _name(use, use.get(key))
    if name not in _inlined(use):
        raise Obstacle(f"tfjs-layers lacks its {key} {name}")
    return _inlined(use)[name]


def split(use: Use, key: str = "activation") -> tuple[str, Callable[[Flow], Flow]]:
    """The activation for the layer itself, and what has to follow it."""
    activation = use.get(key)
    name = _name(use, activation)
    if name in _inlined(use):
        return _inlined(use)[name], lambda x: x
    if name and name != "hard_sigmoid" and name not in _COMPOSED:
        raise Obstacle(f"tfjs-layers lacks the activation {name}")
    return "linear", lambda x: activate(use, x, activation)


def activate(use: Use, x: Flow, activation: Any, part: str = "activation") -> Flow:
    """The activation applied to a tensor, as layers."""
    if isinstance(activation, Layer):
        return _first(use.of(activation, x))
    name = _name(use, activation)
    if name in _WHOLE and x.dtype != "float32":
        flow = use.emit("Activation", x, x.known_shape, part, activation=name)
        return replace(flow, dtype=x.dtype)
    x = use.float(x)
    if name in _inlined(use):
        return use.emit("Activation", x, x.known_shape, part, activation=_inlined(use)[name])
    if name == "hard_sigmoid":
        return _hard_sigmoid(use, x, part, 5 / 6)
    if name in _COMPOSED:
        return _COMPOSED[name](use, x, part)
    if name == "":
        from totfjs.sources.keras.parsing.layer import parse_layer

        return _first(use.of(parse_layer(activation, use.generation), x))
    raise Obstacle(f"tfjs-layers lacks the activation {name}")


def rescaled(use: Use, x: Flow, part: str, scale: float, offset: float = 0.0) -> Flow:
    """A tensor times a number plus another."""
    return use.emit("Rescaling", x, x.known_shape, part, scale=scale, offset=offset)


def _name(use: Use, activation: Any) -> str:
    """The name of an activation; none where it is a layer."""
    if activation is None:
        return "linear"
    if isinstance(activation, Layer):
        return ""
    return name_of(activation) or ""


def _inlined(use: Use) -> Mapping[str, str]:
    """The activations that have a name; `hard_sigmoid` is that of Keras 2."""
    return NAMES if use.generation >= 3 else {**NAMES, "hard_sigmoid": "hard_sigmoid"}


def _first(result: Any) -> Flow:
    if not isinstance(result, Flow):
        raise Obstacle("its activation is a layer of several outputs")
    return result


def _hard_sigmoid(use: Use, x: Flow, part: str, scale: float) -> Flow:
    """The hard sigmoid of tfjs-layers, which has a slope of 0.2, of a multiple of the tensor."""
    scaled = rescaled(use, x, f"{part}_scaled", scale)
    return use.emit("Activation", scaled, x.known_shape, part, activation="hard_sigmoid")


def _hard_silu(use: Use, x: Flow, part: str) -> Flow:
    return use.emit("Multiply", [x, _hard_sigmoid(use, x, f"{part}_gate", 5 / 6)], x.known_shape, part)


def _leaky_relu(use: Use, x: Flow, part: str) -> Flow:
    return use.emit("LeakyReLU", x, x.known_shape, part, alpha=0.2)


def _log_sigmoid(use: Use, x: Flow, part: str) -> Flow:
    plus = use.emit(
        "Activation",
        rescaled(use, x, f"{part}_negated", -1.0),
        x.known_shape,
        f"{part}_softplus",
        activation="softplus",
    )
    return rescaled(use, plus, part, -1.0)


def _tanh_shrink(use: Use, x: Flow, part: str) -> Flow:
    tanh = use.emit("Activation", x, x.known_shape, f"{part}_tanh", activation="tanh")
    return use.emit("Add", [x, rescaled(use, tanh, f"{part}_negated", -1.0)], x.known_shape, part)


_COMPOSED: Mapping[str, Callable[[Use, Flow, str], Flow]] = {
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
    "leaky_relu": _leaky_relu,
    "log_sigmoid": _log_sigmoid,
    "tanh_shrink": _tanh_shrink,
}
