"""The references of an attribute to its texts, taken from the header of the object that has the attribute."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from totfjs.sources.keras.reading.heap import REFERENCE, Reference
from totfjs.sources.keras.reading.window import Window

_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_MOST_MESSAGES = 100_000

_Message = tuple[int, int, bytes]


def text_references(window: Window, header: int, name: bytes) -> list[Reference] | None:
    """The references of an attribute of the object whose header lies there; None where it is not found."""
    try:
        messages = _second(window, header) if window.read_at(header, 4) == b"OHDR" else _first(window, header)
        for kind, flags, body in messages:
            data = _data(body, name) if kind == _ATTRIBUTE and not flags & 2 else None
            if data is not None:
                whole = data[: len(data) - len(data) % REFERENCE.size]
                return [(length, address, index) for length, address, index in REFERENCE.iter_unpack(whole)]
    except (struct.error, IndexError):
        pass  # not found where it should be
    return None


def _first(window: Window, header: int) -> Iterator[_Message]:
    """The messages of a header of version 1."""
    version, _, _, _, size = struct.unpack("<BBHII", window.read_at(header, 12))
    blocks = [(header + 16, size)] if version == 1 else []
    yield from _messages(window, blocks, struct.Struct("<HHB3x"), 0, 0)


def _second(window: Window, header: int) -> Iterator[_Message]:
    """The messages of a header of version 2."""
    flags = window.read_at(header, 6)[5]
    start = header + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(window.read_at(start, width), "little")
    layout = struct.Struct("<BHB2x" if flags & 4 else "<BHB")
    yield from _messages(window, [(start + width, size)], layout, 4, 4)


def _messages(
    window: Window, blocks: list[tuple[int, int]], layout: struct.Struct, before: int, after: int
) -> Iterator[_Message]:
    """The messages of blocks and of those they continue in, which have a signature before and a checksum after them."""
    count = 0
    while blocks:
        offset, size = blocks.pop()
        block, at = window.read_at(offset, size), 0
        while at + layout.size <= len(block) and count < _MOST_MESSAGES:
            kind, length, flags = layout.unpack_from(block, at)
            body = block[at + layout.size : at + layout.size + length]
            if kind == _CONTINUATION:
                place, more = struct.unpack_from("<QQ", body)
                blocks.append((place + before, more - before - after))
            yield kind, flags, body
            at, count = at + layout.size + length, count + 1


def _data(body: bytes, name: bytes) -> bytes | None:
    """The values in the message of an attribute, if it has this name."""
    version, _, *sizes = struct.unpack_from("<BBHHH", body)
    step, at = (8, 8) if version == 1 else (1, 9 if version == 3 else 8)
    if body[at : at + sizes[0]].rstrip(b"\0") != name:
        return None
    return body[at + sum(-(-size // step) * step for size in sizes) :]
