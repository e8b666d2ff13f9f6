"""What tests of training share: a few digits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jax_to_tfjs_demo.data import digits
from jax_to_tfjs_demo.data.dataset import Dataset


@pytest.fixture(scope="package")
def few() -> Dataset:
    """Six batches of 16 to train on and four images more, and as many to score."""
    whole = digits.read()
    return replace(
        whole,
        train_images=whole.train_images[:100],
        train_labels=whole.train_labels[:100],
        test_images=whole.test_images[:100],
        test_labels=whole.test_labels[:100],
    )
