"""Browsers that Playwright has to start; tried with an installed Chromium, since WebKit is none that systems have."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.runtime import graphs
from tests.runtime.browsers.processes import kill, of_profiles, wait_for
from totfjs.errors import MissingDependencyError
from totfjs.runtime.browsers import flags
from totfjs.runtime.browsers.channel import BrowserChannel
from totfjs.runtime.browsers.find import Browser
from totfjs.runtime.channel import Limits
from totfjs.runtime.session import Session
from totfjs.runtime.started import Started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to kill with")


def test_a_page_runs_in_a_browser_that_playwright_started(chromium: Browser, folder: Path) -> None:
    pytest.importorskip("playwright", reason="playwright is not installed: `pip install totfjs[browser]`")
    driven = Browser("chromium", "driven", chromium.program)
    started = Started("browser", lambda: BrowserChannel(driven, Limits()), lambda backend: [], Limits(), {})
    session = Session(lambda: started.channel("webgl"), json.dumps(graphs.binary("AddV2")), [], "webgl")
    x = np.arange(3, dtype=np.float32)
    assert session.execute({"x": x, "y": x})["z"].tolist() == [0, 2, 4]
    assert started.process is not None
    kill(started.process)
    assert session.execute({"x": x, "y": x})["z"].tolist() == [0, 2, 4]
    started.close()
    assert wait_for(lambda: not of_profiles(folder)) and not list(folder.glob("totfjs-browser-*"))


def test_without_playwright_it_is_said_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"Only Playwright can start webkit(?s:.*)totfjs\[browser\]"):
        BrowserChannel(Browser("webkit", "driven", "/opt/webkit"), Limits())
    assert not list(folder.glob("totfjs-browser-*"))
