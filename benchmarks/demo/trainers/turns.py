"""Trains in turns: says when it is ready, then trains once for each line it is sent, and answers with the seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def take(train: Callable[[], float]) -> None:
    """Serves the process that began this one. `train` trains on all images once and gives a loss, when all is done."""
    train()  # what is compiled is compiled here
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        loss = train()
        print(time.perf_counter() - began, loss, flush=True)
