"""Vocabularies that layers of a SavedModel learned: they lie in its lookup tables, not in its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs.sources.keras.reading.described import Described
from totfjs.sources.keras.reading.problems import damaged
from totfjs.sources.keras.reading.saved_objects import SavedObjects

_LOOKUPS = {"StringLookup": (), "IntegerLookup": (), "TextVectorization": ("_lookup_layer",)}

Names = tuple[str, ...]


def learned(objects: Mapping[str, Described]) -> tuple[str, ...]:
    """The paths of layers whose configuration lacks the vocabulary."""
    return tuple(path for path, found in objects.items() if path != "root" and _lacks(found.metadata))


def with_vocabularies(
    config: Mapping[str, Any], objects: Mapping[str, Described], paths: tuple[str, ...], saved: SavedObjects
) -> Mapping[str, Any]:
    """The configuration of a model, as if its vocabularies had been given when its layers were made."""
    tables = {_names(objects, path): _tokens(saved, path, objects[path].metadata) for path in paths}
    return _filled(config, {names: tokens for names, tokens in tables.items() if names and tokens is not None})


def _lacks(metadata: Mapping[str, Any]) -> bool:
    config = metadata.get("config")
    return metadata.get("class_name") in _LOOKUPS and isinstance(config, dict) and config.get("vocabulary") is None


def _names(objects: Mapping[str, Described], path: str) -> Names:
    """The names of the models and of the layer that a path leads through; none if it leads through something else."""
    parts = path.split(".")
    places = [".".join(parts[: length + 1]) for length in range(1, len(parts))]
    if not all(place in objects for place in places):
        return ()
    return tuple(str(objects[place].metadata.get("name")) for place in places)


def _tokens(saved: SavedObjects, path: str, metadata: Mapping[str, Any]) -> list[str | int] | None:
    inner = _LOOKUPS[metadata["class_name"]]
    node = saved.at(*path.split(".")[1:], *inner, "lookup_table")
    table = saved.table(node) if node is not None else None
    if table is None:
        return None
    tokens, numbers = reversed(table) if metadata["config"].get("invert") else table
    if numbers and numbers != list(range(int(numbers[0]), int(numbers[0]) + len(numbers))):
        raise damaged(saved.path, f"the vocabulary of {metadata.get('name')!r} is not in order")
    return list(tokens)


def _filled(model: Mapping[str, Any], tokens: Mapping[Names, list[str | int]]) -> Mapping[str, Any]:
    config = model["config"]
    layers = [_layer(layer, tokens) for layer in config["layers"]]
    return {**model, "config": {**config, "layers": layers}}


def _layer(layer: Any, tokens: Mapping[Names, list[str | int]]) -> Any:
    config = layer.get("config") if isinstance(layer, dict) else None
    if not isinstance(config, dict):
        return layer
    inner = {names[1:]: found for names, found in tokens.items() if names[0] == config.get("name")}
    if () in inner:
        return {**layer, "config": {**config, "vocabulary": inner[()]}}
    return _filled(layer, inner) if inner and isinstance(config.get("layers"), list) else layer
