"""Reads a web model of either kind as a source."""

from __future__ import annotations

from pathlib import Path

from totfjs.runtime.model_files import read_model
from totfjs.sources.source import Source
from totfjs.sources.tfjs.web_model import WebModel


def read_web_model(path: Path) -> Source:
    """The model in a directory, or of a `model.json`."""
    directory = path.parent if path.name == "model.json" else path
    document = read_model(directory).json
    if document.get("format") != "layers-model" and "node" in (document.get("modelTopology") or {}):
        return WebModel.read(path)
    from totfjs.sources.tfjs.layers import read_layers

    return read_layers(directory, document)
