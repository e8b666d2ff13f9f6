"""Equinox modules: their arrays are the weights, `inference` is switched on."""

from __future__ import annotations

import sys
from typing import Any

from totfjs.sources.jax.models.binding import bind
from totfjs.sources.jax.models.fit import fit
from totfjs.sources.jax.models.model import Model, path_of


def resolve(model: Any, weights: Any, arguments: dict[str, Any]) -> Model | None:
    """The module in inference mode, or None when this is not an Equinox module."""
    equinox = sys.modules.get("equinox")
    if equinox is None or not isinstance(model, equinox.Module):
        return None
    module = equinox.nn.inference_mode(model)
    arrays, rest = equinox.partition(module, equinox.is_array)
    name = type(model).__name__
    binding = bind(module.__call__, list(arguments), called=name)
    return Model(
        lambda given, *inputs: binding(equinox.combine(given, rest), *inputs),
        arrays if weights is None else _replaced(arrays, weights, name),
        name,
        ("inference mode was set on the module", *binding.notes),
    )


def _replaced(arrays: Any, weights: Any, name: str) -> Any:
    """The given weights in the structure of the module, matched by path."""
    import jax

    flat, structure = jax.tree_util.tree_flatten_with_path(arrays)
    given = {path_of(path): leaf for path, leaf in jax.tree_util.tree_flatten_with_path(weights)[0]}
    fitted = fit({path_of(path): leaf for path, leaf in flat}, given, name)
    return jax.tree_util.tree_unflatten(structure, [fitted[path_of(path)] for path, _ in flat])
