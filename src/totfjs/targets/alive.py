"""Tells whether the process that writes a directory still lives: it holds a lock on it, which its death frees.

Windows and some network file systems cannot lock a directory; there the process named in the directory's name is
looked for, if it ran on this machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import sys
import zlib
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.ENOENT)
_QUERY, _STILL_ACTIVE = 0x1000, 259


def maker() -> str:
    """What the name of a directory says of its maker: the machine and the process."""
    return f"{zlib.crc32(platform.node().encode()):08x}-{os.getpid()}"


def lock(directory: Path) -> int | None:
    """Lock a directory until `unlock` or the end of the process; None where there are no locks, OSError when held."""
    if fcntl is None:
        return None
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in _HELD:
            raise
        return None
    return descriptor


def unlock(held: int | None) -> None:
    """Free what `lock` returned."""
    if held is not None:
        os.close(held)


def abandoned(directory: Path) -> bool:
    """Whether no living process is writing this directory; it need not exist."""
    if not directory.exists():
        return True
    try:
        held = lock(directory)
    except OSError:
        return False
    unlock(held)
    return held is not None or not _may_run(directory)


def _may_run(directory: Path) -> bool:
    """Whether the maker named in a directory's name runs, or cannot be known not to."""
    machine, _, process = maker().partition("-")
    named = re.search(rf"\.totfjs-{machine}-(\d+)-", directory.name)
    return named is None or named[1] == process or _runs(int(named[1]))


def _runs(process: int) -> bool:
    if sys.platform == "win32":
        return _runs_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _runs_on_windows(process: int) -> bool:
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(_QUERY, False, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == _STILL_ACTIVE
