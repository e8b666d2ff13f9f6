"""Flax Linen modules: `(module, variables)`, a module or its class with weights, a bound module."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Mapping
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models.binding import Binding, bind, required
from totfjs.sources.jax.models.fit import fit, paths
from totfjs.sources.jax.models.model import Model
from totfjs.sources.jax.models.request import Request
from totfjs.sources.jax.models.tracing import tracing


def resolve(model: Any, request: Request) -> Model | None:
    """The module's `apply`, or None when this is not a Linen module."""
    linen = sys.modules.get("flax.linen")
    if linen is None:
        return None
    if inspect.isclass(model) and issubclass(model, linen.Module):
        model = _instance(model)
    if not isinstance(model, linen.Module):
        return None
    weights = request.weights
    if weights is None and model.scope is not None:
        model, weights = model.unbind()
    name = type(model).__name__
    if weights is None:
        raise SourceError(
            f"{name} is a Linen module: its weights are not part of it.",
            remedy="Give its variables or a checkpoint as weights: --weights CHECKPOINT, or weights=variables.",
        )
    method = getattr(type(model), request.method)
    binding = bind(method, list(request.arguments), skip=1, called=name, given=request.keywords)

    def call(given: Any, *inputs: Any) -> Any:
        return binding(functools.partial(model.apply, method=method), *inputs, before=(given,))

    def checked() -> Model:
        variables = _variables(model, method, binding, weights, list(request.arguments.values()))
        return Model(call, variables, name, binding.notes)

    likely = _likely(weights)
    return checked() if likely is None else Model(call, likely, name, binding.notes, checked=checked)


def _likely(weights: Any) -> dict[str, Any] | None:
    """The weights as they are, when they look like collections of which Flax sees each shape; else None.

    Flax compares the shapes of `params` with those that it would make. What broadcasts in another collection it takes.
    """
    if not isinstance(weights, Mapping) or not isinstance(weights.get("params"), Mapping):
        return None
    leaves = paths(weights)
    others = (leaf for path, leaf in leaves.items() if path[0] != "params")
    if any(1 in (sizes := tuple(getattr(leaf, "shape", ()))) or not sizes for leaf in others):
        return None
    return _nested(leaves)


def _instance(module: Any) -> Any:
    """A module of a class whose fields all have defaults."""
    missing = [name for name in required(module) or [] if name not in ("parent", "name")]
    if missing:
        raise SourceError(
            f"The Linen class {module.__name__} needs {', '.join(missing)}.",
            remedy=f"Give an instance: {module.__name__}({missing[0]}=...).",
        )
    return module()


def _variables(module: Any, method: Any, binding: Binding, weights: Any, arguments: list[Any]) -> dict[str, Any]:
    """The weights as the collections that the module reads, checked name by name."""
    expected = _expected(module, method, binding, arguments)
    given = weights if isinstance(weights, Mapping) else {"params": weights}
    if "params" in expected and "params" not in given:
        given = {"params": given}
    leaves = {path: leaf for path, leaf in paths(given).items() if path[0] in expected}
    wanted = paths(expected)
    if method is not type(module).__call__:  # a method of many leaves other weights alone
        leaves = {path: leaf for path, leaf in leaves.items() if path in wanted}
    return _nested(fit(wanted, leaves, type(module).__name__))


def _expected(module: Any, method: Any, binding: Binding, arguments: list[Any]) -> dict[str, Any]:
    """The abstract variables that the module makes for itself, as nested dicts."""
    import flax.core
    import jax

    def start(*inputs: Any) -> Any:
        streams = {name: jax.random.key(0) for name in ("params", "dropout")}
        return binding(functools.partial(module.init, method=method), *inputs, before=(streams,))

    with tracing(type(module).__name__):
        variables = flax.core.unfreeze(jax.eval_shape(start, *arguments))
    boxed = flax.core.meta.unbox(variables)
    return {name: tree for name, tree in boxed.items() if name not in ("intermediates", "losses")}


def _nested(leaves: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, leaf in leaves.items():
        branch = tree
        for key in path[:-1]:
            branch = branch.setdefault(key, {})
        branch[path[-1]] = leaf
    return tree
