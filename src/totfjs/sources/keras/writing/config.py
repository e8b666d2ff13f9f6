"""A model as the configuration that Keras 3 reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.sources.keras.architecture import Call, Layer, Model, Ref

# Where the objects live that arguments hold.
_MODULES = {"initializer": "keras.initializers", "regularizer": "keras.regularizers", "constraint": "keras.constraints"}
_INTERNAL = ("build_config", "implied", "input_dtypes", "input_shape", "batch_input_shape")


def document_of(model: Model) -> dict[str, Any]:
    """The model as `{"module", "class_name", "config", "registered_name"}`."""
    if model.kind == "Sequential":
        layers = [_object(layer) for layer in model.layers]
        return _wrapped("Sequential", {"name": model.name, "layers": layers})
    items = [_listed(layer) for layer in model.layers]
    inputs, outputs = (_ends(tree, model) for tree in (model.inputs, model.outputs))
    config = {"name": model.name, "layers": items, "input_layers": inputs, "output_layers": outputs}
    return _wrapped("Functional", config)


def _wrapped(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    module = "keras" if kind == "Sequential" else "keras.src.models.functional"
    return {"module": module, "class_name": kind, "config": config, "registered_name": kind}


def _listed(layer: Layer) -> dict[str, Any]:
    calls = [] if layer.kind == "InputLayer" else [_call(call) for call in layer.calls]
    return {**_object(layer), "name": layer.name, "inbound_nodes": calls}


def _object(layer: Layer) -> dict[str, Any]:
    if layer.model is not None:
        made = document_of(layer.model)
        made["config"] = {**made["config"], "name": layer.name, "trainable": layer.trainable}
        return made
    kind = layer.kind.removeprefix("ops.")
    config = {key: _value(key, value) for key, value in layer.config.items() if key not in _INTERNAL}
    if layer.generation < 3:
        config = _in_keras_3(kind, config)
    return {"module": layer.package, "class_name": kind, "config": config, "registered_name": None}


def _in_keras_3(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Arguments of older files where Keras 3 would take them otherwise, or a default of its own."""
    if kind in ("GRU", "GRUCell"):
        config = {"reset_after": False, **config}
    if kind == "BatchNormalization" and isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config = {**config, "axis": config["axis"][0]}
    if kind != "InputLayer":  # which the first layer of a Sequential stood for
        config = {key: value for key, value in config.items() if key != "batch_shape"}
    policy = config.get("dtype")
    if isinstance(policy, Mapping) and policy.get("class_name") == "Policy":
        config = {**config, "dtype": (policy.get("config") or {}).get("name", "float32")}
    return config


def _value(key: str, value: Any) -> Any:
    """An argument as Keras 3 serialises it."""
    if isinstance(value, Layer):
        return _object(value)
    if isinstance(value, list | tuple):
        return [_value(key, item) for item in value]
    if isinstance(value, Mapping):
        plain = {name: _value(name, item) for name, item in value.items()}
        return _with_module(key, plain) if {"class_name", "config"} <= set(plain) else plain
    return _plain(value)


def _with_module(key: str, value: dict[str, Any]) -> dict[str, Any]:
    if "module" in value:
        return value
    module = next((module for word, module in _MODULES.items() if key.endswith(word)), None)
    return value if module is None else {"module": module, "registered_name": None, **value}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": str(value.dtype)}}
    if isinstance(value, slice):
        parts = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": parts}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    return value


def _call(call: Call) -> dict[str, Any]:
    return {"args": [_argument(item) for item in call.args],
            "kwargs": {key: _argument(item) for key, item in call.kwargs.items()}}  # fmt: skip


def _argument(tree: Any) -> Any:
    if isinstance(tree, Ref):
        history = [tree.layer, tree.call, tree.output]
        return {"class_name": "__keras_tensor__",
                "config": {"shape": [], "dtype": "float32", "keras_history": history}}  # fmt: skip
    if isinstance(tree, tuple):
        return {"class_name": "__tuple__", "config": {"value": [_argument(item) for item in tree]}}
    if isinstance(tree, list):
        return [_argument(item) for item in tree]
    if isinstance(tree, Mapping):
        return {key: _argument(item) for key, item in tree.items()}
    return _plain(tree)


def _ends(tree: Any, model: Model) -> Any:
    """Inputs or outputs; Keras counts the calls of a nested functional model from one there."""
    if isinstance(tree, Ref):
        inner = model.layer(tree.layer).model
        late = inner is not None and inner.kind != "Sequential"
        return [tree.layer, tree.call + late, tree.output]
    if isinstance(tree, Mapping):
        return {key: _ends(item, model) for key, item in tree.items()}
    return [_ends(item, model) for item in tree]
