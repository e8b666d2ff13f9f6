"""Somebody who sits at a real pseudo-terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.demo.terminal.screen import Screen

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


class Person:
    """Somebody who sits at a terminal, reads and types."""

    def __init__(self, keyboard: int, process: subprocess.Popen[bytes]) -> None:
        self._keyboard = keyboard
        self.process = process
        self.written = b""

    @property
    def screen(self) -> Screen:
        return Screen.of(self.written.decode(errors="ignore").replace("\r\n", "\n"))

    def sees(self, text: str) -> str:
        """What the screen shows when that text stands on it."""
        deadline = time.monotonic() + 120
        while text not in (shown := self.screen.text):
            assert time.monotonic() < deadline and self._read(), shown
        return shown

    def types(self, *presses: str) -> None:
        for press in presses:
            os.write(self._keyboard, press.encode())

    def waits(self) -> int:
        """The status with which the program ends."""
        while self._read():
            pass
        return self.process.wait(60)

    def is_told(self) -> str:
        """All that stands there when the program has ended."""
        self.waits()
        assert self.screen.cursor_shown
        return self.screen.text

    def _read(self) -> bytes:
        try:
            data = os.read(self._keyboard, 4096)
        except OSError:
            # Linux says so when nobody writes to a terminal any more
            data = b""
        self.written += data
        return data


@contextmanager
def at_a_terminal(
    words: Sequence[str], variables: Mapping[str, str], where: Path | None = None, rows: int = 24, columns: int = 80
) -> Iterator[Person]:
    """A Python that runs there, until the block ends."""
    import fcntl
    import pty
    import struct
    import termios

    keyboard, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", *words],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=where,
        env={**inherited, **variables, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(terminal)
    try:
        yield Person(keyboard, process)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
