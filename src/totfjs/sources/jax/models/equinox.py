"""Equinox modules: their arrays are the weights, `inference` is switched on; a state goes in and is dropped after."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Sequence
from typing import Any

from totfjs.sources.jax.models.binding import bind
from totfjs.sources.jax.models.fit import fit, paths
from totfjs.sources.jax.models.model import Model, path_of
from totfjs.sources.jax.models.request import Request


def resolve(model: Any, request: Request) -> Model | None:
    """The module in inference mode, or None when this is not an Equinox module."""
    equinox = sys.modules.get("equinox")
    if equinox is None or not isinstance(model, equinox.Module):
        return None
    name = type(model).__name__
    arrays, rest = equinox.partition(equinox.nn.inference_mode(model), equinox.is_array)
    state, weights = _state_in(equinox, request.weights)
    module = arrays if weights is None else _replaced(arrays, weights, name)
    function, names = request.method_of(model), list(request.arguments)
    given, notes = _keywords(request, function)
    after = state is not None and _follows(function, names)
    binding = bind(function, [*names, "state"] if after else names, called=name, given=given)

    def call(values: Any, *inputs: Any) -> Any:
        arrays, state = values
        method = request.method_of(equinox.combine(arrays, rest))
        if state is None:
            return binding(method, *inputs)
        if after:
            return _without_state(equinox, binding(method, *inputs, state))
        return _without_state(equinox, binding(functools.partial(method, state=state), *inputs))

    set_for_inference = ("inference mode was set on the module", *notes, *binding.notes)
    return Model(call, (module, state), name, set_for_inference, _weight_name)


def _state_in(equinox: Any, weights: Any) -> tuple[Any, Any]:
    """The state among the weights, and the other weights: a state alone, or (module or arrays, state)."""
    if isinstance(weights, equinox.nn.State):
        return weights, None
    if isinstance(weights, tuple) and len(weights) == 2 and isinstance(weights[1], equinox.nn.State):
        return weights[1], weights[0]
    return None, weights


def _follows(function: Any, names: Sequence[str]) -> bool:
    """Whether the state is the argument after the inputs."""
    parameters = inspect.signature(function).parameters
    variadic = any(item.kind is item.VAR_POSITIONAL for item in parameters.values())
    return list(parameters)[len(names) : len(names) + 1] == ["state"] or (variadic and "state" not in parameters)


def _keywords(request: Request, function: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the module takes besides inputs and state: a key, where it insists on one."""
    import jax

    given = dict(request.keywords)
    key = inspect.signature(function).parameters.get("key")
    if key is None or key.default is not key.empty or "key" in (*given, *request.arguments):
        return given, ()
    given["key"] = jax.random.PRNGKey(0)
    return given, ("key=jax.random.PRNGKey(0) was given: the module asks for a key.",)


def _without_state(equinox: Any, result: Any) -> Any:
    """What a module returns, but for its new state."""
    if not isinstance(result, tuple):
        return result
    kept = tuple(item for item in result if not isinstance(item, equinox.nn.State))
    return kept[0] if len(kept) == 1 else kept


def _weight_name(path: tuple[str, ...]) -> str:
    """The path in the module, without what transformations wrap around it."""
    part, *rest = path
    words = [word for word in rest if word not in ("_fun", "__wrapped__")]
    return "/".join(words if part == "0" else ["state", *words])


def _replaced(arrays: Any, weights: Any, name: str) -> Any:
    """The given weights in the structure of the module, matched by path."""
    import jax

    flat, structure = jax.tree_util.tree_flatten_with_path(arrays)
    given = {path_of(path): leaf for path, leaf in jax.tree_util.tree_flatten_with_path(weights)[0]}
    if isinstance(weights, dict):
        given = paths(weights)
    fitted = fit({path_of(path): leaf for path, leaf in flat}, given, name)
    return jax.tree_util.tree_unflatten(structure, [fitted[path_of(path)] for path, _ in flat])
