"""How large the steps are."""

from __future__ import annotations

import pytest

from jax_to_tfjs_demo.training.schedule import learning_rate
from jax_to_tfjs_demo.training.settings import Settings


@pytest.mark.parametrize("epochs", [1, 5, 20])
def test_each_epoch_has_smaller_steps_than_the_one_before_however_many_there_are(epochs: int) -> None:
    rate = learning_rate(Settings(lr=0.25, epochs=epochs), 10 * epochs)
    assert [float(rate(step)) for step in (0, 10, 20)] == pytest.approx([0.25, 0.15, 0.09])
    assert rate(0) > rate(1) > rate(2)


def test_may_be_the_same_for_all_steps() -> None:
    assert learning_rate(Settings(lr=0.25, schedule="constant"), 100) == 0.25


def test_grows_at_first_and_ends_at_zero() -> None:
    rate = learning_rate(Settings(lr=0.5, schedule="cosine"), 100)
    found = [float(rate(step)) for step in range(101)]
    assert found[0] == 0
    assert max(found) == found[5] == pytest.approx(0.5)
    assert found[:6] == sorted(found[:6])
    assert found[5:] == sorted(found[5:], reverse=True)
    assert found[-1] == pytest.approx(0, abs=1e-9)


def test_a_single_step_has_a_schedule_too() -> None:
    assert float(learning_rate(Settings(lr=0.5, schedule="cosine"), 1)(1)) == pytest.approx(0.5)
