"""An array that lies in a file as chunks, unpacked here so that none grows beyond its declared size."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from totfjs.sources.keras.reading.problems import damaged
from totfjs.sources.keras.reading.window import Place, Window
from totfjs.weights.array import PIECE, Array, Dense

DEFLATE, SHUFFLE = 1, 2


@dataclass(frozen=True)
class Piece:
    """Where a chunk lies, and which filters (by bits) were not applied to it."""

    offset: int
    size: int
    skipped: int


class Chunked(Array):
    """Chunks of an array by their first index. The chunks of one band of rows are in memory at once."""

    def __init__(
        self,
        place: Place,
        name: str,
        dtype: Any,
        shape: Sequence[int],
        chunk: tuple[int, ...],
        pieces: Mapping[tuple[int, ...], Piece],
        filters: tuple[int, ...],
    ) -> None:
        super().__init__(dtype, shape)
        self._stored, self._place, self._name = np.dtype(dtype), place, name
        self._chunk, self._pieces, self._filters = chunk, pieces, filters

    @property
    def key(self) -> Hashable:
        """The file, and the place of the first chunk in it."""
        first = min(piece.offset for piece in self._pieces.values())
        return ("chunks", str(self._place.path), self._place.start + first, self._stored.str, self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Unpack one band of rows after the other."""
        with Window(self._place) as window:
            for start in range(0, self.shape[0], self._chunk[0]):
                yield from Dense(self._band(window, start)).chunks(limit)

    def _band(self, window: Window, start: int) -> np.ndarray:
        rows = min(self._chunk[0], self.shape[0] - start)
        band = np.empty((rows, *self.shape[1:]), self.dtype)
        sides = zip(self.shape[1:], self._chunk[1:], strict=True)
        for at in product(*(range(0, dim, step) for dim, step in sides)):
            values = self._values(window, (start, *at))
            ends = (slice(index, index + step) for index, step in zip(at, self._chunk[1:], strict=True))
            target = band[(slice(None), *ends)]
            target[...] = values[tuple(slice(dim) for dim in target.shape)]
        return band

    def _values(self, window: Window, at: tuple[int, ...]) -> np.ndarray:
        size = prod(self._chunk) * self._stored.itemsize
        piece = self._pieces.get(at)
        if piece is None:
            raise damaged(self._place.shown, f"a chunk of {self._name!r} is missing")
        packed = window.read_at(piece.offset, piece.size)
        for index, each in reversed(list(enumerate(self._filters))):
            if not piece.skipped >> index & 1:
                packed = _inflated(packed, size) if each == DEFLATE else _unshuffled(packed, self._stored.itemsize)
        if len(packed) != size:
            raise damaged(self._place.shown, f"a chunk of {self._name!r} does not unpack to {size:,} bytes")
        return np.frombuffer(packed, self._stored).reshape(self._chunk)


def _inflated(packed: bytes, size: int) -> bytes:
    """At most one byte more than the size; nothing where it is not what zlib writes."""
    try:
        return zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error:
        return b""


def _unshuffled(packed: bytes, width: int) -> bytes:
    if len(packed) % width:
        return b""
    return np.frombuffer(packed, np.uint8).reshape(width, -1).T.tobytes()
