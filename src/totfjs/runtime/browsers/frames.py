"""Messages to and from a page: frames of a length and that many bytes, the header first, then the buffers."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from totfjs.runtime.channel import Bytes

_LENGTH = struct.Struct("<Q")
_END = 2**64 - 1


def encoded(header: Mapping[str, Any]) -> Bytes:
    """A header as the bytes of its frame."""
    return np.frombuffer(json.dumps(header).encode(), np.uint8)


def write(stream: Any, header: Bytes, buffers: Iterable[Bytes]) -> None:
    """Writes one message; one that was cut short has no end."""
    _frame(stream, header)
    for buffer in buffers:
        _frame(stream, buffer)
    stream.write(_LENGTH.pack(_END))
    stream.flush()


def _frame(stream: Any, buffer: Bytes) -> None:
    stream.write(_LENGTH.pack(buffer.nbytes))
    stream.write(buffer.data)


def read(stream: Any) -> list[Bytes]:
    """Reads one message; EOFError where it was cut short."""
    found: list[Bytes] = []
    while (length := _LENGTH.unpack(_filled(stream, _LENGTH.size).tobytes())[0]) != _END:
        found.append(_filled(stream, length))
    return found


def _filled(stream: Any, length: int) -> Bytes:
    buffer = np.empty(length, np.uint8)
    view, at = buffer.data, 0
    while at < length:
        count = stream.readinto(view[at:])
        if not count:
            raise EOFError
        at += count
    return buffer
