"""Finds the weights in what training keeps: train states, and trees or tuples that hold an optimizer's state too."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

# What a train state has besides the collections of a model.
_TRAINING = ("step", "apply_fn", "tx", "opt_state", "rng", "key", "optimizer")


def without_training(weights: Any) -> tuple[Any, tuple[str, ...]]:
    """The weights without the state of an optimizer and what goes with it, and a note on what was left out."""
    if hasattr(weights, "opt_state") and hasattr(weights, "params"):
        weights = _fields(weights)
    elif _is_optimizer(weights):
        weights = weights.model
        return weights, ("The optimizer was left out.",)
    if isinstance(weights, Mapping):
        return _of_mapping(weights)
    if type(weights) in (tuple, list) and any(map(_is_optimizer_state, weights)):
        kept = [item for item in weights if not _is_optimizer_state(item) and not _is_number(item)]
        return kept[0] if len(kept) == 1 else tuple(kept), _note(["the optimizer's state"])
    return weights, ()


def _of_mapping(weights: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    states = [key for key, item in weights.items() if key == "opt_state" or _is_optimizer_state(item)]
    if not states:
        return weights, ()
    dropped = [key for key in weights if key in states or key in _TRAINING]
    kept = {key: item for key, item in weights.items() if key not in dropped}
    inner = kept.get("params")
    if isinstance(inner, Mapping) and "params" in inner:  # a state made of all variables
        kept = {**kept, **inner}
    return kept, _note([key for key in dropped if key not in ("apply_fn", "tx")])


def _note(dropped: list[str]) -> tuple[str, ...]:
    return (f"Left out, as only training needs it: {', '.join(dropped)}.",)


def _fields(state: Any) -> dict[str, Any]:
    """The fields of a train state that hold something."""
    names = [item.name for item in dataclasses.fields(state)] if dataclasses.is_dataclass(state) else list(vars(state))
    return {name: getattr(state, name) for name in names if getattr(state, name) is not None}


def _is_optimizer(weights: Any) -> bool:
    return hasattr(weights, "model") and hasattr(weights, "opt_state")


def _is_optimizer_state(item: Any) -> bool:
    """Whether a value is, or holds, a state of Optax."""
    if type(item).__module__.partition(".")[0] == "optax":
        return True
    return isinstance(item, tuple | list) and any(map(_is_optimizer_state, item))


def _is_number(item: Any) -> bool:
    return not isinstance(item, Mapping | tuple | list) and getattr(item, "ndim", 0) == 0 and not hasattr(item, "items")
