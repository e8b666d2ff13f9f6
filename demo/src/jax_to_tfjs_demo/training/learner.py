"""What one epoch does to a state, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import jax
import numpy as np
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training.compressed import Compressed, compressed
from jax_to_tfjs_demo.training.data import Labelled, scoring_part, training_part
from jax_to_tfjs_demo.training.devices import Devices
from jax_to_tfjs_demo.training.epoch import Epochs, compiled
from jax_to_tfjs_demo.training.events import Event, Progressed
from jax_to_tfjs_demo.training.metrics import EpochScore
from jax_to_tfjs_demo.training.scoring import Score, batch_size, scorer
from jax_to_tfjs_demo.training.settings import Settings


@dataclass(frozen=True)
class Learner:
    """Compiled code and the images on the devices: all that stays the same from epoch to epoch."""

    settings: Settings
    epochs: Epochs
    train: Labelled
    test: Labelled
    score: Callable[[Any, Labelled], Score]

    @classmethod
    def of(cls, model: Model, settings: Settings, dataset: Dataset, devices: Devices) -> Self:
        """For a model, and the images of a data set."""
        images = len(dataset.train_images)
        if images < settings.batch_size:
            raise DemoError(
                f"There are {images} images to train on, fewer than a batch of {settings.batch_size}.",
                remedy=f"Type --batch-size {images}, or less.",
            )
        size = batch_size(devices, len(dataset.test_images))
        train, test = devices.everywhere((training_part(dataset), scoring_part(dataset, size)))
        return cls(settings, compiled(settings, devices, images), train, test, scorer(model, devices, size))

    def compile(self, state: TrainState, done: int) -> None:
        """Compiles what is yet to be called."""
        if done < self.settings.epochs:
            self.epochs.compile(state, self.train)

    def epoch(self, state: TrainState, epoch: int, report: Callable[[Event], None]) -> tuple[TrainState, EpochScore]:
        """The state after one epoch more, in the memory of the one before; it is scored on all test images."""
        began = time.perf_counter()
        batches = self.epochs.order(epoch)
        parts = []
        for first, length in self.epochs.parts():
            state, part = self._part(state, batches, epoch, first, length)
            parts.append(part)
            report(part)
        seconds = time.perf_counter() - began
        weights = compressed(state.params) if self.settings.prune else None
        return state, self._scored(epoch, self.score(state.params, self.test), parts, seconds, weights)

    def _part(
        self, state: TrainState, batches: jax.Array, epoch: int, first: int, length: int
    ) -> tuple[TrainState, Progressed]:
        began = time.perf_counter()
        state, measured = self.epochs.part(state, self.train, batches, epoch, first, length)
        loss, accuracy = map(float, jax.device_get(measured))
        speed = length * self.settings.batch_size / (time.perf_counter() - began)
        fraction = (first + length) / self.epochs.steps
        return state, Progressed(epoch, self.settings.epochs, fraction, loss, accuracy, speed)

    def _scored(
        self, epoch: int, found: Score, parts: list[Progressed], seconds: float, weights: Compressed | None
    ) -> EpochScore:
        lengths = [length for _, length in self.epochs.parts()]
        images = self.epochs.steps * self.settings.batch_size
        return EpochScore(
            epoch=epoch,
            loss=found.loss,
            accuracy=found.accuracy,
            train_loss=float(np.average([part.loss for part in parts], weights=lengths)),
            train_accuracy=float(np.average([part.accuracy for part in parts], weights=lengths)),
            seconds=round(seconds, 3),
            images_per_second=round(images / seconds, 1),
            confusion=tuple(tuple(row) for row in found.confusion.tolist()),
            weights=weights,
        )
