"""A module as a source: the SavedModel in it, with the signature that is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from totfjs.sources import tensorflow
from totfjs.sources.tensorflow.hub.opening import open_module
from totfjs.sources.tensorflow.hub.transfer import Progress
from totfjs.sources.tensorflow.source import TensorFlowModel

_USUAL = ("serve",)


def load(
    source: str | Path,
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: Sequence[str] | None = None,
    signature: str | None = None,
    tags: Sequence[str] = _USUAL,
    progress: Progress = lambda stage, done, total: None,
) -> TensorFlowModel:
    """A signature of the module behind an address, in an archive, or in a directory."""
    module = open_module(source, progress)
    model = tensorflow.load(
        module.path,
        inputs=inputs,
        outputs=outputs,
        signature=signature or module.signature,
        tags=module.tags if tuple(tags) == _USUAL else tags,
    )
    return replace(model, kept=module.kept)
