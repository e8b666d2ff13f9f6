"""TensorFlow.js for the tests of recipes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graph.ops.conftest import ON_THE_GPU
from totfjs.runtime import open_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[object]:
    with open_engine(flags=ON_THE_GPU) as opened:
        yield opened


@pytest.fixture(scope="session")
def stock() -> Iterator[object]:
    """With the flags as they come: what the runtime reads at once is not on the GPU then."""
    with open_engine() as opened:
        yield opened
