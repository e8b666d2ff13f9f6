"""The same small network written four times; none of the frameworks is imported before its model is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models.model import Model, Params

__all__ = ["MODELS", "Model", "Params", "find"]


def _when_called(module: str, function: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"{__name__}.{module}"), function)(*arguments)

    call.__name__ = call.__qualname__ = f"{module}.{function}"
    return call


def _model(short: str, framework: str) -> Model:
    module = f"{short}_mnist_cnn"
    init, logits, web = (_when_called(module, function) for function in ("init", "logits", "web"))
    return Model(f"{short}_mnist", short, framework, init=init, logits=logits, web=web)


MODELS: tuple[Model, ...] = (
    _model("jax", "JAX"),
    _model("flax", "Flax Linen"),
    _model("nnx", "Flax NNX"),
    _model("keras", "Keras on JAX"),
)


def find(name: str) -> Model:
    """The model of that name, short (`jax`) or whole (`jax_mnist`)."""
    for model in MODELS:
        if name in (model.short, model.name):
            return model
    names = ", ".join(model.short for model in MODELS)
    raise DemoError(f"There is no model {name!r}.", remedy=f"Choose one of {names}.")
