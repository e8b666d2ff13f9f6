"""A training from its first epoch, or from where checkpoints end, to its last."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.checkpoints.store import Store
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training import metrics
from jax_to_tfjs_demo.training.data import Labelled, scoring_part, training_part
from jax_to_tfjs_demo.training.devices import Devices, all_devices
from jax_to_tfjs_demo.training.epoch import Epochs, compiled
from jax_to_tfjs_demo.training.events import Event, Progressed, Scored, Started
from jax_to_tfjs_demo.training.metrics import EpochScore
from jax_to_tfjs_demo.training.resume import InterruptedTraining, progress, resumed
from jax_to_tfjs_demo.training.scoring import Score, batch_size, scorer
from jax_to_tfjs_demo.training.settings import Settings
from jax_to_tfjs_demo.training.state import created

Report = Callable[[Event], None]


@dataclass(frozen=True)
class Outcome:
    """What a training came to. `scores` are those of all its epochs; `resumed_from` is the epoch that it went on from."""

    directory: Path
    settings: Settings
    resumed_from: int
    scores: tuple[EpochScore, ...] = field(repr=False)
    state: TrainState = field(repr=False)

    @property
    def last(self) -> EpochScore:
        """The last epoch's."""
        return self.scores[-1]

    @property
    def best(self) -> EpochScore:
        """The most accurate epoch's, the later one of equals."""
        return max(self.scores, key=lambda score: (score.accuracy, score.epoch))


@dataclass(frozen=True)
class _Training:
    """What stays the same from epoch to epoch."""

    settings: Settings
    epochs: Epochs
    train: Labelled
    test: Labelled
    score: Callable[[Any, Labelled], Score]
    report: Report


def train(
    model: Model,
    settings: Settings,
    dataset: Dataset,
    directory: str | Path,
    *,
    report: Report = lambda _: None,
    resume: bool = True,
) -> Outcome:
    """Trains to the last epoch of the settings, and scores, notes and checkpoints each epoch in `directory`.

    Goes on from the latest checkpoint there, with the same weights as if it had never been interrupted; with `resume`
    off it removes what is there and begins anew.
    """
    directory = Path(directory)
    devices = all_devices(settings.batch_size)
    if jax.process_index() != 0:
        report = _unheard
    training = _training(model, settings, dataset, devices, report)
    steps = settings.epochs * training.epochs.steps
    start = devices.everywhere(created(model, settings, steps))
    with Store(directory) as store:
        state, done = resumed(store, start, model, settings, dataset) if resume else _anew(store, start)
        report(Started(model.name, settings.epochs, done, len(dataset.train_images), str(devices)))
        finished = done
        try:
            for epoch in range(done + 1, settings.epochs + 1):
                state, score = _epoch(training, state, epoch)
                if jax.process_index() == 0:
                    metrics.note(directory, score)
                store.save(epoch, state, progress(model, settings, dataset, score))
                finished = epoch
                report(Scored(epoch, settings.epochs, score))
        except KeyboardInterrupt:
            raise InterruptedTraining(finished, settings.epochs) from None
    return Outcome(directory, settings, done, metrics.read(directory), state)


def _training(model: Model, settings: Settings, dataset: Dataset, devices: Devices, report: Report) -> _Training:
    images = len(dataset.train_images)
    if images < settings.batch_size:
        raise DemoError(
            f"There are {images} images to train on, fewer than a batch of {settings.batch_size}.",
            remedy=f"Type --batch-size {images}, or less.",
        )
    train, test = devices.everywhere((training_part(dataset), scoring_part(dataset, batch_size(devices))))
    return _Training(settings, compiled(settings, devices, images), train, test, scorer(model, devices), report)


def _anew(store: Store, start: TrainState) -> tuple[TrainState, int]:
    store.forget(after=0)
    return start, 0


def _epoch(training: _Training, state: TrainState, epoch: int) -> tuple[TrainState, EpochScore]:
    began = time.perf_counter()
    measured: list[Progressed] = []
    for state, told in _parts(training, state, epoch):  # noqa: B020
        measured.append(told)
        training.report(told)
    seconds = time.perf_counter() - began
    found = training.score(state.params, training.test)
    shares = [
        after.fraction - before for before, after in zip([0.0, *(m.fraction for m in measured)], measured, strict=False)
    ]
    score = EpochScore(
        epoch=epoch,
        loss=found.loss,
        accuracy=found.accuracy,
        train_loss=sum(share * each.loss for share, each in zip(shares, measured, strict=True)),
        train_accuracy=sum(share * each.accuracy for share, each in zip(shares, measured, strict=True)),
        seconds=round(seconds, 3),
        images_per_second=round(_images(training) / seconds, 1),
        confusion=tuple(tuple(row) for row in found.confusion.tolist()),
    )
    return state, score


def _images(training: _Training) -> int:
    return training.epochs.steps * training.settings.batch_size


def _parts(training: _Training, state: TrainState, epoch: int) -> Iterator[tuple[TrainState, Progressed]]:
    epochs = training.epochs
    batches = epochs.order(epoch)
    for first, length in epochs.parts():
        began = time.perf_counter()
        state, measured = epochs.part(state, training.train, batches, epoch, first, length)
        loss, accuracy = map(float, jax.device_get(measured))
        speed = length * training.settings.batch_size / (time.perf_counter() - began)
        yield state, Progressed(epoch, training.settings.epochs, (first + length) / epochs.steps, loss, accuracy, speed)


def _unheard(_: Event) -> None:
    """What the other processes have to tell."""
