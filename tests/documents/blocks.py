"""The code blocks of a page: what is run, what it prints, and what is neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RUN = ("bash", "python", "javascript")
# `text` right below a block is what that block prints, elsewhere a listing; `console` is what a test cannot run
MARKED = ("text", "console")


@dataclass(frozen=True)
class Block:
    """A block, the number of the line that it begins in, and whether nothing stands between it and the one above."""

    language: str
    text: str
    line: int
    adjoins: bool = False


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = list(re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE))
    ends = [0, *(match.end() for match in found)]
    return [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 2, not text[end : match.start()].strip())
        for match, end in zip(found, ends, strict=False)
    ]


def headings(page: Path) -> list[int]:
    """The levels of the headings of a page."""
    prose = re.sub(r"^```.*\n(?:.*\n)*?```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [len(match[1]) for match in re.finditer(r"^(#+) ", prose, re.MULTILINE)]
