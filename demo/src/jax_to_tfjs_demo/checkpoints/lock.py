"""One training at a time in a directory: the sweep of one would remove what the other writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jax_to_tfjs_demo.errors import DemoError


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Holds a directory until the block ends, or the process does in whatever way."""
    if os.name == "nt":  # where nothing that another process has open can be renamed or removed
        yield
        return
    held = os.open(directory, os.O_RDONLY)
    try:
        _lock(held, directory)
        yield
    finally:
        os.close(held)


def _lock(held: int, directory: Path) -> None:
    import fcntl  # which Windows has not

    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DemoError(
            f"Another training is writing to {directory}.",
            remedy="Wait until it has ended, or end it; or train into another folder with --checkpoints.",
        ) from error
    except OSError:
        return  # a file system that knows no locks
