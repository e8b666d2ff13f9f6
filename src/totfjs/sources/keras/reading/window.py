"""A range of a file as a file of its own: HDF5 behind a user block, or inside an archive, is read in its place."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.sources.keras.reading.problems import unsafe
from totfjs.weights.array import FileSlice, open_weights

_LONGEST = 32 << 20  # no parser needs more at once: values are not read through it


@dataclass(frozen=True)
class Place:
    """Where bytes lie: a range of a file.

    For a temporary file, `origin` is what it was unpacked from, and `owner` keeps it alive.
    """

    path: Path
    start: int
    length: int
    origin: Path | None = None
    owner: object = None

    @property
    def shown(self) -> Path:
        """The file that the user knows."""
        return self.origin or self.path

    def array(self, offset: int, dtype: Any, shape: Sequence[int]) -> FileSlice:
        """The values that lie at an offset within this range."""
        return Stored(self, offset, dtype, shape)


class Stored(FileSlice):
    """Values in a place; a temporary file lives as long as they do."""

    def __init__(self, place: Place, offset: int, dtype: Any, shape: Sequence[int]) -> None:
        super().__init__(place.path, place.start + offset, dtype, shape)
        self._owner = place.owner


class Window(io.RawIOBase):
    """A place opened for a parser, which cannot be led into reading more than `longest` bytes at once."""

    def __init__(self, place: Place, longest: int = _LONGEST) -> None:
        self.place, self._longest, self._at = place, longest, 0
        self._file = open_weights(place.path)

    def readable(self) -> bool:
        """Whether it may be read: always."""
        return True

    def seekable(self) -> bool:
        """Whether it may be sought: always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset within the range."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.place.length}[whence]
        if base + offset < 0:
            raise OSError("a negative position in the file")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The offset within the range."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, or as much of it as the range has."""
        view = memoryview(buffer).cast("B")
        view = view[: max(min(len(view), self.place.length - self._at), 0)]
        if len(view) > self._longest:
            raise unsafe(self.place.shown, f"{len(view):,} bytes of it would be read at once, without being values")
        self._file.seek(self.place.start + self._at)
        count: int = self._file.readinto(view)  # type: ignore[attr-defined]
        self._at += count
        return count

    def read_at(self, offset: int, size: int) -> bytes:
        """The bytes at an offset: fewer than asked for where the range ends."""
        self.seek(offset)
        return self.read(min(size, max(self.place.length - offset, 0))) or b""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
