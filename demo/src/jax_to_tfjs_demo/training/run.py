"""A training from its first epoch, or from where its checkpoints end, to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jax
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.checkpoints.store import Store
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training import drawings, metrics
from jax_to_tfjs_demo.training.devices import all_devices
from jax_to_tfjs_demo.training.events import Event, Scored, Started
from jax_to_tfjs_demo.training.interruption import InterruptedTraining
from jax_to_tfjs_demo.training.learner import Learner
from jax_to_tfjs_demo.training.metrics import EpochScore
from jax_to_tfjs_demo.training.resume import progress, resumed
from jax_to_tfjs_demo.training.settings import Settings
from jax_to_tfjs_demo.training.state import created


@dataclass(frozen=True)
class Outcome:
    """What a training came to: the scores of all its epochs. `resumed_from` is the epoch it went on after, or 0."""

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


def train(
    model: Model,
    settings: Settings,
    dataset: Dataset,
    directory: str | Path,
    *,
    report: Callable[[Event], None] = lambda _: None,
    resume: bool = True,
) -> Outcome:
    """Trains to the last epoch of the settings, and scores, notes and checkpoints each epoch in `directory`.

    Goes on from the latest checkpoint there, to the same weights as if nothing had come between; with `resume` off it
    removes what is there and begins anew. Of several processes all call it, and the first alone reports and notes.
    """
    directory = Path(directory)
    first = jax.process_index() == 0
    tell = report if first else _untold
    devices = all_devices(settings.batch_size)
    learner = Learner.of(model, settings, dataset, devices)
    state = devices.everywhere(created(model, settings, settings.epochs * learner.epochs.steps))
    with Store(directory) as store:
        if not resume:
            store.forget(after=0)
        state, done = resumed(store, state, model, settings, dataset)
        if first:
            metrics.cut(directory, done)
        tell(Started(model.name, settings.epochs, done, len(dataset.train_images), str(devices)))
        with InterruptedTraining.in_place_of_ctrl_c(done, settings.epochs) as finished:
            learner.compile(state, done)
            for epoch in range(done + 1, settings.epochs + 1):
                state, score = learner.epoch(state, epoch, tell)
                if first:
                    metrics.add(directory, score)
                    drawings.draw(directory, model.name, metrics.read(directory), dataset.classes)
                store.save(epoch, state, progress(model, settings, dataset, score))
                finished(epoch)
                tell(Scored(epoch, settings.epochs, score))
    return Outcome(directory, settings, done, metrics.read(directory), state)


def _untold(_: Event) -> None:
    """What the processes other than the first would report."""
