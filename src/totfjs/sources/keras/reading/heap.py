"""Texts of any length in an HDF5 file, read here: the library that h5py wraps loops for ever where they are damaged.

A text is stored as a reference: its length, and the place in a heap where it lies. Many references may name one long
text, so that a small file asks for any amount of memory: their sum is limited before anything is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from totfjs.sources.keras.reading.problems import damaged, unsafe
from totfjs.sources.keras.reading.window import Window

LONGEST = 32 << 20
REFERENCE = struct.Struct("<IQI")
_COLLECTION = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HH4xQ")

Reference = tuple[int, int, int]
_Collection = dict[int, tuple[int, int]]


class Heap:
    """The texts of a file by their references."""

    def __init__(self, window: Window) -> None:
        self._window, self._collections = window, dict[int, _Collection]()

    def texts(self, references: Sequence[Reference], what: str) -> list[bytes]:
        """The text behind each reference; `what` names in errors what they belong to."""
        total = sum(length for length, _, _ in references)
        if total > LONGEST:
            raise unsafe(self._window.place.shown, f"{what} is {total:,} bytes of text")
        return [self._text(*reference, what) for reference in references]

    def _text(self, length: int, address: int, index: int, what: str) -> bytes:
        if length == 0:
            return b""
        if address not in self._collections:
            self._collections[address] = self._collection(address)
        offset, size = self._collections[address].get(index, (0, 0))
        if length > size:
            raise damaged(self._window.place.shown, f"a text of {what} is not where it should be")
        return self._window.read_at(offset, length).rstrip(b"\0")

    def _collection(self, address: int) -> _Collection:
        """Where the objects of one part of the heap begin, and their sizes."""
        start = self._window.read_at(address, _COLLECTION.size)
        signature, _, size = _COLLECTION.unpack(start.ljust(_COLLECTION.size, b"\0"))
        found: _Collection = {}
        at, end = address + _COLLECTION.size, min(address + size, self._window.place.length)
        while signature == b"GCOL" and at + _OBJECT.size <= end:
            index, _, length = _OBJECT.unpack(self._window.read_at(at, _OBJECT.size))
            at += _OBJECT.size
            if index == 0 or at + length > end:
                break
            found[index] = at, length
            at += -(-length // 8) * 8
        return found
