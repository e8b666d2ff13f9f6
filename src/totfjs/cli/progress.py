"""Progress on standard error while a person watches, and silence otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Work that is done sooner than this is not worth a line.
PATIENCE = 0.5


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows the stage, and a share of it where that is known."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    line = _Line()
    try:
        yield line.show
    finally:
        line.clear()


class _Line:
    """One line that is written over and over."""

    def __init__(self) -> None:
        self._started, self._shown, self._width = time.monotonic(), 0.0, 0

    def show(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._started < PATIENCE or (total and done < total and now - self._shown < 0.1):
            return
        self._shown = now
        share = f" {_bar(done / total)} {done / total:4.0%}  {done >> 20} of {total >> 20} MiB" if total else " …"
        self._write(f"{stage}{share}")

    def clear(self) -> None:
        if self._width:
            self._write("")
            sys.stderr.write("\r")

    def _write(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)


def _bar(share: float, width: int = 24) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)
