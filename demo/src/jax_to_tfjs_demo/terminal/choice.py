"""Questions that a user answers at the terminal: one of several by arrow keys, or a line of text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.terminal import keys
from jax_to_tfjs_demo.terminal.colour import Colours, colours, encodable, is_terminal, understands_controls
from jax_to_tfjs_demo.terminal.width import cut

HELP = "↑ ↓ or j k, or a number; Enter takes it, Esc leaves"
HIDE_CURSOR, SHOW_CURSOR, ERASE_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"
REMEDY = "Give the answers on the command line instead; every question has a flag. `app help convert` lists them."


class Cancelled(KeyboardInterrupt):
    """The user left a question with Esc, Ctrl-C or Ctrl-D: nothing was chosen, and nothing is wrong."""


@dataclass(frozen=True)
class Cursor:
    """Where one is in a list of `count` options, and the number that is being typed."""

    at: int
    count: int
    typed: str = ""

    def after(self, key: str) -> Cursor:
        """Where a key leads; one that means nothing leads nowhere."""
        if key.isdecimal() and key.isascii():
            return self._numbered(key)
        moved = {keys.UP: self.at - 1, keys.DOWN: self.at + 1, keys.FIRST: 0, keys.LAST: self.count - 1}
        return Cursor(moved.get(key, self.at) % self.count, self.count)

    def _numbered(self, digit: str) -> Cursor:
        for typed in (self.typed + digit, digit):
            if 1 <= int(typed) <= self.count:
                return Cursor(int(typed) - 1, self.count, typed)
        return self


def choose(title: str, options: Sequence[str], *, default: int = 0, remedy: str = REMEDY) -> int:
    """Asks for one of the options and gives its index. Raises `Cancelled` when the user leaves."""
    if not options:
        raise ValueError(f"nothing to choose from: {title}")
    _require_terminal(title, remedy)
    screen = _Screen(title, options, sys.stdout, colours(sys.stdout))
    try:
        with keys.pressed(sys.stdin) as read:
            at = screen.answered(Cursor(default, len(options)), read)
    except KeyboardInterrupt:
        raise Cancelled from None
    finally:
        screen.close()
    screen.conclude(at)
    return at


def ask(title: str, default: str = "", *, remedy: str = REMEDY) -> str:
    """Asks for a line of text; Enter alone takes the default. Raises `Cancelled` when the user leaves."""
    _require_terminal(title, remedy)
    style = colours(sys.stdout)
    offered = f" {style.dim(f'[{default}]')}" if default else ""
    try:
        sys.stdout.write(encodable(f"{style.bold(title)}{offered} ", sys.stdout))
        sys.stdout.flush()
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        raise Cancelled from None
    if not line:
        sys.stdout.write("\n")
        raise Cancelled
    return line.strip() or default


def _require_terminal(title: str, remedy: str) -> None:
    if not is_terminal(sys.stdin):
        raise DemoError(f"“{title}” cannot be asked: standard input is not a terminal.", remedy=remedy)
    if not understands_controls(sys.stdout):
        raise DemoError(f"“{title}” cannot be asked: standard output is not a terminal.", remedy=remedy)


class _Screen:
    """The list as it is shown, rewritten in place after each key."""

    def __init__(self, title: str, options: Sequence[str], stream: TextIO, style: Colours) -> None:
        self._title, self._options, self._stream, self._style = title, options, stream, style
        self._lines = 0

    def answered(self, cursor: Cursor, read: Callable[[], str]) -> int:
        self._write(HIDE_CURSOR)
        while True:
            self._draw(cursor)
            key = read()
            if key == keys.ENTER:
                return cursor.at
            if key == keys.LEAVE:
                raise Cancelled
            cursor = cursor.after(key)

    def close(self) -> None:
        self._write(self._rewound() + SHOW_CURSOR)

    def conclude(self, at: int) -> None:
        self._write(f"{self._style.bold(self._title)} {self._style.cyan(self._options[at])}\n")

    def _draw(self, cursor: Cursor) -> None:
        columns, rows = shutil.get_terminal_size()
        lines = [self._style.bold(self._title) + "  " + self._style.dim(HELP)]
        lines += [self._option(index, index == cursor.at) for index in _window(cursor, max(1, rows - 2))]
        # a line as wide as the screen would wrap on some terminals
        shown = self._rewound() + "".join(cut(line, columns - 1) + "\n" for line in lines)
        # before it is written: whoever sees the list may interrupt at once
        self._lines = len(lines)
        self._write(shown)

    def _option(self, index: int, here: bool) -> str:
        text = f"{index + 1:>{len(str(len(self._options)))}}  {self._options[index]}"
        return self._style.cyan(f"❯ {text}") if here else f"  {text}"

    def _rewound(self) -> str:
        """What brings the cursor back to where the list began, with nothing below it."""
        lines, self._lines = self._lines, 0
        return f"\x1b[{lines}A\r{ERASE_BELOW}" if lines else ""

    def _write(self, text: str) -> None:
        self._stream.write(encodable(text, self._stream))
        self._stream.flush()


def _window(cursor: Cursor, rows: int) -> range:
    """The options in sight, when there are more than rows of the terminal."""
    first = min(max(0, cursor.at - rows // 2), max(0, cursor.count - rows))
    return range(first, min(cursor.count, first + rows))
