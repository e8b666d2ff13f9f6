"""Images on the devices, and the order in which they come."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from jax_to_tfjs_demo.data.dataset import Dataset, scaled
from jax_to_tfjs_demo.training.data import order, pixels, scoring_part, training_part


def test_training_images_stay_bytes(few: Dataset) -> None:
    found = training_part(few)
    assert found.images.dtype == np.uint8
    assert np.array_equal(found.images, few.train_images)
    assert np.array_equal(found.labels, few.train_labels)


def test_scoring_images_are_filled_up_with_what_counts_for_nothing(few: Dataset) -> None:
    found = scoring_part(few, 64)
    assert len(found.images) == len(found.labels) == 128
    assert np.array_equal(found.images[:100], few.test_images)
    assert (found.labels[100:] == -1).all()
    assert (found.labels[:100] >= 0).all()


def test_pixels_are_what_the_web_model_is_given(few: Dataset) -> None:
    np.testing.assert_allclose(pixels(jnp.asarray(few.test_images)), scaled(few.test_images), rtol=1e-6)


def test_each_epoch_has_an_order_of_its_own_by_seed_and_epoch_alone() -> None:
    ordered = jax.jit(order, static_argnums=(0, 2))
    first, again, second, other = ordered(0, 1, 50), ordered(0, 1, 50), ordered(0, 2, 50), ordered(1, 1, 50)
    assert sorted(np.asarray(first)) == list(range(50))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)
