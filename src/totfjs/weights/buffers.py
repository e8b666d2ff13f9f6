"""Weights in memory, read as if they lay in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from totfjs.weights.read import Span


@dataclass(frozen=True, eq=False)
class Buffers(Span):
    """Bytes objects and the like, read as if they were one."""

    buffers: tuple[np.ndarray, ...] = ()

    @classmethod
    def holding(cls, buffers: Sequence[bytes | bytearray | memoryview]) -> Buffers:
        """Take the buffers, without copying them."""
        held = tuple(np.frombuffer(buffer, np.uint8) for buffer in buffers)
        return cls((), tuple(accumulate(buffer.size for buffer in held)), held)

    def fill(self, piece: np.ndarray, at: int) -> None:
        """Fill a 1-D array with the bytes that start at `at`."""
        flat = piece.view(np.uint8)
        starts = (0, *self.ends[:-1])
        for buffer, start, end in zip(self.buffers, starts, self.ends, strict=True):
            first, last = max(at, start), min(at + flat.size, end)
            if first < last:
                flat[first - at : last - at] = buffer[first - start : last - start]
