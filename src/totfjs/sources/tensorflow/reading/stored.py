"""Files of messages, mapped: what lies in them can be named by its place, so that large constants are not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from totfjs.wire import Message, WireError


class Stored:
    """A file that holds one message. It is mapped, and only the pages that are looked at are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.stat().st_size:
            raise WireError("it is empty")
        self._bytes = np.memmap(path, np.uint8, "r")

    @property
    def message(self) -> Message:
        """The whole."""
        return Message(self._bytes.data)

    @property
    def data(self) -> memoryview:
        """All bytes."""
        return self._bytes.data

    def offset(self, part: memoryview) -> int:
        """Where in the file a part of the message lies."""
        return _address(np.frombuffer(part, np.uint8)) - _address(self._bytes)


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])
