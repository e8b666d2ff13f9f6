"""Legacy Keras SavedModels: the configuration that Keras wrote into them, and the weights of the checkpoint in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from totfjs.checkpoints.tensor_bundle import is_tensor_bundle, read_tensor_bundle
from totfjs.errors import SourceError
from totfjs.sources.keras.reading.described import Described, described_objects
from totfjs.sources.keras.reading.object_graph import ObjectGraph
from totfjs.sources.keras.reading.problems import damaged
from totfjs.sources.keras.reading.saved import Listed, Saved
from totfjs.sources.keras.reading.saved_objects import SavedObjects
from totfjs.sources.keras.reading.vocabularies import learned, with_vocabularies
from totfjs.weights.array import Array
from totfjs.wire import WireError

_VARIABLES = "variables/variables"
_OWN = "top_level_model_weights"  # the name that HDF5 files have for weights of the model itself
_MODELS = ("_tf_keras_sequential", "_tf_keras_network")
_INSTEAD = (
    "Load it with Keras and save it as .keras or .h5, or pass the model object in Python, "
    "where your own code runs anyway."
)

Pairs = tuple[tuple[str, Array], ...]


def read_saved_model(path: Path) -> Saved:
    """Read the directory that `model.save(path, save_format="tf")` wrote; nothing of its TensorFlow graph is run."""
    try:
        return _read(path, described_objects(path))
    except WireError as error:
        raise damaged(path, f"its object graph: {error}") from error


def _read(path: Path, objects: Mapping[str, Described]) -> Saved:
    if "root" not in objects:
        raise SourceError(f"{path} is a SavedModel in which Keras does not describe a model.", remedy=_INSTEAD)
    config = _config(path, objects)
    if not is_tensor_bundle(path / _VARIABLES):
        raise damaged(path, f"it has no {_VARIABLES}.index")
    graph = ObjectGraph(path, read_tensor_bundle(path / _VARIABLES))
    metadata = objects["root"].metadata
    training = metadata.get("training_config")
    return Saved(
        path,
        "Keras SavedModel",
        str(metadata.get("keras_version", "")),
        config,
        _plain(training) if isinstance(training, dict) else None,
        Listed(_layers(path, graph, objects)),
        _optimizer(graph),
    )


def _config(path: Path, objects: Mapping[str, Described]) -> Mapping[str, Any]:
    root, metadata = objects["root"], objects["root"].metadata
    config = metadata.get("config")
    described = root.kind in _MODELS or metadata.get("is_graph_network") is True
    if not described or not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise SourceError(
            f"{path}: the model {metadata.get('class_name')} is code, of which the file has no description.",
            remedy=_INSTEAD,
        )
    model = {"class_name": metadata.get("class_name"), "config": _plain(config)}
    paths = learned(objects)
    return with_vocabularies(model, objects, paths, SavedObjects(path)) if paths else model


def _plain(value: Any) -> Any:
    """JSON as other Keras files have it: tuples and shapes are lists."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
        return _plain(value["items"])
    return {key: _plain(item) for key, item in value.items()}


def _layers(path: Path, graph: ObjectGraph, objects: Mapping[str, Described]) -> dict[str, Pairs]:
    """The weights of each layer of the model; what no layer has is the model's own."""
    found: dict[str, Pairs] = {}
    taken: set[int] = set()
    for name, node in _named_layers(path, graph, objects):
        nodes = _weights(graph, node)
        found[name] = _pairs(graph, nodes)
        taken.update(nodes)
    if own := [node for node in _weights(graph, 0) if node not in taken]:
        found[_OWN] = _pairs(graph, own)
    return found


def _named_layers(path: Path, graph: ObjectGraph, objects: Mapping[str, Described]) -> Iterator[tuple[str, int]]:
    """The layers of the model in its order: `layer-0` and on. Another path may lead to the description of one."""
    members = graph.children(0)
    names = {
        members[member]: str(found.metadata.get("name", ""))
        for (root, _, member), found in ((place.partition("."), found) for place, found in objects.items())
        if root == "root" and member in members
    }
    numbers = [name.removeprefix("layer-") for name in members if name.startswith("layer-")]
    for number in sorted(int(text) for text in numbers if text.isdecimal() and len(text) < 10):
        node = members.get(f"layer-{number}")
        if node is None or not names.get(node):
            raise damaged(path, f"it does not describe layer {number}")
        yield names[node], node


def _weights(graph: ObjectGraph, node: int) -> list[int]:
    """The variables of a layer as HDF5 files order them: those that are trained, and then the others."""
    lists = graph.children(node)
    inner = graph.children(lists["keras_api"]) if "keras_api" in lists else {}
    trained, everything, rest = (
        graph.items(lists.get(name, inner.get(name)))
        for name in ("trainable_variables", "variables", "non_trainable_variables")
    )
    return list(dict.fromkeys([*trained, *rest, *everything]))


def _optimizer(graph: ObjectGraph) -> Pairs:
    """The state of the optimizer: its list of variables, or the count of steps and the slots of an old one."""
    node = graph.at("optimizer")
    if node is None:
        return ()
    children = graph.children(node)
    if "_variables" in children:
        return _pairs(graph, graph.items(children["_variables"]))
    steps = [children["iter"]] if "iter" in children else []
    return _pairs(graph, [*steps, *graph.slots(node)])


def _pairs(graph: ObjectGraph, nodes: list[int]) -> Pairs:
    """Names and values; HDF5 files end names so."""
    return tuple((f"{name}:0", array) for name, array in map(graph.variable, nodes))
