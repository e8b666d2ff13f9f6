"""How many cells of a terminal a text takes: Korean letters take two, accents and colours none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Hangul vowels and final consonants join the letter before them
JOINING_JAMO = range(0x1160, 0x1200)


def width(text: str) -> int:
    """The cells that a text takes when it is shown."""
    return sum(_cells(letter) for letter in ESCAPE.sub("", text))


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """A text filled up with spaces to a number of cells, flush left or right."""
    spaces = " " * max(0, cells - width(text))
    return spaces + text if right else text + spaces


def cut(text: str, cells: int) -> str:
    """As much of a text as fits, with `…` where something is left out; colours are always ended."""
    if width(text) <= cells:
        return text
    kept, used = [], 0
    for piece in _pieces(text):
        if ESCAPE.fullmatch(piece):
            kept.append(piece)
        elif used + _cells(piece) < cells:
            kept.append(piece)
            used += _cells(piece)
        else:
            # nothing after the first letter without a place, but the colours' ends
            used = cells
    return "".join(kept) + ("…" if cells > 0 else "")


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for escape in ESCAPE.finditer(text):
        yield from text[start : escape.start()]
        yield escape.group()
        start = escape.end()
    yield from text[start:]


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc") or ord(letter) in JOINING_JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1
