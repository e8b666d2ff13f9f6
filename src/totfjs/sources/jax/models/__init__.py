"""The kinds of model objects. Each kind is reduced to a `Model`: a pure function of weights and inputs.

A framework is looked for only when it has been imported: nobody has an object of a library that was not.
"""

from __future__ import annotations

from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models import equinox, function, linen, nnx
from totfjs.sources.jax.models.model import Model

_KINDS = (linen, nnx, equinox)


def resolve(model: Any, weights: Any, arguments: dict[str, Any]) -> Model:
    """The pure function behind whatever the user gave. `arguments` are abstract values by the user's names."""
    if isinstance(model, tuple) and len(model) == 2 and weights is None:
        model, weights = model
    for kind in _KINDS:
        found: Model | None = kind.resolve(model, weights, arguments)
        if found is not None:
            return found
    if not callable(model):
        raise SourceError(
            f"{type(model).__name__} is not a model: it cannot be called.",
            remedy="Give a function of arrays, a (linen_module, variables) pair, or an NNX or Equinox module.",
        )
    if function.is_factory(model, arguments):
        return resolve(model(), weights, arguments)
    return function.resolve(model, weights, arguments)


__all__ = ["Model", "resolve"]
