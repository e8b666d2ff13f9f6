"""No test here sees the user's own cache, folders, mirrors or proxies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.data.mirror import Mirror
from tests.demo.data.small import PACKED


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for entry in ("MNIST", "FASHION_MNIST"):
        for what in ("DIR", "MIRROR"):
            monkeypatch.delenv(f"{entry}_{what}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    home = tmp_path / "cache"
    monkeypatch.setenv("MNIST_CACHE_DIR", str(home))
    return home


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror(dict(PACKED)).serving() as serving:
        yield serving


@pytest.fixture
def other() -> Iterator[Mirror]:
    with Mirror(dict(PACKED)).serving() as serving:
        yield serving
