from __future__ import annotations

from collections.abc import Iterator

import pytest

from totfjs.runtime import Engine, open_engine


@pytest.fixture(scope="session", params=["mini-racer", "node"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with open_engine(request.param) as opened:
        yield opened


@pytest.fixture(params=["mini-racer", "node"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["cpu", "wasm"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)
