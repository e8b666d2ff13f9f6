"""What every test shares: one real TensorFlow.js for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from totfjs.runtime import open_engine

# Keras chooses its backend when it is imported.
os.environ["KERAS_BACKEND"] = "jax"


@pytest.fixture(scope="session")
def engine() -> Iterator[object]:
    with open_engine() as opened:
        yield opened
