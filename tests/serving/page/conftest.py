"""A browser for all tests of the page, and a visit for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.serving.page import models
from tests.serving.page.visit import Visit
from totfjs.runtime.browsers.find import require_browser
from totfjs.serving import serve

_ARGUMENTS = [
    "--ignore-gpu-blocklist",
    "--enable-unsafe-webgpu",
    "--enable-unsafe-swiftshader",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Chromium refuses its sandbox to root
    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = require_browser("chromium").program
        opened = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *sandbox])
        yield opened
        opened.close()


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
