"""`tensorflowjs.converters.keras_tfjs_loader`: a layers model as a model of Keras 3, where Keras is installed.

The layers are written as a Keras file, which Keras opens in its safe mode: no code comes from the web model.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from totfjs.conversion.job import Job
from totfjs.conversion.keras import convert_keras
from totfjs.errors import MissingDependencyError, ModelFileError, UsageError
from totfjs.graph.ops import BACKENDS
from totfjs.sources.keras.lower import check
from totfjs.sources.keras.parsing import grown, parse_model
from totfjs.sources.keras.reading.web import read_web
from totfjs.sources.keras.writing.config import document_of
from totfjs.sources.tfjs.layers import layers_with
from totfjs.verification import plan
from totfjs.weights.buffers import Buffers
from totfjs.weights.entry import Entry
from totfjs.weights.read import read_manifest, read_span

Buffer = bytes | bytearray | memoryview
_MEMORY = Path("model.json")


def load_keras_model(
    config_json_path: str | Path,
    weights_path_prefix: str | Path | None = None,
    weights_data_buffers: Buffer | Sequence[Buffer] | None = None,
    load_weights: bool = True,
    use_unique_name_scope: bool = False,
) -> Any:
    """The Keras model of a `model.json`; its weights lie beside it, at the prefix, or in buffers.

    `use_unique_name_scope` changes nothing: Keras 3 has no graph that models share.
    """
    if weights_data_buffers and weights_path_prefix:
        raise UsageError(
            "The arguments weights_data_buffers and weights_path_prefix are mutually exclusive.",
            remedy="Give one of them.",
        )
    path = Path(config_json_path)
    if path.is_dir():
        raise UsageError(f"{path} is a directory.", remedy="Give the path of its model.json.")
    document = _document(path, _read(path))
    if not load_weights:
        return _topology(path, document)
    if weights_data_buffers:
        return _model(path, document, _from_buffers(document, weights_data_buffers))
    directory = path.parent if weights_path_prefix is None else Path(weights_path_prefix)
    if not directory.is_dir():
        raise UsageError(f"There is no directory {directory}.", remedy="Give the directory that holds the weights.")
    return _model(path, document, read_manifest(_manifest(path, document), directory))


def load_keras_keras_model(
    config_json_path: str | Path,
    weights_path_prefix: str | Path | None = None,
    weights_data_buffers: Buffer | Sequence[Buffer] | None = None,
    load_weights: bool = True,
    use_unique_name_scope: bool = False,
) -> Any:
    """The same as `load_keras_model`: what it was converted from makes no difference."""
    return load_keras_model(
        config_json_path, weights_path_prefix, weights_data_buffers, load_weights, use_unique_name_scope
    )


def deserialize_keras_model(
    config_json: Any, weight_data: Sequence[Any] | None = None, use_unique_name_scope: bool = False
) -> Any:
    """The Keras model of a `model.json` in memory: text, a dict or an open file.

    `weight_data` are buffers or open files, one for each group; without them the weights are fresh.
    """
    document = _document(_MEMORY, config_json)
    if not weight_data:
        return _topology(_MEMORY, document)
    if not isinstance(weight_data, list | tuple):
        raise UsageError(
            f"The weight_data are {type(weight_data).__name__}, not a list.",
            remedy="Give a list of buffers or open files.",
        )
    buffers = [item.read() if hasattr(item, "read") else item for item in weight_data]
    return _model(_MEMORY, document, _from_buffers(document, buffers))


def _from_buffers(document: Mapping[str, Any], buffers: Buffer | Sequence[Buffer]) -> dict[str, Entry]:
    listed = [buffers] if isinstance(buffers, bytes | bytearray | memoryview) else buffers
    lines = [line for group in _manifest(_MEMORY, document) for line in group["weights"]]
    return read_span(Buffers.holding(listed), lines)


def _model(path: Path, document: Mapping[str, Any], entries: Mapping[str, Entry]) -> Any:
    """Through a Keras file, which is checked to mean the same."""
    keras = _keras()
    source = layers_with(path, document, entries)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "model.keras"
        convert_keras(source, Job(file, (), {"force": True}, None, plan("off", BACKENDS), lambda *_: None))
        return keras.saving.load_model(file, compile=False)


def _topology(path: Path, document: Mapping[str, Any]) -> Any:
    """The model with fresh weights."""
    keras = _keras()
    saved = read_web(path, document, {})
    assert saved.config is not None
    model = grown(parse_model(saved.config, 2))
    check(model)
    return keras.saving.deserialize_keras_object(document_of(model))


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        missing = getattr(error, "name", None) or "keras"
        remedy = "Run `pip install keras`."
        if missing.partition(".")[0] != "keras":
            remedy = "Set KERAS_BACKEND=jax in the environment: Keras looks for another backend."
        raise MissingDependencyError(f"Keras cannot be imported: {missing} is not installed.", remedy=remedy) from error
    return keras


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}.", remedy="Give the path of a model.json.") from error


def _document(path: Path, given: Any) -> Mapping[str, Any]:
    """The object of a `model.json`."""
    content = given.read() if hasattr(given, "read") else given
    try:
        found = json.loads(content) if isinstance(content, str | bytes | bytearray) else content
    except ValueError as error:
        raise ModelFileError(f"{path} holds no JSON: {error}.", remedy="Give the model.json itself.") from error
    if not isinstance(found, Mapping) or not found.get("modelTopology"):
        raise ModelFileError(
            f"{path} has no modelTopology: it holds no model.", remedy="Give the model.json of a layers model."
        )
    if "node" in found["modelTopology"]:
        raise ModelFileError(f"{path} is a graph model, which has no layers.", remedy="Give a layers model.")
    return found


def _manifest(path: Path, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    manifest = document.get("weightsManifest")
    if not isinstance(manifest, list):
        raise ModelFileError(f"{path} has no weightsManifest.", remedy="Give load_weights=False for fresh weights.")
    return manifest
