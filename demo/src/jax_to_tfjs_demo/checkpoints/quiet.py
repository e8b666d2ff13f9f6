"""Orbax at work without a word: what goes wrong is raised, so that its log would say it twice."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class _NotOfOrbax(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "orbax" not in record.pathname


@functools.cache
def _expect_late_reads() -> None:
    """From now on nothing is printed of reads that end after Orbax has given up on a checkpoint.

    When one array cannot be restored, Orbax closes its event loop under the others, and each that is then read says so
    by an exception that nobody can catch. That may be at any later time, so this has no end.
    """
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        late = isinstance(unraisable.exc_value, RuntimeError) and str(unraisable.exc_value) == "Event loop is closed"
        if not late:
            before(unraisable)

    sys.unraisablehook = hook


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that Orbax logs is shown until the block ends."""
    _expect_late_reads()
    logger, silence = logging.getLogger("absl"), _NotOfOrbax()
    logger.addFilter(silence)
    try:
        yield
    finally:
        logger.removeFilter(silence)
