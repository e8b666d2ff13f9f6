"""The open connections of a server: not too many, and none that waits for ever."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket

# Seconds for the head of a request; without any request, before a connection is closed.
HEAD, IDLE = 10.0, 15.0
MOST = 128
_TICK = 0.25


@dataclass
class _State:
    """When a connection is to be closed, if ever, and whether a client is in the middle of something."""

    deadline: float | None
    idle: bool


class Connections:
    """Counts connections, and closes those whose clients do not get on. Where all are taken, idle ones make room."""

    def __init__(self, most: int = MOST, head: float = HEAD, idle: float = IDLE) -> None:
        self._head, self._idle = head, idle
        self._slots = threading.Semaphore(most)
        self._states: dict[socket, _State] = {}
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True, name="totfjs-serve-watch")
        self._watch.start()

    def enter(self, connection: socket) -> bool:
        """Wait until there is room for one more; False when the server ends first."""
        while not self._slots.acquire(timeout=_TICK):
            self._wanted.set()
            if self._closed.is_set():
                return False
        if self._closed.is_set():
            self._slots.release()
            return False
        self._wanted.clear()
        self.wait(connection)
        return True

    def leave(self, connection: socket) -> None:
        """A connection has ended."""
        with self._lock:
            self._states.pop(connection, None)
        self._slots.release()

    def wait(self, connection: socket) -> None:
        """Nothing has been asked yet."""
        self._set(connection, _State(time.monotonic() + self._idle, True))

    def read(self, connection: socket) -> None:
        """A request is coming in."""
        self._set(connection, _State(time.monotonic() + self._head, False))

    def answer(self, connection: socket) -> None:
        """A request is being answered; how slowly the client may take the answer is its socket's business."""
        self._set(connection, _State(None, False))

    def close(self) -> None:
        """Close all."""
        self._closed.set()
        self._watch.join()
        with self._lock:
            left = list(self._states)
        for connection in left:
            _shut(connection)

    def _set(self, connection: socket, state: _State) -> None:
        with self._lock:
            self._states[connection] = state

    def _run(self) -> None:
        while not self._closed.wait(_TICK):
            now, crowded = time.monotonic(), self._wanted.is_set()
            with self._lock:
                late = [each for each, state in self._states.items() if _is_late(state, now, crowded)]
            for connection in late:
                _shut(connection)


def _is_late(state: _State, now: float, crowded: bool) -> bool:
    return state.deadline is not None and (now > state.deadline or (crowded and state.idle))


def _shut(connection: socket) -> None:
    """Ends both directions, which also ends whatever a thread waits for there."""
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)
