"""What a checkpoint notes of its training, and whether a training may go on from it."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from flax.training.train_state import TrainState

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.store import Store
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training.metrics import EpochScore
from jax_to_tfjs_demo.training.settings import Settings, flag

PACKAGES = ("jax", "flax", "optax", "orbax-checkpoint")


def progress(model: Model, settings: Settings, dataset: Dataset, score: EpochScore) -> dict[str, Any]:
    """What is kept beside an epoch's weights."""
    return {
        "epoch": score.epoch,
        "model": model.name,
        "accuracy": score.accuracy,
        "loss": score.loss,
        "seconds": score.seconds,
        "settings": dataclasses.asdict(settings),
        "dataset": _described(dataset),
        "versions": {package: version(package) for package in PACKAGES},
    }


def resumed(
    store: Store, start: TrainState, model: Model, settings: Settings, dataset: Dataset
) -> tuple[TrainState, int]:
    """The state of the latest checkpoint and its epoch; the start and 0 where there is none."""
    latest = max(store.steps(), default=None)
    if latest is None:
        return start, 0
    # before the state is read, because that of another optimizer could not be
    _check(disk.progress_of(store.directory / str(latest)), model, settings, dataset)
    found = store.restore(start, latest)
    return (start, 0) if found is None else (found[0], int(found[1]["epoch"]))


def difference(told: Mapping[str, Any], model: Model, settings: Settings, dataset: Dataset) -> str | None:
    """Why a training cannot go on from the checkpoint that noted this, as what its checkpoints are; None if it can."""
    earlier = told.get("settings", {})
    differing = settings.differing(earlier)
    if told.get("model", model.name) != model.name:
        return f"are of {told['model']}"
    if differing:
        return "were made with " + " ".join(f"{flag(name)} {earlier.get(name)}" for name in differing)
    if told.get("dataset", _described(dataset)) != _described(dataset):
        return f"were trained on other images ({told['dataset'].get('name')})"
    if told["epoch"] > settings.epochs:
        return f"are {told['epoch']} epochs along, more than the {settings.epochs} asked for"
    return None


def _check(told: Mapping[str, Any], model: Model, settings: Settings, dataset: Dataset) -> None:
    """Refuses to go on with what would be neither the old training nor the new one."""
    if why := difference(told, model, settings, dataset):
        raise DemoError(
            f"The checkpoints that are there {why}.",
            remedy="Train with the same to go on, or add --fresh to remove them and begin anew.",
        )


def _described(dataset: Dataset) -> dict[str, Any]:
    arrays = (dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels)
    digest = 0
    for array in arrays:
        digest = zlib.crc32(array.astype("uint8").tobytes(), digest)
    return {"name": dataset.name, "images": len(dataset.train_images), "crc32": f"{digest:08x}"}
