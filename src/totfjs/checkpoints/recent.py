"""The arrays of a checkpoint that were read last: weights are looked at and then written, and some in many parts."""

from __future__ import annotations

import numpy as np

# Bytes in all, so that memory does not grow with the model.
LIMIT = 32 * 1024 * 1024


class Recent:
    """Arrays by name, the least recently used of which are let go when there are more than `limit` bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._arrays: dict[str, np.ndarray] = {}

    def get(self, name: str) -> np.ndarray | None:
        """The array, if it is still there."""
        array = self._arrays.pop(name, None)
        if array is not None:
            self._arrays[name] = array
        return array

    def keep(self, name: str, array: np.ndarray) -> np.ndarray:
        """Keeps an array in the place of older ones; one that is larger than the limit is only returned."""
        if array.nbytes <= self._limit:
            self._arrays[name] = array
            while sum(kept.nbytes for kept in self._arrays.values()) > self._limit:
                del self._arrays[next(iter(self._arrays))]
        return array
