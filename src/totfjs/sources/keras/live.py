"""A Keras model that lives in this process: its configuration and its variables, as a file would hold them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.sources.keras.architecture import Ref
from totfjs.sources.keras.reading.saved import Listed, Saved
from totfjs.weights.array import Array, as_array

if TYPE_CHECKING:
    from totfjs.sources.keras.source import KerasModel


def made(source: Any) -> Any:
    """What a function of no arguments makes, if it makes a Keras model; else the source."""
    if not inspect.isfunction(source) or inspect.signature(source).parameters:
        return source
    return source()


def is_made_of_layers(source: Any) -> bool:
    """Whether an object is a Sequential or functional model of Keras 3, and has its weights."""
    keras = sys.modules["keras"]
    if not isinstance(source, keras.Model) or not source.built:
        return False
    return isinstance(source, keras.Sequential) or type(source) is keras.Model or hasattr(source, "_inputs_struct")


def saved_of(model: Any) -> Saved:
    """What a file of the model would hold; variables are read when they are written."""
    keras = sys.modules["keras"]
    document = _plain(keras.saving.serialize_keras_object(model))
    return Saved(
        path=Path(model.name),
        format="Keras model",
        version=str(keras.__version__),
        config=document,
        training=document.get("compile_config"),
        weights=Listed({layer.name: tuple(_variables(layer)) for layer in model.layers}),
    )


def computing(model: Any, found: KerasModel) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """The model itself as a function of arrays by name, with `training=False`."""
    keras = sys.modules["keras"]

    def compute(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        given = iter(inputs[name] for name in found.inputs)
        structure = filled(found.model.inputs, lambda: next(given))
        results = model(structure, training=False)
        flat = [keras.ops.convert_to_numpy(item) for item in _tensors(results)]
        named = zip(found.outputs, flat, strict=True)
        return {name: _as_fed(array) for name, array in named}

    return compute


def filled(tree: Any, item: Callable[[], Any]) -> Any:
    """The structure of a model's inputs with an array for each, in order."""
    if isinstance(tree, Ref):
        return item()
    if isinstance(tree, Mapping):
        arrays = {key: filled(tree[key], item) for key in sorted(tree)}
        return {key: arrays[key] for key in tree}
    return [filled(part, item) for part in tree]


def _tensors(tree: Any) -> list[Any]:
    if isinstance(tree, Mapping):
        return [item for key in sorted(tree) for item in _tensors(tree[key])]
    if isinstance(tree, list | tuple):
        return [item for part in tree for item in _tensors(part)]
    return [tree]


def _as_fed(array: Any) -> np.ndarray:
    """An array as TensorFlow.js has it."""
    fed: np.ndarray = np.asarray(array)
    if fed.dtype.kind in "bOUS":
        return fed
    return fed.astype(np.int32 if fed.dtype.kind in "iu" else np.float32)


def _variables(layer: Any) -> Iterator[tuple[str, Array]]:
    for variable in (*layer.trainable_weights, *layer.non_trainable_weights):
        yield variable.path, as_array(variable.value if hasattr(variable.value, "__array__") else variable.numpy())


def _plain(value: Any) -> Any:
    """The configuration as JSON would give it back: lists for tuples, numbers for numpy's."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
