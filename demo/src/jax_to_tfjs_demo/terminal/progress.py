"""A bar for long work: one line that is rewritten on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from jax_to_tfjs_demo.terminal.colour import encodable, understands_controls
from jax_to_tfjs_demo.terminal.width import cut

BAR = 24
BETWEEN_FRAMES = 0.1
BETWEEN_LINES = 10.0
# before that, what is left is a guess
BEFORE_A_GUESS = 1.0
ERASE = "\r\x1b[K"


class Progress:
    """Shows how far something is, as a context manager; the bar is gone when it ends, however it ends.

    `update(0.4, "epoch 2/5  loss 0.061")` may be called as often as one likes. `print(line)` writes a line that stays.
    """

    def __init__(
        self, title: str = "", *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title = title
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._live = understands_controls(self._stream)
        self._begun = self._shown_at = clock()
        self._begun_at = self._fraction = 0.0
        self._first = True
        self._line = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._erase()

    def update(self, fraction: float, text: str = "") -> None:
        """How much is done, from 0 to 1, and what to say beside it."""
        fraction, now = min(1.0, max(0.0, fraction)), self._clock()
        if self._first or fraction < self._fraction:
            # what an earlier run has done, or an earlier file took, tells nothing of this one's speed
            self._begun, self._begun_at = now, fraction
        self._fraction = fraction
        if self._first or now - self._shown_at >= (BETWEEN_FRAMES if self._live else BETWEEN_LINES):
            self._first, self._shown_at = False, now
            self._show(fraction, text, now)

    def print(self, line: str) -> None:
        """Writes a line that stays, above the bar."""
        self.giving_way(lambda said: self._write(f"{said}\n"))(line)

    def giving_way(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """What says lines by `say`, wherever that writes, without the bar between them."""

        def said(line: str) -> None:
            self._erase(keep=True)
            say(line)
            if self._line:
                self._write(self._line)

        return said

    def _show(self, fraction: float, text: str, now: float) -> None:
        left = self._left(fraction, now)
        if self._live:
            bar = _bar(fraction, fine=encodable("█▏", self._stream) == "█▏")
            self._line = cut(_joined(self._title, bar, f"{fraction:4.0%}", text, left), _columns(self._stream) - 1)
            self._write(ERASE + self._line)
        else:
            self._write(_joined(self._title, f"{fraction:.0%}", text, left) + "\n")

    def _left(self, fraction: float, now: float) -> str:
        spent, done = now - self._begun, fraction - self._begun_at
        if spent < BEFORE_A_GUESS or done <= 0 or fraction >= 1:
            return ""
        return f"{duration(spent * (1 - fraction) / done)} left"

    def _erase(self, *, keep: bool = False) -> None:
        if self._line:
            self._write(ERASE)
        if not keep:
            self._line = ""

    def _write(self, text: str) -> None:
        self._stream.write(encodable(text, self._stream))
        self._stream.flush()


def duration(seconds: float) -> str:
    """A time as it is read: `48 s`, `3:05`, `1:02:40`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"


def _bar(fraction: float, *, fine: bool) -> str:
    if not fine:
        done = round(fraction * BAR)
        return f"[{'#' * done}{'-' * (BAR - done)}]"
    whole, eighth = divmod(round(fraction * BAR * 8), 8)
    part = " ▏▎▍▌▋▊▉"[eighth] if whole < BAR else ""
    return f"│{('█' * whole + part).ljust(BAR)}│"


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


def _columns(stream: TextIO) -> int:
    try:
        # some terminals, such as a pseudo-terminal that nobody sized, say 0
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
