"""A visit for each test of the page, and the models that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.serving.page import models
from tests.serving.page.visit import Visit
from totfjs.serving import serve


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    opened = Visit(browser)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The directory of one of the models of models.py, converted when it is first asked for."""
    root, made = tmp_path_factory.mktemp("models"), {}

    def find(name: str) -> Path:
        if name not in made:
            made[name] = models.write(name, root / name)
        return made[name]

    return find


@pytest.fixture
def served(model: Callable[[str], Path]) -> Iterator[Callable[[str], str]]:
    """The address of the page of a model."""
    servers: list[Any] = []

    def start(name: str) -> str:
        servers.append(serve(model(name)))
        return str(servers[-1].url)

    yield start
    for server in servers:
        server.close()
