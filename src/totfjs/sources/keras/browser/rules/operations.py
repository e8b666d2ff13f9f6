"""Operations of `keras.ops` between the layers of a functional model that are layers of tfjs-layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from totfjs.sources.keras.browser.activations import activate, rescaled
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.rules.merging import merged
from totfjs.sources.keras.browser.use import Use

# What tells of a layer of two tensors how a number in place of one is said: a factor and an offset of the other.
_Number = Callable[[float], tuple[float, float]]


def _operands(use: Use) -> list[Any]:
    """Both operands, tensors and numbers."""
    found = [*use.call.args, *use.call.kwargs.values()]
    if len(found) != 2 or not all(isinstance(item, Flow | int | float) for item in found):
        raise Obstacle("it is called with more than tensors and numbers")
    if any(isinstance(item, Flow) and item.dtype != "float32" for item in found):
        raise Obstacle("it computes with whole numbers, which are floats in tfjs-layers")
    return found


def _two(kind: str, number: _Number, swapped: _Number | None = None) -> Callable[[Use], Flow]:
    """An operation on two tensors of equal rank, or on one and a number."""

    def rule(use: Use) -> Flow:
        left, right = _operands(use)
        if isinstance(left, Flow) and isinstance(right, Flow):
            return _of_tensors(use, kind, left, right)
        if isinstance(left, Flow):
            return rescaled(use, left, "", *number(float(right)))
        return rescaled(use, right, "", *(swapped or number)(float(left)))

    return rule


def _of_tensors(use: Use, kind: str, left: Flow, right: Flow) -> Flow:
    if not kind or left.rank != right.rank:
        raise Obstacle("tfjs-layers has no such layer for these tensors")
    if kind == "Subtract":
        return merged(use, "Add", [left, rescaled(use, right, "negated", -1.0)])
    return merged(use, kind, [left, right])


def _inverse(value: float) -> tuple[float, float]:
    if value == 0:
        raise Obstacle("it divides by zero")
    return 1 / value, 0.0


def _refused(_: float) -> tuple[float, float]:
    raise Obstacle("tfjs-layers has no such layer for a number")


def _negative(use: Use) -> Flow:
    return rescaled(use, _float(use), "", -1.0)


def _float(use: Use) -> Flow:
    if use.x.dtype != "float32" or len(use.call.args) != 1 or any(use.call.kwargs.values()):
        raise Obstacle("it is called with whole numbers, or with more than a tensor")
    return use.x


def _activation(name: str) -> Callable[[Use], Flow]:
    def rule(use: Use) -> Flow:
        settings = {key: value for key, value in use.layer.config.items() if key not in ("name", "dtype", "trainable")}
        if any(value not in (None, -1) for value in settings.values()):
            raise Obstacle("it is called with more than a tensor")
        return activate(use, _float(use), name, "")

    return rule


_ACTIVATIONS = (
    "relu",
    "relu6",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "silu",
    "selu",
    "log_sigmoid",
    "hard_sigmoid",
)
_CLASSES = {"softsign": "Softsign", "log_sigmoid": "LogSigmoid", "hard_sigmoid": "HardSigmoid"}

LAYERS: dict[str, Callable[[Use], Flow]] = {
    "ops.Add": _two("Add", lambda value: (1.0, value)),
    "ops.Subtract": _two("Subtract", lambda value: (1.0, -value), lambda value: (-1.0, value)),
    "ops.Multiply": _two("Multiply", lambda value: (value, 0.0)),
    "ops.TrueDivide": _two("", _inverse, _refused),
    "ops.Divide": _two("", _inverse, _refused),
    "ops.Maximum": _two("Maximum", _refused),
    "ops.Minimum": _two("Minimum", _refused),
    "ops.Negative": _negative,
    **{f"ops.{_CLASSES.get(name, name.capitalize())}": _activation(name) for name in _ACTIVATIONS},
}
