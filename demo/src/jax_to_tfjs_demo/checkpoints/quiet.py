"""Orbax at work without a word: what goes wrong is raised, so that its log would say it twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _NotOfOrbax(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "orbax" not in record.pathname


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that Orbax logs is shown until the block ends."""
    logger, silence = logging.getLogger("absl"), _NotOfOrbax()
    logger.addFilter(silence)
    try:
        yield
    finally:
        logger.removeFilter(silence)
