"""Ctrl-C while a model is trained: what is finished is kept, and the user is told so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class InterruptedTraining(KeyboardInterrupt):
    """A Ctrl-C that says what is kept."""

    def __init__(self, finished: int, epochs: int) -> None:
        kept = f"Epoch {finished} of {epochs} is kept" if finished else "No epoch was finished"
        super().__init__(f"{kept}; the same command goes on with epoch {finished + 1}.")
        self.finished = finished

    @classmethod
    @contextmanager
    def in_place_of_ctrl_c(cls, done: int, epochs: int) -> Iterator[Callable[[int], None]]:
        """Inside of it a Ctrl-C becomes one of these. Yields what is to be called with each epoch that is finished."""
        finished = [done]
        try:
            yield finished.append
        except KeyboardInterrupt:
            raise cls(finished[-1], epochs) from None
