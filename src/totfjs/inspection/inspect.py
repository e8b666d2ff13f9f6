"""`inspect`: reads structure and sizes, and the weights themselves only when their values are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from totfjs.errors import SourceError
from totfjs.inspection.checkpoint import CheckpointInfo, inspect_checkpoint
from totfjs.inspection.module import ModuleInfo, inspect_module
from totfjs.inspection.web_model import ModelInfo, inspect_web_model
from totfjs.sources.keras.reading import is_keras_file
from totfjs.sources.stablehlo import is_artifact
from totfjs.sources.tensorflow import is_tensorflow_file

if TYPE_CHECKING:
    from totfjs.inspection.keras import KerasInfo
    from totfjs.inspection.tensorflow import TensorFlowInfo


def inspect(
    path: str | Path, *, values: bool = False
) -> ModelInfo | CheckpointInfo | ModuleInfo | KerasInfo | TensorFlowInfo:
    """Describes a web model, a Keras or TensorFlow file, a checkpoint or a StableHLO module; with `values`, numbers."""
    given = Path(path)
    if not given.exists():
        raise SourceError(f"There is nothing at {path}.", remedy="Check the path.")
    if given.name == "model.json" or (given / "model.json").is_file():
        return inspect_web_model(given, values=values)
    if is_keras_file(given):
        from totfjs.inspection.keras import inspect_keras  # only Keras files need HDF5

        return inspect_keras(given, values=values)
    if is_tensorflow_file(given):
        from totfjs.inspection.tensorflow import inspect_tensorflow

        return inspect_tensorflow(given, values=values)
    if is_artifact(given):
        return inspect_module(given, values=values)
    return inspect_checkpoint(given, values=values)
