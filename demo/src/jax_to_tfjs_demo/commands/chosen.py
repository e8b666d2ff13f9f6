"""The checkpoint that a command line means: one that is named, or the latest of the model that was trained last."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.listing import Record, find
from jax_to_tfjs_demo.checkpoints.locate import locate
from jax_to_tfjs_demo.commands.command import typed
from jax_to_tfjs_demo.conversion import Origin, count, fingerprint
from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.models import Model, Params
from jax_to_tfjs_demo.models import find as find_model


@dataclass(frozen=True)
class Chosen:
    """A checkpoint, the model that it is of, and in words why it was chosen where nobody named it."""

    record: Record
    model: Model
    progress: Mapping[str, Any]
    why: str = ""

    @property
    def data(self) -> str:
        """The data set that it was trained on."""
        noted = self.progress.get("dataset")
        return str(noted.get("name", "mnist")) if isinstance(noted, Mapping) else "mnist"

    def params(self) -> Params:
        """The parameters, read now."""
        from jax_to_tfjs_demo.checkpoints.params import load_params

        return load_params(self.record.path)[0]

    def origin(self, params: Params, quantization: str) -> Origin:
        """What a web model of it says of itself."""
        return Origin(
            model=self.model.name,
            framework=self.model.framework,
            checkpoint=self.record.path.as_posix(),
            step=self.record.step,
            accuracy=self.record.accuracy,
            quantization=quantization,
            data=self.data,
            parameters=count(params),
            fingerprint=fingerprint(params),
        )

    def __str__(self) -> str:
        parts = [f"epoch {self.record.step}"]
        if self.record.accuracy is not None:
            parts.append(f"accuracy {self.record.accuracy:.2%} in training".replace("%", " %"))
        parts += [self.why] if self.why else []
        return f"{self.model.name}: {self.record.path.as_posix()} ({', '.join(parts)})"


def chosen(arguments: argparse.Namespace) -> Chosen:
    """What `--model-type`, `--checkpoint-path`, `--step` and `--checkpoints` name."""
    record, why = _record(arguments)
    progress = disk.progress_of(record.path)
    return Chosen(record, _model(arguments.model_type, record, progress), progress, why)


def _record(arguments: argparse.Namespace) -> tuple[Record, str]:
    path, step = arguments.checkpoint_path, arguments.step
    if path is not None and step is not None and disk.is_complete(path):
        if path.name != str(step):
            raise UsageError(f"--checkpoint-path {path} is not step {step}.", remedy="Leave one of the two out.")
        step = None
    if path is not None:
        return locate(path, step), "" if disk.is_complete(path) or step else "the latest"
    if arguments.model_type is not None:
        directory = arguments.checkpoints / find_model(arguments.model_type).name
        return locate(directory, step), "" if step else "the latest"
    return _last(arguments.checkpoints, step)


def _last(root: Path, step: int | None) -> tuple[Record, str]:
    """The latest checkpoint of all models, or the last written one of that step."""
    complete = [record for record in find(root) if record.complete]
    found = [record for record in complete if step in (None, record.step)]
    if not complete:
        raise DemoError(f"There is no checkpoint in {root} yet.", remedy=f"Train a model: {typed('app train jax')}")
    if not found:
        steps = ", ".join(record.path.as_posix() for record in complete)
        raise DemoError(f"No model in {root} has a step {step}.", remedy=f"There are {steps}.")
    last = max(found, key=lambda record: (record.date, record.step))
    several = len({record.model for record in found}) > 1
    why = "the model trained last" if several else "the only model"
    return last, f"the latest of {why}" if step is None else why


def _model(named: str | None, record: Record, progress: Mapping[str, Any]) -> Model:
    """The model of a checkpoint, by what training noted, or by the name of its folder."""
    noted = progress.get("model")
    if named is None:
        try:
            return find_model(str(noted or record.model))
        except DemoError:
            raise UsageError(
                f"{record.path} does not say which model it is of.", remedy="Tell it: --model-type jax_mnist"
            ) from None
    model = find_model(named)
    if noted is not None and noted != model.name:
        raise DemoError(
            f"{record.path} is a checkpoint of {noted}, not of {model.name}.",
            remedy=f"Give --model-type {noted}, or a checkpoint under checkpoints/{model.name}.",
        )
    return model
