"""Single keys, as they are pressed, from a terminal of POSIX or a console of Windows."""

from __future__ import annotations

import codecs
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

UP, DOWN, FIRST, LAST, ENTER, LEAVE = "up", "down", "first", "last", "enter", "leave"

# after the escape byte; a terminal sends `[` or `O`, depending on its mode
SEQUENCES = {"A": UP, "B": DOWN, "H": FIRST, "F": LAST, "1~": FIRST, "4~": LAST}
# of a console of Windows, after the byte 0 or 0xE0
SCAN_CODES = {"H": UP, "P": DOWN, "G": FIRST, "O": LAST}
LETTERS = {
    "\r": ENTER,
    "\n": ENTER,
    "\x03": LEAVE,
    "\x04": LEAVE,
    "\x1b": LEAVE,
    "q": LEAVE,
    "k": UP,
    "j": DOWN,
    # where k, j and q lie while Korean is typed
    "ㅏ": UP,
    "ㅓ": DOWN,
    "ㅂ": LEAVE,
    "g": FIRST,
    "G": LAST,
}
# An arrow comes as several bytes at once; the Escape key as one, with nothing behind it.
BEHIND_ESCAPE = 0.1


@contextmanager
def pressed(stream: TextIO) -> Iterator[Callable[[], str]]:
    """Gives a function that waits for the next key: a name such as `UP`, or the letter; the terminal is restored."""
    with _windows() if sys.platform == "win32" else _posix(stream) as read:
        yield read


@contextmanager
def _posix(stream: TextIO) -> Iterator[Callable[[], str]]:
    if sys.platform == "win32":
        raise RuntimeError("termios is of POSIX")
    import termios
    import tty

    descriptor = stream.fileno()
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    before = termios.tcgetattr(descriptor)
    with _ended_in_order():
        try:
            # keys come at once and unseen; Ctrl-C still interrupts
            tty.setcbreak(descriptor, termios.TCSADRAIN)
            yield lambda: _posix_key(descriptor, decoder)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Lets a polite kill restore the terminal too, where nobody else has taken that signal."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> None:
    # as a shell tells that a signal ended a program
    raise SystemExit(128 + number)


def _posix_key(descriptor: int, decoder: codecs.IncrementalDecoder) -> str:
    letter = _posix_letter(descriptor, decoder)
    if letter != "\x1b":
        return LETTERS.get(letter, letter)
    sequence = _behind_escape(descriptor)
    return SEQUENCES.get(sequence[1:], "") if sequence else LEAVE


def _posix_letter(descriptor: int, decoder: codecs.IncrementalDecoder) -> str:
    letter = ""
    while not letter:
        byte = os.read(descriptor, 1)
        if not byte:
            # the terminal is gone
            return "\x04"
        letter = decoder.decode(byte)
    return letter


def _behind_escape(descriptor: int) -> str:
    """The rest of one escape sequence, which ends with a letter or `~`."""
    import select

    sequence = ""
    while select.select([descriptor], [], [], BEHIND_ESCAPE)[0]:
        sequence += os.read(descriptor, 1).decode("latin-1")
        if len(sequence) > 1 and (sequence[-1].isalpha() or sequence[-1] == "~"):
            break
    return sequence


@contextmanager
def _windows() -> Iterator[Callable[[], str]]:
    # a console has no mode to restore: `getwch` neither echoes nor waits for a line
    yield _windows_key


def _windows_key() -> str:
    if sys.platform != "win32":
        raise RuntimeError("msvcrt is of Windows")
    import msvcrt

    letter = msvcrt.getwch()
    if letter in ("\x00", "\xe0"):
        return SCAN_CODES.get(msvcrt.getwch(), "")
    return LETTERS.get(letter, letter)
