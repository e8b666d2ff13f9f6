"""Keras models and weights in HDF5: what Keras 1, 2, tf-keras and 3 call `.h5`, and `.weights.h5`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading.configuration import parse_model, parse_object
from totfjs.sources.keras.reading.problems import damaged, foreign
from totfjs.sources.keras.reading.saved import Listed, Nested, Saved
from totfjs.sources.keras.reading.structure import Tree, file_place, open_tree
from totfjs.sources.keras.reading.window import Place
from totfjs.weights.array import Array

_TOP = "top_level_model_weights"
_OPTIMIZER = "optimizer/"


def read_hdf5(path: Path) -> Saved:
    """Read an HDF5 file of Keras: a whole model, or weights alone."""
    with open_tree(file_place(path)) as tree:
        if "model_config" in tree.root.attrs:
            return _model(tree)
        if (holder := _weights_group(tree)) is not None:
            version = tree.text(holder, "keras_version") or ""
            return Saved(path, "Keras weights (HDF5)", version, None, None, Listed(_listed(tree, holder)))
        if "nb_layers" in tree.root.attrs:
            raise KerasFileError(f"{path} was written by Keras 0.", remedy="Load it with Keras 1 and save it again.")
        paths = nested_paths(tree)
    weights, optimizer = split_optimizer(paths)
    return Saved(path, "Keras weights (HDF5)", "", None, None, weights, optimizer)


def holds_model(path: Path) -> bool:
    """Whether an HDF5 file says what its weights are those of."""
    with open_tree(file_place(path)) as tree:
        return "model_config" in tree.root.attrs


def read_nested(place: Place) -> Mapping[str, Array]:
    """Every array of a file in which Keras nests weights, by its path."""
    with open_tree(place) as tree:
        return nested_paths(tree)


def nested_paths(tree: Tree) -> Mapping[str, Array]:
    """Every array by its path, such as `layers/dense/vars/0`; Keras on Windows separated its parts by backslashes."""
    paths: dict[str, Array] = {}
    for name, array in tree.arrays(tree.root):
        path = name.replace("\\", "/")
        if path in paths:
            raise damaged(tree.path, f"{path!r} is there twice")
        if path.split("/")[-2:-1] != ["vars"]:
            raise foreign(tree.path, f"an HDF5 file, but not one of Keras: it holds {path!r}")
        paths[path] = array
    if not paths and not tree.has(tree.root, "vars"):
        raise foreign(tree.path, "an HDF5 file, but not one of Keras")
    return dict(sorted(paths.items(), key=lambda item: _natural(item[0])))


def split_optimizer(paths: Mapping[str, Array]) -> tuple[Nested, tuple[tuple[str, Array], ...]]:
    """The weights of the model, and the variables of its optimizer."""
    weights = {path: array for path, array in paths.items() if not path.startswith(_OPTIMIZER)}
    return Nested(weights), tuple((path, array) for path, array in paths.items() if path.startswith(_OPTIMIZER))


def _model(tree: Tree) -> Saved:
    root = tree.root
    config = parse_model(tree.path, "its model_config", tree.text(root, "model_config") or "")
    training = tree.text(root, "training_config")
    weights = tree.group(root, "model_weights")
    version = tree.text(root, "keras_version") or tree.text(weights, "keras_version") or ""
    optimizer: tuple[tuple[str, Array], ...] = ()
    if tree.has(root, "optimizer_weights"):
        optimizer = _named(tree, tree.group(root, "optimizer_weights"))
    compiled: Mapping[str, Any] | None = None
    if training is not None:
        compiled = parse_object(tree.path, "its training_config", training)
    backend = tree.text(root, "backend") or tree.text(weights, "backend") or ""
    listed = Listed(_listed(tree, weights))
    return Saved(tree.path, "Keras HDF5", version, config, compiled, listed, optimizer, backend=backend)


def _weights_group(tree: Tree) -> Any:
    """The group that lists the weights of layers, in a file without a model."""
    if tree.has(tree.root, "model_weights"):
        return tree.group(tree.root, "model_weights")
    return tree.root if any(name in tree.root.attrs for name in ("layer_names", "layer_names0")) else None


def _listed(tree: Tree, holder: Any) -> dict[str, tuple[tuple[str, Array], ...]]:
    names = tree.names(holder, "layer_names")
    if names is None:
        raise damaged(tree.path, "it does not list its layers (layer_names)")
    layers = {name: _named(tree, tree.group(holder, name)) for name in names}
    if tree.has(holder, _TOP) and (own := _named(tree, tree.group(holder, _TOP))):
        layers[_TOP] = own
    return layers


def _named(tree: Tree, group: Any) -> tuple[tuple[str, Array], ...]:
    names = tree.names(group, "weight_names")
    return tuple((name, tree.array(group, name)) for name in names or ())


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Sorts `vars/10` behind `vars/9`."""
    parts = re.split(r"([0-9]{1,18})", path)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
