"""Plain callables: functions of arrays, or of a pytree of parameters first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from totfjs.sources.jax.models.binding import bind, required
from totfjs.sources.jax.models.model import Model


def is_factory(model: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    """Whether the callable makes a model rather than being one: it is a function that takes nothing."""
    return bool(arguments) and (inspect.isfunction(model) or inspect.isclass(model)) and _takes_nothing(model)


def resolve(model: Callable[..., Any], weights: Any, arguments: dict[str, Any]) -> Model:
    """The function itself; with weights, they are its first argument."""
    if weights is None:
        binding = bind(model, list(arguments))
        return Model(lambda _, *inputs: binding(model, *inputs), None, name_of(model), binding.notes)
    binding = bind(model, list(arguments), skip=1)
    first = _first_parameter(model)
    return Model(
        lambda given, *inputs: binding(model, *inputs, before=(given,)),
        weights,
        name_of(model),
        binding.notes,
        lambda path: "/".join(path if path[:1] == (first,) else (first, *path)),
    )


def name_of(model: Any) -> str:
    """What to call a function: its own name, unless it has none."""
    while isinstance(model, functools.partial):
        model = model.func
    name = getattr(model, "__name__", None) or type(model).__name__
    return "" if name == "<lambda>" else str(name)


def _takes_nothing(model: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(model).parameters
    except (TypeError, ValueError):
        return False
    return not parameters and required(model) == []


def _first_parameter(model: Callable[..., Any]) -> str:
    try:
        return next(iter(inspect.signature(model).parameters), "params")
    except (TypeError, ValueError):
        return "params"
