from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from totfjs.runtime.browsers.find import Browser, find_browser


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's profiles are, and nobody else's; its path is short, since there are sockets in it."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.delenv("TOTFJS_ENGINE", raising=False)
        yield Path(folder)
        monkeypatch.undo()


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """An installed browser of Chromium's family."""
    found = next((each for each in map(find_browser, ("chromium", "chrome", "edge")) if each is not None), None)
    if found is None:
        pytest.skip("no Chromium is installed: `totfjs doctor --install-browser` fetches one")
    return found
