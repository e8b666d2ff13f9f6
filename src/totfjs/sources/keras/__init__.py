"""Keras models from `.h5`, `.keras` and SavedModels as data, and live models: read, never run."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.errors import SourceError, UnsupportedError
from totfjs.sources.keras.reading import is_keras_file

if TYPE_CHECKING:
    from totfjs.sources.keras.reading import Saved
    from totfjs.sources.keras.reading.saved import Weights
    from totfjs.sources.keras.source import KerasModel
    from totfjs.weights.array import Array


def load(
    path: str | Path, *, inputs: Mapping[str, Any] | None = None, outputs: Sequence[str] | None = None
) -> KerasModel:
    """The model in a file."""
    from totfjs.sources.keras.reading import read_saved

    return opened(read_saved(path), inputs, outputs)


def opened(saved: Saved, inputs: Mapping[str, Any] | None = None, outputs: Sequence[str] | None = None) -> KerasModel:
    """The model that was read, with its weights attached."""
    from totfjs.sources.keras.lower import check
    from totfjs.sources.keras.parsing import attach, grown, parse_model
    from totfjs.sources.keras.parsing.layouts import check_backend
    from totfjs.sources.keras.source import KerasModel

    if saved.config is None:
        raise SourceError(
            f"{saved.path} holds weights, not a model.",
            remedy="Save the whole model with model.save(...), or convert the weights alone with --to weights.",
        )
    model = grown(parse_model(saved.config, generation(saved.version)))
    check(model)
    check_backend(model, saved.backend)
    return KerasModel(attach(model, saved.weights, saved.assets), saved, inputs, outputs)


def named_weights(path: str | Path) -> list[tuple[str, Array]]:
    """The weights of a file, those of the optimizer left out: by layer and variable where the file says so."""
    from totfjs.sources.keras.parsing.attach import listed_of
    from totfjs.sources.keras.reading import read_saved

    saved = read_saved(path)
    if saved.config is None:
        return _as_written(saved.weights)
    try:
        lists = listed_of(opened(saved).model)
    except UnsupportedError:
        return _as_written(saved.weights)
    return [item for items in lists.values() for item in items]


def _as_written(weights: Weights) -> list[tuple[str, Array]]:
    """Weights by their names in the file."""
    from totfjs.sources.keras.reading import Listed, Nested

    if isinstance(weights, Nested):
        kept = [(name, array) for name, array in weights.paths.items() if not name.startswith("optimizer/")]
        return [(name.removeprefix("layers/").replace("/vars/", "/"), array) for name, array in kept]
    assert isinstance(weights, Listed)
    return [(name.removesuffix(":0"), array) for items in weights.layers.values() for name, array in items]


def holds_weights_alone(path: str | Path) -> bool:
    """Whether a path is a Keras file of weights without a model."""
    path = Path(path)
    name = path.name.lower()
    if name.endswith((".weights.h5", ".weights.json")):
        return path.is_file()
    if not (name.endswith((".h5", ".hdf5")) and path.is_file()):
        return False
    from totfjs.sources.keras.reading.hdf5 import holds_model

    return not holds_model(path)


def of_live(
    source: Any, inputs: Mapping[str, Any] | None, outputs: Sequence[str] | None, weights: Any = None
) -> KerasModel | None:
    """A model of Keras 3 that lives in this process, or one that a function of nothing makes.

    `weights` may be a Keras file of its weights. None for other objects and weights, and for models with code of one's
    own on the JAX backend, which can be traced.
    """
    keras = sys.modules.get("keras")
    stored = isinstance(weights, str | Path) and is_keras_file(weights)
    if keras is None or not hasattr(keras, "Model") or (weights is not None and not stored):
        return None
    from totfjs.sources.keras import live

    model = live.made(source)
    if not live.is_made_of_layers(model):
        return None
    try:
        if stored:
            return opened(_with_weights(live.saved_of(model), weights), inputs, outputs)
        found = opened(live.saved_of(model), inputs, outputs)
    except UnsupportedError:
        if keras.config.backend() == "jax" and not stored:
            return None
        raise
    return replace(found, live=live.computing(model, found), asked=model)


def _with_weights(saved: Saved, path: str | Path) -> Saved:
    """A live model with the weights of a file."""
    from totfjs.sources.keras.reading import read_saved

    read = read_saved(path)
    return replace(saved, path=read.path, weights=read.weights, assets=read.assets)


def generation(version: str) -> int:
    """The major version of Keras; files that do not say are of Keras 1 or early Keras 2."""
    major = version.partition(".")[0]
    return int(major) if major.isdigit() and major != "0" else 1


__all__ = ["generation", "holds_weights_alone", "is_keras_file", "load", "named_weights", "of_live", "opened"]
