"""What a terminal would show of what is written to it: as much of one as our own sequences need."""

from __future__ import annotations

import io
import re

TOKEN = re.compile(r"\x1b\[(?P<number>[0-9;?]*)(?P<what>[A-Za-z])|(?P<letter>.)", re.DOTALL)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


class Screen:
    def __init__(self) -> None:
        self.lines = [""]
        self.row = self.column = 0
        self.cursor_shown = True

    @classmethod
    def of(cls, written: str) -> Screen:
        screen = cls()
        for token in TOKEN.finditer(written):
            if token["letter"] is not None:
                screen._put(token["letter"])
            else:
                screen._control(token["what"], token["number"])
        return screen

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.lines):
                self.lines.append("")
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def _control(self, what: str, number: str) -> None:
        if what == "A":
            self.row = max(0, self.row - int(number or 1))
        elif what in "JK":
            self.lines[self.row] = self.lines[self.row][: self.column]
            if what == "J":
                del self.lines[self.row + 1 :]
        elif what in "hl":
            assert number == "?25"
            self.cursor_shown = what == "h"
        else:
            assert what == "m", what
