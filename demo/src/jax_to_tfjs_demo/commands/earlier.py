"""What an earlier training left where a new one is to write: it goes on, is enough as it is, or makes way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.commands.dataset import Say

if TYPE_CHECKING:
    from jax_to_tfjs_demo.data import Dataset
    from jax_to_tfjs_demo.models import Model
    from jax_to_tfjs_demo.training.settings import Settings


def made_way(model: Model, settings: Settings, dataset: Dataset, directory: Path, say: Say) -> Settings:
    """The settings to train with in a directory, after another training's checkpoints have been moved aside.

    A training that is longer than asked for, but otherwise the same, stays: its own length is what is asked for then.
    """
    from jax_to_tfjs_demo.training.resume import difference

    steps = disk.steps(directory)
    if not steps:
        return settings
    last = max(steps)
    longer = replace(settings, epochs=max(settings.epochs, last))
    why = difference(disk.progress_of(steps[last]), model, longer, dataset)
    if why is None:
        return longer
    aside = _free(directory)
    directory.rename(aside)
    said = f"The checkpoints in {directory.as_posix()} {why}"
    say(f"{said}: they are now in {aside.as_posix()}, and training begins anew.")
    return settings


def _free(directory: Path) -> Path:
    """A name for it that is not taken: `jax_mnist.1`, `jax_mnist.2`, …"""
    number = 1
    while directory.with_name(f"{directory.name}.{number}").exists():
        number += 1
    return directory.with_name(f"{directory.name}.{number}")
