"""Keras models from `.h5`, `.keras` and SavedModels as data, and live models: read, never run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from totfjs.errors import SourceError
from totfjs.sources.keras.parsing import attach, parse_model
from totfjs.sources.keras.reading.saved import Saved
from totfjs.sources.keras.source import KerasModel


def load(
    path: str | Path, *, inputs: Mapping[str, Any] | None = None, outputs: Sequence[str] | None = None
) -> KerasModel:
    """The model in a file."""
    from totfjs.sources.keras.reading import read_saved

    return opened(read_saved(path), inputs, outputs)


def opened(saved: Saved, inputs: Mapping[str, Any] | None = None, outputs: Sequence[str] | None = None) -> KerasModel:
    """The model that was read, with its weights attached."""
    if saved.config is None:
        raise SourceError(
            f"{saved.path} holds weights, not a model.",
            remedy="Save the whole model with model.save(...), or convert the weights alone with --to weights.",
        )
    model = parse_model(saved.config, generation(saved.version))
    model = attach(model, saved.weights, saved.assets)
    return KerasModel(model, inputs, outputs, training=saved.training)


def generation(version: str) -> int:
    """The major version of Keras; files that do not say are of Keras 1 or early Keras 2."""
    major = version.partition(".")[0]
    return int(major) if major.isdigit() and major != "0" else 1


__all__ = ["KerasModel", "generation", "load", "opened"]
