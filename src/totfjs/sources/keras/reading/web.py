"""Reads a layers model of TensorFlow.js: its `model.json` holds a configuration as Keras 2 wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.errors import ModelFileError
from totfjs.sources.keras.reading.saved import Named, Nested, Saved, Weights
from totfjs.weights.array import Array
from totfjs.weights.entry import Entry

# What a `.keras` file holds besides the weights of its layers.
_OF_TRAINING = ("optimizer/", "metrics/")


def read_web(path: Path, document: Mapping[str, Any], entries: Mapping[str, Entry]) -> Saved:
    """The layers model of a parsed `model.json` and its weights."""
    topology = document.get("modelTopology")
    if not isinstance(topology, Mapping):
        raise ModelFileError(
            f"{path} holds weights without a model.",
            remedy="Convert the weights with --to weights, or the model again.",
        )
    config = topology.get("model_config", topology)
    if not isinstance(config, Mapping) or "class_name" not in config:
        raise ModelFileError(f"{path} has no layers in its model.json.", remedy="Convert the model again.")
    return Saved(
        path=path,
        format="TensorFlow.js layers model",
        version="2",
        config=_flat(config),
        training=document.get("trainingConfig"),
        weights=_weights({name: entry.values for name, entry in entries.items()}),
    )


def _weights(weights: Mapping[str, Array]) -> Weights:
    """Weights by name; the official converter gives those of a `.keras` file the names which they had in there."""
    if weights and all("/vars/" in name for name in weights):
        return Nested({name: array for name, array in weights.items() if not name.startswith(_OF_TRAINING)})
    return Named(weights)


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """The model as `{"class_name", "config"}`."""
    return {"class_name": config["class_name"], "config": config.get("config")}
