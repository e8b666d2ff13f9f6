"""Numbers of bytes, read from what people write and written for them."""

from __future__ import annotations

import re

from totfjs.errors import UsageError

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def parse_size(text: int | str) -> int:
    """Read a size in bytes: 4194304, "4MiB", "4MB", "512 KiB"."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*", str(text).lower())
    size = int(float(match[1]) * _UNITS[match[2]]) if match and match[2] in _UNITS else 0
    if size < 1:
        raise UsageError(f"{text!r} is not a size.", remedy='Write it as "4MiB", "4MB" or a number of bytes.')
    return size


def size_text(count: float) -> str:
    """A number of bytes for people: `12 B`, `2.0 KiB`, `5.00 GiB`."""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.2f} GiB"
