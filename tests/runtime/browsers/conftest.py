from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from totfjs.runtime.browsers.find import Browser, find_browser


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's profiles are, and nobody else's."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("TOTFJS_ENGINE", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """An installed browser of Chromium's family."""
    found = next((each for each in map(find_browser, ("chromium", "chrome", "edge")) if each is not None), None)
    if found is None:
        pytest.skip("no Chromium is installed: `totfjs doctor --install-browser` fetches one")
    return found
