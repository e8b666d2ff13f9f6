"""Haiku: what `hk.transform` and `hk.transform_with_state` give, with parameters, and state, as weights."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models.binding import SWITCHES, Binding, bind
from totfjs.sources.jax.models.fit import Path, fit, paths
from totfjs.sources.jax.models.model import Model
from totfjs.sources.jax.models.request import Request
from totfjs.sources.jax.models.tracing import tracing


def resolve(model: Any, request: Request) -> Model | None:
    """The transformed function without its key and its new state, or None when this is not of Haiku."""
    haiku = sys.modules.get("haiku")
    if haiku is None:
        return None
    if isinstance(model, haiku.MultiTransformed | haiku.MultiTransformedWithState):
        raise SourceError(
            "What hk.multi_transform gives are several functions.",
            remedy="Give one of them: (hk.Transformed(model.init, model.apply.encode), params).",
        )
    if not isinstance(model, haiku.Transformed | haiku.TransformedWithState):
        return None
    collections = ("params", "state") if isinstance(model, haiku.TransformedWithState) else ("params",)
    weights = _collections(request.weights, collections)
    keys = _keys(model.apply, len(collections))
    skip = len(collections) + len(keys)
    binding = bind(model.apply, list(request.arguments), skip=skip, called=_name(model))
    fitted = _fitted(_expected(model, binding, request, collections), weights)

    def call(given: Mapping[str, Any], *inputs: Any) -> Any:
        result = binding(model.apply, *inputs, before=(*(given[name] for name in collections), *keys))
        return result[0] if len(collections) > 1 else result

    return Model(call, fitted, _name(model), binding.notes)


def _name(model: Any) -> str:
    """What Haiku called the function, where it still says so."""
    return str(getattr(model, "__name__", "")) or "transformed"


def _keys(apply: Any, place: int) -> tuple[None, ...]:
    """No random key, if the function takes one after its collections."""
    names = list(inspect.signature(apply).parameters)
    return (None,) if names[place : place + 1] == ["rng"] else ()


def _collections(weights: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The weights by collection: `params`, and `state` for functions that have one."""
    if isinstance(weights, tuple | list) and len(weights) == len(names):
        return dict(zip(names, weights, strict=True))
    if isinstance(weights, Mapping) and set(names) <= set(weights) and ("state" in names or len(weights) == 1):
        return {name: weights[name] for name in names}
    if isinstance(weights, Mapping) and len(names) == 1:
        return {"params": weights}
    raise SourceError(
        "A function transformed by Haiku needs its weights: "
        + ("parameters and state." if len(names) > 1 else "its parameters."),
        remedy="Give (transformed, (params, state))." if len(names) > 1 else "Give (transformed, params).",
    )


def _expected(model: Any, binding: Binding, request: Request, names: tuple[str, ...]) -> dict[str, Any]:
    """The abstract weights that the function makes for itself. Statistics are made when it is told to train."""
    import jax

    training = {name: not SWITCHES[name] if name in SWITCHES else value for name, value in binding.switches.items()}
    start = Binding(binding.by_place, binding.by_name, training)

    def initial(*inputs: Any) -> Any:
        return start(model.init, *inputs, before=(jax.random.PRNGKey(0),))

    with tracing("The transformed function"):
        made = jax.eval_shape(initial, *request.arguments.values())
    return dict(zip(names, made if len(names) > 1 else (made,), strict=True))


def _fitted(expected: dict[str, Any], weights: dict[str, Any]) -> dict[str, Any]:
    """The weights under the names of the function: module, then parameter. Files may have cut names at slashes."""
    wanted = {(collection, module, name): leaf
              for collection, modules in expected.items()
              for module, leaves in modules.items()
              for name, leaf in leaves.items()}  # fmt: skip
    given = {_words(path): leaf for path, leaf in paths(weights).items()}
    fitted = fit({_words(path): leaf for path, leaf in wanted.items()}, given, "the transformed function")
    nested: dict[str, Any] = {collection: {} for collection in expected}
    for collection, module, name in wanted:
        nested[collection].setdefault(module, {})[name] = fitted[_words((collection, module, name))]
    return nested


def _words(path: Path) -> Path:
    return tuple("/".join(path).split("/"))
