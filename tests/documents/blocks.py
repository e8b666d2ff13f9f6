"""The code blocks of a page: what is run, what it prints, and what is neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RUN = ("bash", "python", "javascript")
# `text` below a block is what that block prints; `console` is what nobody can run here, such as an installation
MARKED = ("text", "console")


@dataclass(frozen=True)
class Block:
    """A block, and the number of the line that it begins in."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    return [Block(match[1], match[2], text.count("\n", 0, match.start()) + 2) for match in found]


def headings(page: Path) -> list[int]:
    """The levels of the headings of a page."""
    prose = re.sub(r"^```.*\n(?:.*\n)*?```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [len(match[1]) for match in re.finditer(r"^(#+) ", prose, re.MULTILINE)]
