"""What is asked of a model object, and what lies inside of partials, jitted functions and bound methods of one."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.jax import _compat
from totfjs.sources.jax.models.training import without_training

# Where the class of models of a framework is, for those whose methods and `apply` are known.
_MODULES = (("flax.linen", "Module"), ("flax.nnx", "Module"), ("equinox", "Module"))


@dataclass(frozen=True)
class Request:
    """The weights that were given, the inputs by the user's names, the method to call and keywords for it."""

    weights: Any
    arguments: Mapping[str, Any]
    method: str = "__call__"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def method_of(self, module: Any) -> Any:
        """The method of a module, or the module itself, which knows more about its own signature."""
        return module if self.method == "__call__" else getattr(module, self.method)


def opened(model: Any, request: Request) -> tuple[Any, Request]:
    """The module, if any, whose method the user's callable is, and the request as the module sees it."""
    if type(model) is tuple and len(model) == 2 and request.weights is None:
        model, request = model[0], replace(request, weights=model[1])
    if hasattr(model, "apply_fn") and hasattr(model, "params"):
        state = model if request.weights is None else request.weights
        return opened(model.apply_fn, replace(request, weights=state))
    model, request = _of_optimizer(model, request)
    weights, note = without_training(request.weights)
    request = replace(request, weights=weights, notes=(*request.notes, *note))
    return _module(model, request) or (model, request)


def _module(model: Any, request: Request) -> tuple[Any, Request] | None:
    """The module of which `model` is a method, perhaps jitted, or with some of its arguments given."""
    places: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    while not inspect.ismethod(model):
        if isinstance(model, functools.partial):
            places, keywords = (*model.args, *places), {**model.keywords, **keywords}
            model = model.func
        elif (inner := _compat.unjitted(model)) is not None:
            model = inner
        elif _is_module(model) and not places:
            return model, replace(request, keywords=keywords)
        else:
            return None
    module, method = model.__self__, model.__name__
    if not _is_module(module):
        return None
    if method == "apply" and len(places) <= 1:
        method, request, places = "__call__", _with_variables(request, places), ()
    return None if places else (module, replace(request, method=method, keywords=keywords))


def _with_variables(request: Request, places: tuple[Any, ...]) -> Request:
    return replace(request, weights=places[0]) if places else request


def _is_module(model: Any) -> bool:
    return any(
        isinstance(model, getattr(sys.modules[framework], name)) for framework, name in _MODULES
        if framework in sys.modules
    )  # fmt: skip


def _of_optimizer(model: Any, request: Request) -> tuple[Any, Request]:
    """The module that an NNX optimizer updates."""
    nnx = sys.modules.get("flax.nnx")
    if nnx is None or not isinstance(model, nnx.Optimizer):
        return model, request
    if not hasattr(model, "model"):
        raise SourceError(
            "An nnx.Optimizer does not hold its model.", remedy="Give the module itself, or an nnx.ModelAndOptimizer."
        )
    return model.model, replace(request, notes=(*request.notes, "The optimizer was left out."))
