"""A site with two networks, each stored in two ways, and visits to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jax_to_tfjs_demo import site
from tests.demo.site import network
from tests.demo.site.network import quiet
from tests.demo.site.visit import Visit

STORED = "none", "uint8"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The directories of web models: float and uint8, by two names of a network."""
    root = tmp_path_factory.mktemp("models")
    written = [network.write(root / f"small_{kind}", kind) for kind in STORED]
    return [*written, network.write(root / "other", model="other", framework="Flax Linen", accuracy=None)]


@pytest.fixture(scope="session")
def built(models: list[Path], tmp_path_factory: pytest.TempPathFactory) -> site.Site:
    output = tmp_path_factory.mktemp("built") / "site"
    return site.build(models, output, dataset=network.digits(), log=quiet)


@pytest.fixture
def url(built: site.Site) -> Iterator[str]:
    """Where the site is served."""
    with site.serve(built.path, 0) as served:
        yield served.url


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens visits, and sees at their ends that nothing bad has happened."""
    opened: list[Visit] = []

    def begin(**options: object) -> Visit:
        opened.append(Visit(browser, **options))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()
