"""Flax NNX modules: an instance, or a class or factory with weights. The state is an argument of the trace."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax.models.binding import bind, required
from totfjs.sources.jax.models.fit import Path, fit, paths
from totfjs.sources.jax.models.model import Model
from totfjs.sources.jax.models.request import Request


def resolve(model: Any, request: Request) -> Model | None:
    """The module in `.eval()` mode, or None when this is not an NNX module."""
    nnx = sys.modules.get("flax.nnx")
    if nnx is None:
        return None
    if _is_maker(nnx, model, request.weights):
        model = _made(nnx, model)
    if not isinstance(model, nnx.Module):
        return None
    name = type(model).__name__
    module = nnx.merge(*nnx.split(model))  # a copy: the user's own module keeps its mode
    module.eval()
    definition, state = nnx.split(module)
    values = {_words(path): variable for path, variable in nnx.to_flat_state(state)}
    chosen = _chosen(nnx, name, values, request.weights)
    method = getattr(module, request.method)
    binding = bind(method, list(request.arguments), called=name, given=request.keywords)

    def call(given: Mapping[str, Any], *inputs: Any) -> Any:
        flat = [(path, variable.replace(given["/".join(_words(path))])) for path, variable in nnx.to_flat_state(state)]
        return binding(getattr(nnx.merge(definition, nnx.from_flat_state(flat)), request.method), *inputs)

    notes = (".eval() was called on the module", *binding.notes)
    return Model(call, {"/".join(path): leaf for path, leaf in chosen.items()}, name, notes, "".join)


def _is_maker(nnx: Any, model: Any, weights: Any) -> bool:
    if inspect.isclass(model) and issubclass(model, nnx.Module):
        if weights is None:
            raise SourceError(
                f"{model.__name__} is an NNX class: it has no weights yet.",
                remedy="Give an instance of it, or a checkpoint as weights.",
            )
        return True
    made_of_nothing = inspect.isfunction(model) and not set(required(model) or []) - {"rngs"}
    return weights is not None and made_of_nothing and len(inspect.signature(model).parameters) <= 1


def _made(nnx: Any, maker: Callable[..., Any]) -> Any:
    """The abstract module that a class or factory makes, or None when it makes something else."""
    return nnx.eval_shape(lambda: module if isinstance(module := _make(nnx, maker), nnx.Module) else None)


def _make(nnx: Any, maker: Callable[..., Any]) -> Any:
    builder = maker.__init__ if inspect.isclass(maker) else maker  # the class itself takes anything
    others = [name for name in required(builder) or [] if name not in ("self", "rngs")]
    if others:
        raise SourceError(
            f"{maker.__name__} needs {', '.join(others)} to be built.",
            remedy="Give a function that builds it: lambda: " + f"{maker.__name__}({others[0]}=..., rngs=nnx.Rngs(0)).",
        )
    takes_rngs = "rngs" in inspect.signature(builder).parameters
    return maker(rngs=nnx.Rngs(0)) if takes_rngs else maker()


def _chosen(nnx: Any, name: str, values: Mapping[Path, Any], weights: Any) -> dict[Path, Any]:
    """The value of each variable: the module's own, or those given. Random streams need not be given."""
    own = {path: _value(variable) for path, variable in values.items()}
    if weights is None:
        return own
    random = {path for path, variable in values.items() if issubclass(_kind(nnx, variable), nnx.RngState)}
    given = _given(nnx, weights)
    wanted = {path: leaf for path, leaf in own.items() if path not in random}
    fitted = fit(wanted, {path: leaf for path, leaf in given.items() if path not in random}, name)
    return {path: _stream(leaf) if path in random else fitted[path] for path, leaf in own.items()}


def _kind(nnx: Any, variable: Any) -> Any:
    """The class of a variable, which older versions of Flax keep in its state."""
    return type(variable) if isinstance(variable, nnx.Variable) else variable.type


def _given(nnx: Any, weights: Any) -> dict[Path, Any]:
    if isinstance(weights, nnx.Module):
        weights = nnx.state(weights)
    if isinstance(weights, nnx.State):
        return {_words(path): _value(variable) for path, variable in nnx.to_flat_state(weights)}
    found = paths(weights)
    tops = {path[0] for path in found}
    return {path[1:]: leaf for path, leaf in found.items()} if tops == {"params"} else found


def _stream(leaf: Any) -> Any:
    """A random key or counter in place of an abstract one. In `.eval()` mode nothing reads it."""
    import jax
    import numpy as np

    if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.key(0)
    return np.zeros(leaf.shape, leaf.dtype)


def _value(variable: Any) -> Any:
    return variable.get_value() if hasattr(variable, "get_value") else variable.value


def _words(path: tuple[Any, ...]) -> Path:
    return tuple(map(str, path))
