"""Settings: their defaults are the guide's, and what cannot be is refused with what can."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.training.settings import Settings, flag


def test_defaults_are_those_of_the_guide() -> None:
    settings = Settings()
    assert (settings.epochs, settings.batch_size, settings.lr, settings.precision) == (5, 32, 0.001, "float32")
    assert (settings.schedule, settings.augment, settings.prune) == ("decay", False, 0.0)


def test_what_is_not_given_is_the_default() -> None:
    assert Settings.of(epochs=None, lr=0.0005) == Settings(lr=0.0005)


def test_varied_images_are_learnt_for_longer_with_steps_that_become_small() -> None:
    settings = Settings.of(augment=True, lr=None)
    assert settings.epochs > Settings().epochs
    assert settings.schedule == "cosine"
    assert Settings.of(augment=True, epochs=3).epochs == 3


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({"epochs": 0}, "--epochs 0 is not possible.", "Give a whole number from 1."),
        ({"batch_size": -1}, "--batch-size -1 is not possible.", "Give a whole number from 1."),
        ({"lr": 0.0}, "--lr 0.0 is not possible.", "Give a number above 0, such as 0.001."),
        ({"lr": float("nan")}, "--lr nan is not possible.", "Give a number above 0, such as 0.001."),
        ({"seed": -1}, "--seed -1 is not possible.", "Give a whole number from 0 to 2147483647."),
        ({"precision": "float16"}, "--precision float16 is not possible.", "Give float32 or bfloat16."),
        ({"schedule": "linear"}, "--schedule linear is not possible.", "Give decay or constant or cosine."),
        ({"prune": 1.0}, "--prune 1.0 is not possible.", "Give a share below 1, such as 0.8."),
    ],
)
def test_refuses_what_cannot_be(given: dict[str, Any], message: str, remedy: str) -> None:
    with pytest.raises(DemoError) as caught:
        Settings(**given)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)


@pytest.mark.parametrize("schedule", ["decay", "constant"])
def test_more_epochs_are_the_same_training(schedule: str) -> None:
    earlier = dataclasses.asdict(Settings(epochs=5, schedule=schedule))
    assert Settings(epochs=9, schedule=schedule).differing(earlier) == ()


def test_other_steps_are_another_training() -> None:
    earlier = dataclasses.asdict(Settings(epochs=5))
    assert Settings(epochs=9, lr=0.1, seed=3).differing(earlier) == ("lr", "seed")


@pytest.mark.parametrize("planned", [{"schedule": "cosine"}, {"prune": 0.5}])
def test_more_epochs_are_another_training_when_all_of_it_was_planned(planned: dict[str, Any]) -> None:
    assert Settings(epochs=9, **planned).differing(dataclasses.asdict(Settings(epochs=5, **planned))) == ("epochs",)


def test_what_an_older_version_did_not_note_was_the_default() -> None:
    assert Settings().differing({"epochs": 5}) == ()
    assert Settings(augment=True).differing({"epochs": 5}) == ("augment",)


def test_flags_are_named_after_settings() -> None:
    assert flag("batch_size") == "--batch-size"
