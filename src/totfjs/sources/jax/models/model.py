"""What every kind of model object is reduced to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Model:
    """A pure function `call(weights, *arguments)` with its weights, a pytree whose leaves may be lazy arrays.

    `weight_name` turns the path of a leaf into the name of the weight. `checked`, where it is there, gives the same
    model with its weights held against those that it makes itself. That takes as long as tracing, so it is asked for
    when tracing fails or leaves weights unread, which with weights that fit it seldom does.
    """

    call: Callable[..., Any]
    weights: Any
    name: str
    notes: tuple[str, ...] = ()
    weight_name: Callable[[tuple[str, ...]], str] = field(default="/".join)
    checked: Callable[[], Model] | None = None


def path_of(keys: tuple[Any, ...]) -> tuple[str, ...]:
    """A path of JAX's pytree keys as plain words: dict keys, indices, attribute names."""
    return tuple(str(_word(key)) for key in keys)


def _word(key: Any) -> Any:
    for attribute in ("key", "idx", "name"):
        if hasattr(key, attribute):
            return getattr(key, attribute)
    return key


def abstract_leaf(leaf: Any) -> Any:
    """A leaf of a tree of weights as JAX's abstract value, without reading it."""
    import jax

    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
        return leaf
    return jax.ShapeDtypeStruct(tuple(leaf.shape), leaf.dtype)
