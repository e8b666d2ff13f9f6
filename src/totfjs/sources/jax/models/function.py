"""Plain callables: functions of arrays, or of a pytree of parameters first."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax import _compat
from totfjs.sources.jax.models.binding import Binding, bind, required
from totfjs.sources.jax.models.model import Model, abstract_leaf
from totfjs.sources.jax.models.request import Request


def is_factory(model: Any) -> bool:
    """Whether a callable makes a model rather than being one: it is a function or a class that takes nothing."""
    return (inspect.isfunction(model) or inspect.isclass(model)) and _takes_nothing(model)


def resolve(model: Callable[..., Any], request: Request) -> Model:
    """The function itself; with weights, they are its first argument."""
    names = list(request.arguments)
    model = _not_jitted(model)
    if request.weights is not None:
        binding = bind(model, names, skip=1)
        first = _first_parameters(model, 1)[0]
        return Model(
            lambda given, *inputs: binding(model, *inputs, before=(given,)),
            _as_taken(model, binding, request),
            name_of(model),
            binding.notes,
            lambda path: "/".join(path if path[:1] == (first,) else (first, *path)),
        )
    _check_mode(model)
    binding = bind(model, names)
    if isinstance(model, functools.partial) and any(map(_holds_arrays, model.args)):
        return _of_partial(model, binding)
    return Model(lambda _, *inputs: binding(model, *inputs), None, name_of(model), binding.notes)


def _not_jitted(model: Callable[..., Any]) -> Callable[..., Any]:
    """A function as it was before `jax.jit`, which makes a value of a switch that Python has to decide on."""
    if isinstance(model, functools.partial):
        inner = _not_jitted(model.func)
        return functools.partial(inner, *model.args, **model.keywords)
    bare: Callable[..., Any] = _compat.unjitted(model) or model
    return bare


def _of_partial(model: functools.partial[Any], binding: Binding) -> Model:
    """A function some of whose arguments are given: those that are arrays are its weights."""
    given = dict(zip(_first_parameters(model.func, len(model.args)), model.args, strict=True))
    weights = {name: tree for name, tree in given.items() if _holds_arrays(tree)}
    function = functools.partial(model.func, **model.keywords)
    return Model(
        lambda values, *inputs: binding(function, *inputs, before=[*({**given, **values}).values()]),
        weights,
        name_of(model),
        binding.notes,
    )


def _holds_arrays(tree: Any) -> bool:
    """Whether a tree has arrays for all its leaves: numbers may be sizes, which have to stay as they are."""
    import jax

    leaves = jax.tree.leaves(tree)
    return bool(leaves) and all(hasattr(leaf, "shape") and hasattr(leaf, "dtype") for leaf in leaves)


def _as_taken(model: Callable[..., Any], binding: Binding, request: Request) -> Any:
    """The parameters of a train state as the function takes them: alone, or as the collection `params`."""
    weights = request.weights
    if not request.notes or not isinstance(weights, Mapping) or set(weights) != {"params"}:
        return weights
    import jax

    def call(values: Any, *inputs: Any) -> Any:
        return binding(model, *inputs, before=(values,))

    try:
        jax.eval_shape(call, jax.tree.map(abstract_leaf, weights["params"]), *request.arguments.values())
    except Exception:  # whatever the function raises for a tree that it does not take
        return weights
    return weights["params"]


def _check_mode(model: Any) -> None:
    """A transformed function hides its module, which then cannot be put into inference mode."""
    equinox = sys.modules.get("equinox")
    module = inspect.unwrap(model) if callable(model) else model
    if equinox is None or not isinstance(module, equinox.Module):
        return
    if not equinox.tree_equal(module, equinox.nn.inference_mode(module)):
        raise SourceError(
            f"{type(module).__name__} is in training mode inside of a transformed function.",
            remedy="Transform equinox.nn.inference_mode(model), or use equinox.filter_vmap, which shows its module.",
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


def _first_parameters(model: Callable[..., Any], count: int) -> list[str]:
    """The names of the first parameters, made up where there are none."""
    try:
        names = list(inspect.signature(model).parameters)[:count]
    except (TypeError, ValueError):
        names = []
    return [*names, *["params", *(f"params_{index}" for index in range(1, count))][len(names) : count]]
