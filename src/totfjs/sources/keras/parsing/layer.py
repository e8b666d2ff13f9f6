"""The configuration of one layer, in Keras 3's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.operations import rules
from totfjs.sources.keras.parsing.renamed import in_words_of_keras_3
from totfjs.sources.keras.parsing.values import damaged, read_value

# Arguments that hold layers.
_HOLDING = ("layer", "backward_layer", "cell", "cells")
# Wrappers keep a model as JSON under the same keys.
_OPERATIONS = ("keras.ops", "keras.src.ops")


def parse_layer(item: Mapping[str, Any], generation: int) -> Layer:
    """The layer that `{"class_name", "config"}` describes: no model, no calls, no weights yet."""
    kind, config = item.get("class_name"), item.get("config")
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise damaged("a layer has no class_name and config")
    name = str(config.get("name") or item.get("name") or kind)
    package = _package(item, kind, generation)
    read = {key: _argument(key, value, generation, name) for key, value in config.items()}
    build = item.get("build_config")
    kind, read = in_words_of_keras_3(_bare(kind), read, generation, package)
    if package.startswith(_OPERATIONS) or _is_operation(item, kind, generation):
        kind = f"ops.{kind}"
    if build:
        read["build_config"] = build
    return Layer(kind, name, read, generation=generation, package=package)


def _is_operation(item: Mapping[str, Any], kind: str, generation: int) -> bool:
    """Whether a class of Keras 3 is an operation: HDF5 files do not say, but layers have more arguments."""
    written = generation >= 3 and not item.get("module") and "trainable" not in item["config"]
    return written and kind != "InputLayer" and f"ops.{kind}" in rules()


def _bare(kind: str) -> str:
    """A class name without the package under which it was registered."""
    return kind.rpartition(">")[2]


def _package(item: Mapping[str, Any], kind: str, generation: int) -> str:
    """Where the class lives. Custom classes keep the package under which they were registered."""
    registered = item.get("registered_name")
    if ">" in kind:
        return kind.rpartition(">")[0]
    if isinstance(registered, str) and ">" in registered:
        return registered.rpartition(">")[0]
    module = item.get("module")
    return module if isinstance(module, str) and module else "keras.layers"


def _argument(key: str, value: Any, generation: int, name: str) -> Any:
    from totfjs.sources.keras.parsing.model import is_model, parse_model

    if key in _HOLDING and isinstance(value, list):
        return [_argument(key, item, generation, name) for item in value]
    if key in _HOLDING and isinstance(value, Mapping) and "class_name" in value:
        if not is_model(value["class_name"]):
            return parse_layer(value, generation)
        model = parse_model(value, generation, 1)
        return Layer(model.kind, model.name, {}, (), model, generation, "keras")
    return read_value(value, name)
