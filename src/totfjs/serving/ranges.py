"""Which bytes of a file a `Range` header asks for."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


class UnsatisfiableError(Exception):
    """The header asks for bytes that the file does not have."""


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None for the whole file.

    The whole file also answers what is not understood and what asks for several ranges, as the standard allows.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = size - min(int(match[2]), size), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
        if match[2] and int(match[2]) < int(match[1]):
            return None
    if start >= size:
        raise UnsatisfiableError
    return start, end
