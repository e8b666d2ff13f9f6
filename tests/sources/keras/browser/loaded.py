"""A Keras model as a layers model, written, and loaded strictly in real TensorFlow.js."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.runtime.model_files import read_model
from totfjs.sources.keras import opened
from totfjs.sources.keras.browser import LayersModel, layers_model
from totfjs.sources.keras.live import saved_of
from totfjs.sources.keras.reading import read_saved
from totfjs.targets.layers_model import write_layers_model


def layers_of(model: Any, split: bool = False) -> LayersModel:
    """The layers model of a live one."""
    saved = saved_of(model)
    return layers_model(opened(saved).model, saved.training, saved.optimizer, split)


def layers_in(path: Path, split: bool = False) -> LayersModel:
    """The layers model of one in a file, with its compile state."""
    saved = read_saved(path)
    return layers_model(opened(saved).model, saved.training, saved.optimizer, split)


@contextmanager
def session(engine: Any, made: LayersModel, path: Path, backend: str = "cpu", **settings: Any) -> Iterator[Any]:
    """The model in TensorFlow.js, from its files."""
    write_layers_model(path, made, force=True, **settings)
    files = read_model(path)
    with engine.load(files.json, files.shards(), backend) as loaded:
        yield loaded


def fed(loaded: Any, inputs: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Inputs by the names of the web model, in dtypes that it takes."""
    arrays = (array.astype({"f": np.float32, "b": np.bool_}.get(array.dtype.kind, np.int32)) for array in inputs)
    return dict(zip((port.name for port in loaded.inputs), arrays, strict=True))
