import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from jax_to_tfjs_demo.terminal import keys

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


@contextmanager
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal, and where one types at it."""
    import pty

    keyboard, descriptor = pty.openpty()
    with os.fdopen(descriptor, "r") as stream:
        try:
            yield stream, keyboard
        finally:
            os.close(keyboard)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (b"\x1b[A", keys.UP),
        (b"\x1bOA", keys.UP),
        (b"\x1b[B", keys.DOWN),
        (b"\x1b[H", keys.FIRST),
        (b"\x1b[1~", keys.FIRST),
        (b"\x1b[4~", keys.LAST),
        (b"\x1b[F", keys.LAST),
        (b"\x1b", keys.LEAVE),
        (b"\r", keys.ENTER),
        (b"\n", keys.ENTER),
        (b"j", keys.DOWN),
        (b"k", keys.UP),
        ("ㅓ".encode(), keys.DOWN),
        ("ㅏ".encode(), keys.UP),
        (b"q", keys.LEAVE),
        (b"7", "7"),
        ("한".encode(), "한"),
        # keys that mean nothing here: F5, page up, Alt and x, bytes of no encoding
        (b"\x1b[15~", ""),
        (b"\x1b[5~", ""),
        (b"\x1bx", ""),
        (b"\xff\xfex", "x"),
    ],
)
def test_a_key_is_known_by_its_bytes(typed: bytes, key: str) -> None:
    with terminal() as (stream, keyboard), keys.pressed(stream) as read:
        os.write(keyboard, typed)
        assert read() == key


def test_keys_typed_ahead_come_one_by_one() -> None:
    with terminal() as (stream, keyboard), keys.pressed(stream) as read:
        os.write(keyboard, b"\x1b[A\x1b[B5j\x1b[15~q")
        assert [read() for _ in range(6)] == [keys.UP, keys.DOWN, "5", keys.DOWN, "", keys.LEAVE]


@pytest.mark.parametrize("ending", [None, KeyboardInterrupt, ValueError])
def test_the_terminal_is_restored_however_it_ends(ending: type[BaseException] | None) -> None:
    import termios

    with terminal() as (stream, _):
        before = termios.tcgetattr(stream.fileno())
        handler = signal.getsignal(signal.SIGTERM)
        try:
            with keys.pressed(stream):
                assert termios.tcgetattr(stream.fileno()) != before
                if ending is not None:
                    raise ending
        except (KeyboardInterrupt, ValueError) as error:
            assert type(error) is ending
        assert termios.tcgetattr(stream.fileno()) == before
        assert signal.getsignal(signal.SIGTERM) == handler
