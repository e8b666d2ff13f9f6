"""Reads a layers model of TensorFlow.js: its `model.json` holds a configuration as Keras 2 wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.errors import ModelFileError
from totfjs.sources.keras.reading.saved import Named, Saved
from totfjs.weights.entry import Entry


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
        weights=Named({name: entry.values for name, entry in entries.items()}),
    )


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """The model as `{"class_name", "config"}`."""
    return {"class_name": config["class_name"], "config": config.get("config")}
