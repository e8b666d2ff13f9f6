"""TensorFlow.js in a page of a real browser."""

from __future__ import annotations

import os
import queue
import re
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from totfjs.errors import EngineError, EngineTimeoutError, UsageError
from totfjs.runtime.browsers.find import VARIABLE, Browser
from totfjs.runtime.browsers.flags import VARIABLE as FLAGS
from totfjs.runtime.browsers.link import Link
from totfjs.runtime.browsers.process import BrowserProcess
from totfjs.runtime.channel import Bytes, Channel, Limits, LostEngineError, Reply

# The variable that says how many seconds a browser may take until its page asks for the first request.
TIMEOUT = "TOTFJS_BROWSER_TIMEOUT"
_START = 120.0
_LOOK = 0.05
# How long a browser whose page is gone may take to end itself, which tells that it was not the page alone.
_SETTLE = 0.3
# What Chromium writes where neither user namespaces nor its own helper can make a sandbox.
_SANDBOX = re.compile(r"No usable sandbox|setuid_sandbox_host|Failed to move to new namespace|CLONE_NEWUSER")
# Lines that a browser writes although all is well.
_NOISE = re.compile(r":(ERROR|WARNING|INFO|VERBOSE\d?):|^\*\*\*|^\[GFX|: unexpected operator$|^$")


class BrowserChannel(Channel):
    """A browser with a profile of its own, ended at `close`, at a limit, and when this process ends."""

    def __init__(self, browser: Browser, limits: Limits) -> None:
        super().__init__()
        self.browser = browser
        self._limits = limits
        self._patience = _patience()
        self._lock = threading.Lock()
        self._link = Link()
        try:
            self._process = BrowserProcess(browser, self._link.address)
        except BaseException as error:
            self._link.close()
            if isinstance(error, OSError):
                raise EngineError(
                    f"The browser {browser.program} does not start: {error}.",
                    remedy=f"Name another browser in {VARIABLE}.",
                ) from error
            raise
        self._finalizer = weakref.finalize(self, _close, os.getpid(), self._link, self._process)
        try:
            self._wait_for_page()
        except BaseException:
            self.abandon("its page did not load")
            raise

    @property
    def process(self) -> int:
        """The process id of the browser."""
        return self._process.identity

    def describe(self) -> dict[str, str]:
        """The browser's name; its version is in what the page says of itself."""
        return {self.browser.name: self.browser.program}

    def exchange(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> Reply:
        """Hands the request to the page and waits for what it posts."""
        with self._lock:
            seconds = self._limits.seconds_for(header)
            until = None if seconds is None else time.monotonic() + seconds
            request = self._link.send(header, buffers)
            while True:
                try:
                    return self._link.replies.get(timeout=_LOOK)
                except queue.Empty:
                    self._look()
                if request.failure is not None:
                    raise request.failure
                if until is not None and time.monotonic() > until:
                    raise EngineTimeoutError(
                        f"TensorFlow.js did not finish within {seconds:g} s.",
                        remedy="Raise the time limit, or use a smaller input.",
                    )

    def _look(self) -> None:
        """Raises what has become of the browser meanwhile."""
        gone = self._link.gone.is_set()
        if (status := self._process.wait(_SETTLE if gone else 0)) is not None:
            raise self._death(f"it was ended by signal {-status}" if status < 0 else f"it ended with status {status}")
        if gone:
            raise self._death("its page crashed, which happens when memory runs out")

    def _wait_for_page(self) -> None:
        until = time.monotonic() + self._patience
        while not self._link.arrived.wait(_LOOK):
            self._look()
            if time.monotonic() > until:
                raise EngineError(
                    f"{self.browser.program} did not load its page within {self._patience:g} s.",
                    remedy=f"Name another browser in {VARIABLE}, or give this one more seconds in {TIMEOUT}.",
                )

    def _death(self, how: str) -> EngineError:
        said = self._process.said()
        if _SANDBOX.search(said):
            return EngineError(
                f"The browser {self.browser.program} cannot start: this system allows it no sandbox.",
                remedy=f"Allow user namespaces, or, for models that you trust, set {FLAGS}=--no-sandbox.",
            )
        lines = [line.strip() for line in said.splitlines() if not _NOISE.search(line.strip())]
        last = f" ({lines[-1][:300].removesuffix('.')})" if lines and self._process.status is not None else ""
        return LostEngineError(
            f"The browser {self.browser.name} stopped: {how}{last}.",
            remedy=f"Load the model again, or name another browser in {VARIABLE}.",
        )

    def close(self) -> None:
        """Ends the browser."""
        self._finalizer()


def _patience() -> float:
    given = os.environ.get(TIMEOUT) or str(_START)
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UsageError(f"{TIMEOUT} is {given}, which is no number of seconds.", remedy="Set it to one such as 300.")
    return seconds


def _close(owner: int, link: Link, process: BrowserProcess) -> None:
    if os.getpid() != owner:
        return  # a fork, which has neither the browser nor the threads of the server
    process.close()
    link.close()
