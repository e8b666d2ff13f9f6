"""What every test shares: one real TensorFlow.js for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from totfjs.runtime import open_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[object]:
    with open_engine("mini-racer") as opened:
        yield opened
