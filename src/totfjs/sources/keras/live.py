"""A Keras model that lives in this process: its configuration and its variables, as a file would hold them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.sources.keras.reading.saved import Listed, Saved
from totfjs.weights.array import Array, as_array


def is_live(source: Any) -> bool:
    """Whether an object is a model of Keras 3 that is made of layers."""
    keras = sys.modules.get("keras")
    if keras is None or not hasattr(keras, "Model"):
        return False
    return isinstance(source, keras.Sequential) or (isinstance(source, keras.Model) and hasattr(source, "_functional"))


def saved_of(model: Any) -> Saved:
    """What a file of the model would hold; variables are read when they are written."""
    keras = sys.modules["keras"]
    document = _plain(keras.saving.serialize_keras_object(model))
    layers = [layer for layer in model._operations if hasattr(layer, "weights")]
    return Saved(
        path=Path(model.name),
        format="Keras model",
        version=str(keras.__version__),
        config=document,
        training=document.get("compile_config"),
        weights=Listed({layer.name: tuple(_variables(layer)) for layer in layers}),
    )


def _variables(layer: Any) -> Iterator[tuple[str, Array]]:
    for variable in (*layer.trainable_weights, *layer.non_trainable_weights):
        yield variable.path, as_array(variable.numpy() if not hasattr(variable.value, "shape") else variable.value)


def _plain(value: Any) -> Any:
    """The configuration as JSON would give it back: lists for tuples, numbers for numpy's."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
