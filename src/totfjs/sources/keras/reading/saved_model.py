"""Legacy Keras SavedModels: `keras_metadata.pb` has the configuration, and the checkpoint of TensorFlow the weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.checkpoints.tensor_bundle import is_tensor_bundle, read_tensor_bundle
from totfjs.errors import SourceError
from totfjs.sources.keras.reading.configuration import parse_object
from totfjs.sources.keras.reading.object_graph import ObjectGraph
from totfjs.sources.keras.reading.problems import damaged, unsafe
from totfjs.sources.keras.reading.saved import Listed, Saved
from totfjs.weights.array import Array
from totfjs.wire import Message, WireError

_METADATA, _VARIABLES = "keras_metadata.pb", "variables/variables"
_LARGEST = 256 << 20
_NODES, _NODE_PATH, _IDENTIFIER, _JSON = 1, 3, 4, 5  # fields of SavedMetadata, and of the SavedObject in it
_OWN = "top_level_model_weights"  # the name that HDF5 files have for weights of the model itself
_INSTEAD = (
    "Load it with Keras and save it as .keras or .h5, or pass the model object in Python, "
    "where your own code runs anyway."
)

Pairs = tuple[tuple[str, Array], ...]


@dataclass(frozen=True)
class _Object:
    """What Keras wrote of an object: the kind of object, and its metadata as JSON."""

    identifier: str
    text: memoryview


def read_saved_model(path: Path) -> Saved:
    """Read the directory that `model.save(path, save_format="tf")` wrote; nothing of its TensorFlow graph is used."""
    objects = _objects(path)
    if "root" not in objects:
        raise damaged(path, f"its {_METADATA} does not describe a model")
    metadata = _metadata(path, objects["root"])
    config = _config(path, objects["root"].identifier, metadata)
    if not is_tensor_bundle(path / _VARIABLES):
        raise damaged(path, f"it has no {_VARIABLES}.index")
    try:
        graph = ObjectGraph(path, read_tensor_bundle(path / _VARIABLES))
        layers, optimizer = _layers(path, graph, objects), _optimizer(graph)
    except WireError as error:
        raise damaged(path, f"its object graph: {error}") from error
    training = metadata.get("training_config")
    return Saved(
        path,
        "Keras SavedModel",
        str(metadata.get("keras_version", "")),
        config,
        _plain(training) if isinstance(training, dict) else None,
        Listed(layers),
        optimizer,
    )


def _objects(path: Path) -> dict[str, _Object]:
    """What was written of each object, by its path from the model."""
    file = path / _METADATA
    if not file.is_file():
        raise SourceError(f"{path} is a SavedModel without a Keras model: it has no {_METADATA}.", remedy=_INSTEAD)
    if file.stat().st_size > _LARGEST:
        raise unsafe(path, f"its {_METADATA} has {file.stat().st_size:,} bytes")
    try:
        return {
            each.text(_NODE_PATH): _Object(each.text(_IDENTIFIER), each.data(_JSON))
            for each in Message(file.read_bytes()).messages(_NODES)
        }
    except WireError as error:
        raise damaged(path, f"its {_METADATA}: {error}") from error


def _metadata(path: Path, found: _Object) -> Mapping[str, Any]:
    return parse_object(path, f"its {_METADATA}", bytes(found.text))


def _config(path: Path, identifier: str, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    config = metadata.get("config")
    written = isinstance(config, dict) and "layers" in config
    if identifier not in ("_tf_keras_sequential", "_tf_keras_network") or not written:
        raise SourceError(
            f"{path}: the model {metadata.get('class_name')} is code, of which the file has no description.",
            remedy=_INSTEAD,
        )
    return {"class_name": metadata.get("class_name"), "config": _plain(config)}


def _plain(value: Any) -> Any:
    """JSON as other Keras files have it: tuples and shapes are lists, types are their names."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
        return _plain(value["items"])
    return {key: _plain(item) for key, item in value.items()}


def _layers(path: Path, graph: ObjectGraph, objects: Mapping[str, _Object]) -> dict[str, Pairs]:
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


def _named_layers(path: Path, graph: ObjectGraph, objects: Mapping[str, _Object]) -> Iterator[tuple[str, int]]:
    """The layers of the model in its order: their names are in the metadata, under any path that leads to them."""
    names: dict[int, str] = {}
    for place, found in objects.items():
        root, *parts = place.split(".")
        node = graph.at(*parts)
        if root == "root" and len(parts) == 1 and node is not None:
            names[node] = str(_metadata(path, found).get("name", ""))
    places = sorted(
        (int(number), node)
        for name, node in graph.children(0).items()
        for prefix, _, number in [name.partition("-")]
        if prefix == "layer" and number.isdecimal() and len(number) < 10
    )
    for number, node in places:
        if not names.get(node):
            raise damaged(path, f"its {_METADATA} does not name layer {number}")
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
