"""What a path looks like, in the old package's words."""

from __future__ import annotations

import json
from pathlib import Path

from totfjs.compat import formats

_SUFFIXES = {
    ".h5": formats.KERAS,
    ".hdf5": formats.KERAS,
    ".keras": formats.KERAS_KERAS,
    ".pb": formats.FROZEN,
    ".pbtxt": formats.FROZEN,
}
_SAVED_MODELS = ("saved_model.pb", "saved_model.pbtxt")


def detected(path: str) -> str | None:
    """The input format that a path looks like; None when it looks like none."""
    if path.startswith(("http://", "https://")):
        return formats.HUB
    place = Path(path)
    if place.name == "model.json" or (place / "model.json").is_file():
        return _web_model(place if place.is_file() else place / "model.json")
    if place.name in _SAVED_MODELS:
        return _saved_model(place.parent)
    if any((place / name).is_file() for name in _SAVED_MODELS):
        return _saved_model(place)
    if (place / "tfhub_module.pb").is_file():
        return formats.HUB
    return _SUFFIXES.get(place.suffix.lower()) if place.is_file() else None


def _web_model(file: Path) -> str | None:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict):
        return None
    topology = document.get("modelTopology")
    graph = isinstance(topology, dict) and "node" in topology
    return formats.GRAPH if graph and document.get("format") != "layers-model" else formats.LAYERS


def _saved_model(directory: Path) -> str:
    """Keras describes its layers in a file of their own."""
    keras = (directory / "keras_metadata.pb").is_file() or (directory / "assets/saved_model.json").is_file()
    return formats.KERAS_SAVED_MODEL if keras else formats.SAVED_MODEL
