"""A visit to the served page in a real browser: what a user does there, and what must never happen meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

# What the browser itself logs of an answer that is no success; the page says it in words.
NOT_FOUND = r"Failed to load resource"
_WATCH = """
window.shifts = 0;
window.violations = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: 'layout-shift', buffered: true});
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
"""
_WATCH_RUN = """() => {
  const bench = document.querySelector('.bench');
  let busy = false;
  window.ended = false;
  const observer = new MutationObserver(() => {
    busy ||= bench.dataset.state === 'busy';
    if (!busy || bench.dataset.state !== 'idle') return;
    observer.disconnect();
    window.ended = true;
  });
  observer.observe(bench, {attributes: true, attributeFilter: ['data-state']});
}"""


class Visit:
    """One page in a browser of its own profile."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        size = {"width": 1280, "height": 900}
        self.context = browser.new_context(**{"viewport": size, "accept_downloads": True, **options})
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.allowed: str | None = None
        self.origin = ""
        self.page.set_default_timeout(30_000)
        self.page.add_init_script(_WATCH)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        expected = self.allowed is not None and re.search(self.allowed, message.text)
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.origin:
            self.faults.append(f"request to another origin: {request.url}")

    def open(self, url: str) -> Visit:
        """Goes to a page and waits until the model is ready, or a problem is shown."""
        self.origin = urlsplit(url).netloc
        self.page.goto(url)
        self.page.wait_for_selector(".bench, main .problem")
        return self

    def close(self) -> None:
        """Ends the visit; nothing bad has happened in it."""
        violations = self.page.evaluate("window.violations")
        self.context.close()
        assert not self.faults, self.faults
        assert not violations, violations

    def input(self, name: str) -> Locator:
        """The card of an input."""
        return self.page.get_by_role("region", name=name, exact=True).and_(self.page.locator(".input"))

    def output(self, name: str) -> Locator:
        """The card of an output."""
        return self.page.get_by_role("region", name=name, exact=True).and_(self.page.locator(".output"))

    def way(self, name: str, way: str) -> Locator:
        """Chooses how an input is fed."""
        self.input(name).get_by_role("radio", name=way, exact=True).check()
        return self.input(name)

    def calm(self) -> Visit:
        """No runs but those asked for."""
        self.page.get_by_role("checkbox", name="Run on every change").uncheck()
        self.idle()
        return self

    def idle(self) -> None:
        """Waits until nothing runs."""
        self.page.wait_for_selector(".bench[data-state=idle]")

    def run(self) -> None:
        """Runs the model, by its button."""
        # a run that was still going on when the button was pressed is not the one asked for
        self.page.evaluate(_WATCH_RUN)
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.wait_for_function("() => window.ended")
        assert self.problem() is None

    def result(self, name: str, folder: Path) -> np.ndarray[Any, Any]:
        """What an output holds now: the file that the page saves."""
        with self.page.expect_download() as download:
            self.output(name).get_by_role("button", name=f"Save as .npy: {name}").click()
        path = folder / f"{name}.npy"
        download.value.save_as(path)
        loaded: np.ndarray[Any, Any] = np.load(path)
        return loaded

    def problem(self) -> str | None:
        """The problems that the page shows now."""
        found = self.page.locator(".problem").all_inner_texts()
        return " ".join(found) if found else None

    def status(self, pattern: str) -> str:
        """Waits until the live region says something."""
        self.page.wait_for_function(
            "(p) => new RegExp(p).test(document.getElementById('status').textContent)", arg=pattern
        )
        return self.page.inner_text("#status")
