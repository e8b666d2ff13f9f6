"""TensorFlow.js for the tests of recipes: on a GPU, what can be."""

from __future__ import annotations

import pytest

from totfjs.runtime import Engine


@pytest.fixture(scope="session")
def engine(on_the_gpu: Engine) -> Engine:
    return on_the_gpu
