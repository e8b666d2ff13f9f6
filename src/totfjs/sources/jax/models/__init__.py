"""The kinds of model objects. Each kind is reduced to a `Model`: a pure function of weights and inputs.

A framework is looked for only when it has been imported: nobody has an object of a library that was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models import equinox, function, haiku, keras, linen, nnx
from totfjs.sources.jax.models.model import Model
from totfjs.sources.jax.models.request import Request, opened

_KINDS = (linen, nnx, equinox, haiku, keras)


def resolve(model: Any, weights: Any, arguments: Mapping[str, Any]) -> Model:
    """The pure function behind whatever the user gave. `arguments` are abstract values by the user's names."""
    model, request = opened(model, Request(weights, arguments))
    for kind in _KINDS:
        found: Model | None = kind.resolve(model, request)
        if found is not None:
            return replace(found, notes=(*request.notes, *found.notes))
    if not callable(model):
        raise SourceError(
            f"{type(model).__name__} is not a model: it cannot be called.",
            remedy="Give a function of arrays, a (module, weights) pair, or an NNX, Equinox or Keras model.",
        )
    if arguments and function.is_factory(model):
        return resolve(model(), weights, arguments)
    found = function.resolve(model, request)
    return replace(found, notes=(*request.notes, *found.notes))


def with_own_inputs(model: Any, weights: Any) -> tuple[Any, Mapping[str, Any]]:
    """The model, made if need be, and the inputs that it describes itself: none for all but Keras models."""
    if function.is_factory(model):
        model = model()
    found, _ = opened(model, Request(weights, {}))
    return model, keras.own_inputs(found)


__all__ = ["Model", "resolve", "with_own_inputs"]
