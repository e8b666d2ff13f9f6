"""One TensorFlow.js at a time with the backends started in it, and another one where a browser ended by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from totfjs.errors import EngineError
from totfjs.runtime.channel import Bytes, Channel, Limits, LostEngineError

T = TypeVar("T")
_MORE = 2


def again(attempt: Callable[[], T]) -> T:
    """What the attempt gives; two more are made where browsers ended by themselves during it.

    A browser that is killed, or crashes once, costs time and no verdict. What ends three in a row is told.
    """
    for _ in range(_MORE):
        try:
            return attempt()
        except LostEngineError:
            continue
    try:
        return attempt()
    except LostEngineError as error:
        raise EngineError(f"{error.what} So did the {_MORE} before it.", remedy=error.remedy) from None


class Started:
    """A running TensorFlow.js that is replaced when it has stopped; safe to use from several threads.

    `open_channel` starts one; `binary` is what a backend needs besides, where it cannot fetch it.
    """

    def __init__(
        self,
        name: str,
        open_channel: Callable[[], Channel],
        binary: Callable[[str], list[Bytes]],
        limits: Limits,
        settings: Mapping[str, Any],
    ) -> None:
        self.name, self._open, self._binary, self._limits, self._settings = name, open_channel, binary, limits, settings
        self._backends: set[str] = set()
        self._lock = threading.Lock()
        self._channel: Channel | None = None
        self.versions: dict[str, str] = {}

    def channel(self, backend: str) -> Channel:
        """The running TensorFlow.js, with `backend` ready in it; a new one where the last has stopped."""
        with self._lock:
            return again(lambda: self._ready(backend))

    def _ready(self, backend: str) -> Channel:
        if self._channel is None or self._channel.broken is not None:
            self._channel = self._start()
        if backend not in self._backends:
            header = {"command": "prepare", "backend": backend, "settings": self._settings}
            self._channel.request(header, self._binary(backend))
            self._backends.add(backend)
        return self._channel

    def _start(self) -> Channel:
        self._backends.clear()
        channel = self._open()
        try:
            header = channel.request({"command": "start", "memoryLimit": self._limits.memory}).header
            self.versions = {**channel.describe(), **header["versions"]}
        except BaseException:
            channel.abandon("it did not start")
            raise
        return channel

    @property
    def process(self) -> int | None:
        """The id of the process in which it runs, where it runs in one of its own."""
        return None if self._channel is None or self._channel.broken is not None else self._channel.process

    def surroundings(self, backend: str) -> dict[str, Any]:
        """What `backend`, which starts for it, runs on, as a browser tells it; empty for the other engines."""

        def ask() -> dict[str, Any]:
            return dict(self._ready(backend).request({"command": "describe"}).header["surroundings"])

        with self._lock:
            return again(ask)

    def close(self) -> None:
        """Ends TensorFlow.js."""
        with self._lock:
            if self._channel is not None:
                self._channel.abandon("the engine was closed")
