"""Whole trainings: they learn, are noted and kept, and go on to the same weights as if nothing had come between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import MODELS, Model, find
from jax_to_tfjs_demo.training import metrics
from jax_to_tfjs_demo.training.events import Event, Progressed, Scored, Started
from jax_to_tfjs_demo.training.interruption import InterruptedTraining
from jax_to_tfjs_demo.training.run import Outcome, train
from jax_to_tfjs_demo.training.settings import Settings

SETTINGS = Settings(epochs=3, batch_size=16)


def stopping_after(epoch: int) -> Callable[[Event], None]:
    """A report in which Ctrl-C is pressed as soon as an epoch is scored."""

    def report(event: Event) -> None:
        if isinstance(event, Scored) and event.epoch == epoch:
            raise KeyboardInterrupt

    return report


def assert_same(found: Outcome, expected: Outcome) -> None:
    pairs = zip(jax.tree.leaves(found.state), jax.tree.leaves(expected.state), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture(scope="module")
def uninterrupted(few: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return train(find("jax"), SETTINGS, few, tmp_path_factory.mktemp("whole") / "jax_mnist")


@pytest.mark.parametrize("epoch", [1, 2])
def test_goes_on_after_ctrl_c_to_the_same_weights(
    epoch: int, uninterrupted: Outcome, few: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(InterruptedTraining) as caught:
        train(find("jax"), SETTINGS, few, tmp_path, report=stopping_after(epoch))
    assert str(caught.value) == f"Epoch {epoch} of 3 is kept; the same command goes on with epoch {epoch + 1}."
    assert list(disk.steps(tmp_path)) == list(range(1, epoch + 1))
    found = train(find("jax"), SETTINGS, few, tmp_path)
    assert found.resumed_from == epoch
    assert_same(found, uninterrupted)
    assert [score.epoch for score in found.scores] == [1, 2, 3]
    without_time = [dataclasses.replace(score, seconds=0, images_per_second=0) for score in found.scores]
    assert without_time == [
        dataclasses.replace(score, seconds=0, images_per_second=0) for score in uninterrupted.scores
    ]


def test_an_epoch_that_was_noted_but_not_kept_is_noted_once(few: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InterruptedTraining):
        train(find("jax"), SETTINGS, few, tmp_path, report=stopping_after(1))
    (first,) = metrics.read(tmp_path)
    metrics.add(tmp_path, dataclasses.replace(first, epoch=2))  # as when the process was killed right after
    assert [score.epoch for score in train(find("jax"), SETTINGS, few, tmp_path).scores] == [1, 2, 3]


def test_nothing_is_left_to_do_when_all_epochs_are_trained(uninterrupted: Outcome, few: Dataset) -> None:
    events: list[Event] = []
    again = train(find("jax"), SETTINGS, few, uninterrupted.directory, report=events.append)
    assert [type(event) for event in events] == [Started]
    assert again.resumed_from == 3
    assert_same(again, uninterrupted)
    assert again.scores == uninterrupted.scores


def test_begins_anew_when_asked_to(few: Dataset, tmp_path: Path, uninterrupted: Outcome) -> None:
    with pytest.raises(InterruptedTraining):
        train(find("jax"), dataclasses.replace(SETTINGS, seed=7), few, tmp_path, report=stopping_after(1))
    found = train(find("jax"), SETTINGS, few, tmp_path, resume=False)
    assert found.resumed_from == 0
    assert_same(found, uninterrupted)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lr": 0.5}, "were made with --lr 0.001."),
        ({"schedule": "cosine"}, "were made with --schedule decay."),
        ({"epochs": 2}, "are 3 epochs along, more than the 2 asked for."),
    ],
)
def test_refuses_to_go_on_otherwise_than_it_began(
    changed: dict[str, Any], told: str, uninterrupted: Outcome, few: Dataset
) -> None:
    with pytest.raises(DemoError) as caught:
        train(find("jax"), dataclasses.replace(SETTINGS, **changed), few, uninterrupted.directory)
    assert caught.value.message == f"The checkpoints that are there {told}"
    assert "--fresh" in caught.value.remedy


def test_refuses_to_go_on_with_other_images_or_another_model(uninterrupted: Outcome, few: Dataset) -> None:
    other = dataclasses.replace(few, train_labels=few.train_labels[::-1])
    with pytest.raises(DemoError, match="were trained on other images"):
        train(find("jax"), SETTINGS, other, uninterrupted.directory)
    with pytest.raises(DemoError, match="are of jax_mnist"):
        train(find("flax"), SETTINGS, few, uninterrupted.directory)


def test_refuses_batches_larger_than_all_images(few: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="There are 100 images to train on, fewer than a batch of 128") as caught:
        train(find("jax"), Settings(batch_size=128), few, tmp_path)
    assert caught.value.remedy == "Type --batch-size 100, or less."


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.short)
def test_each_model_learns(model: Model, few: Dataset, tmp_path: Path) -> None:
    events: list[Event] = []
    found = train(model, Settings(epochs=6, batch_size=10, lr=0.003), few, tmp_path, report=events.append)
    losses = [score.train_loss for score in found.scores]
    assert losses[-1] < losses[0] / 2
    assert found.last.accuracy > 0.5
    assert sum(map(sum, found.last.confusion)) == 100
    assert found.best.accuracy == max(score.accuracy for score in found.scores)
    progress = [event.fraction for event in events if isinstance(event, Progressed) and event.epoch == 1]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert [event.epoch for event in events if isinstance(event, Scored)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("given", [{"augment": True, "schedule": "constant"}, {"precision": "bfloat16"}])
def test_learns_varied_images_and_in_low_precision(given: dict[str, Any], few: Dataset, tmp_path: Path) -> None:
    found = train(find("jax"), Settings(epochs=6, batch_size=10, lr=0.003, **given), few, tmp_path)
    losses = [score.train_loss for score in found.scores]
    assert losses[-1] < losses[0] * 0.8
    assert {leaf.dtype for leaf in jax.tree.leaves(found.state.params)} == {np.dtype("float32")}
