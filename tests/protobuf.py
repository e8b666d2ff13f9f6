"""Writes protocol buffers, for tests that need files no library would write."""

from __future__ import annotations

import struct


def number(value: int) -> bytes:
    """A varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(tag: int, value: int | float | str | bytes, *, double: bool = False, fixed: bool = False) -> bytes:
    """A field: whole numbers as varints, or of four bytes; floats of four or eight bytes; all else with its length."""
    if isinstance(value, float):
        return number(tag << 3 | (1 if double else 5)) + struct.pack("<d" if double else "<f", value)
    if isinstance(value, int):
        return number(tag << 3 | 5) + struct.pack("<I", value) if fixed else number(tag << 3) + number(value)
    content = value.encode() if isinstance(value, str) else value
    return number(tag << 3 | 2) + number(len(content)) + content


def group(tag: int) -> bytes:
    """The start of a group, which nothing writes any more."""
    return number(tag << 3 | 3)
