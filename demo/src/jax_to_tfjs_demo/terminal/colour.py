"""Colours and weights of text, when a terminal shows it and nobody asked for none."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004


@dataclass(frozen=True)
class Colours:
    """Puts text into a colour, or leaves it as it is when `enabled` is false."""

    enabled: bool

    def bold(self, text: str) -> str:
        """For headings and what was chosen."""
        return self._styled(text, "1", "22")

    def dim(self, text: str) -> str:
        """For what can be passed over."""
        return self._styled(text, "2", "22")

    def red(self, text: str) -> str:
        """For what went wrong."""
        return self._styled(text, "31", "39")

    def green(self, text: str) -> str:
        """For what is proved right."""
        return self._styled(text, "32", "39")

    def yellow(self, text: str) -> str:
        """For what the user should know."""
        return self._styled(text, "33", "39")

    def cyan(self, text: str) -> str:
        """For what can be typed: commands, paths, addresses."""
        return self._styled(text, "36", "39")

    def _styled(self, text: str, begin: str, end: str) -> str:
        return f"\x1b[{begin}m{text}\x1b[{end}m" if self.enabled and text else text


def colours(stream: TextIO | None = None) -> Colours:
    """The colours that suit a stream, which is standard output when none is named."""
    return Colours(_wanted(sys.stdout if stream is None else stream))


def understands_controls(stream: TextIO) -> bool:
    """Whether what is written is shown by a terminal that can move its cursor."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb" and _virtual_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; one that is closed, or was never there, is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def encodable(text: str, stream: TextIO) -> str:
    """The text as the stream can write it, with `?` for letters that its encoding lacks."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _wanted(stream: TextIO) -> bool:
    # in this order, as Python's own tracebacks take them
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return understands_controls(stream)


def _virtual_terminal(stream: TextIO) -> bool:
    """A console of Windows has to be told that escape sequences are meant."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    kernel = ctypes.windll.kernel32
    mode = ctypes.c_ulong()
    handle = msvcrt.get_osfhandle(stream.fileno())
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | ENABLE_VIRTUAL_TERMINAL_PROCESSING))
