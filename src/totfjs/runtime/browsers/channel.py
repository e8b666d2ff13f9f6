"""TensorFlow.js in a page of a real browser."""

from __future__ import annotations

import queue
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from totfjs.errors import EngineError, EngineTimeoutError
from totfjs.runtime.browsers.find import Browser, require_browser
from totfjs.runtime.browsers.link import Link
from totfjs.runtime.browsers.process import BrowserProcess
from totfjs.runtime.channel import Bytes, Channel, Limits, Reply

# How long a browser may take until its page asks for the first request.
_START = 60.0
_LOOK = 0.05


class BrowserChannel(Channel):
    """A browser with a profile of its own, ended at `close`, at a limit, and when this process ends."""

    def __init__(self, name: str | None, limits: Limits) -> None:
        super().__init__()
        self.browser: Browser = require_browser(name)
        self._limits = limits
        self._lock = threading.Lock()
        self._link = Link()
        try:
            self._process = BrowserProcess(self.browser, self._link.address)
        except BaseException as error:
            self._link.close()
            if isinstance(error, OSError):
                raise EngineError(
                    f"The browser {self.browser.program} does not start: {error}.", remedy="Name another browser."
                ) from error
            raise
        self._finalizer = weakref.finalize(self, _close, self._link, self._process)
        self._wait_for_page()

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
            seconds = self._limits.seconds
            until = None if seconds is None else time.monotonic() + seconds
            request = self._link.send(header, buffers)
            while True:
                try:
                    return self._link.replies.get(timeout=_LOOK)
                except queue.Empty:
                    self._look(request.failure)
                if until is not None and time.monotonic() > until:
                    raise EngineTimeoutError(
                        f"TensorFlow.js did not finish within {seconds:g} s.",
                        remedy="Raise the time limit, or use a smaller input.",
                    )

    def _look(self, failure: BaseException | None) -> None:
        """Raises what has gone wrong meanwhile."""
        if self._process.status is not None or self._link.gone.is_set():
            raise self._death()
        if failure is not None:
            raise failure

    def _wait_for_page(self) -> None:
        until = time.monotonic() + _START
        while not self._link.arrived.wait(_LOOK):
            if self._process.status is not None:
                raise self._death()
            if time.monotonic() > until:
                self.abandon("its page did not load")
                raise EngineError(
                    f"{self.browser.program} did not load its page within {_START:g} s.",
                    remedy="Name another browser in TOTFJS_BROWSER, or run `totfjs doctor`.",
                )

    def _death(self) -> EngineError:
        status, said = self._process.status, self._process.said()
        how = "its page has crashed" if status is None else f"it ended with status {status}"
        self.abandon(f"{self.browser.name}: {how}")
        reason = f": {said}" if said and status is not None else ""
        return EngineError(f"The browser {self.browser.name} stopped: {how}{reason}.", remedy="Load the model again.")

    def close(self) -> None:
        """Ends the browser."""
        self._finalizer()


def _close(link: Link, process: BrowserProcess) -> None:
    process.close()
    link.close()
