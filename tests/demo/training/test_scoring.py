"""Scores: all images count, and each once."""

from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

from jax_to_tfjs_demo.data.dataset import Dataset, scaled
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.training.data import scoring_part
from jax_to_tfjs_demo.training.devices import all_devices
from jax_to_tfjs_demo.training.scoring import batch_size, scorer


def test_says_of_all_images_what_was_guessed(few: Dataset) -> None:
    model, devices = find("jax"), all_devices(1)
    params = model.init(0)
    size = batch_size(devices, len(few.test_images) - 1)
    data = devices.everywhere(scoring_part(few, size))
    found = scorer(model, devices, size)(params, data)
    logits = jax.jit(model.logits)(params, scaled(few.test_images))
    guesses = np.asarray(logits).argmax(-1)
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (few.test_labels, guesses), 1)
    assert np.array_equal(found.confusion, expected)
    assert found.accuracy == pytest.approx((guesses == few.test_labels).mean())
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, few.test_labels.astype(np.int32))
    assert found.loss == pytest.approx(float(losses.mean()), rel=1e-5)
