"""Tells whether the process that writes a directory still lives: it holds a lock on it, which its death frees.

Windows cannot lock a directory; there the process id in the directory's name is asked for.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_QUERY, _STILL_ACTIVE = 0x1000, 259


def lock(directory: Path) -> int | None:
    """Lock a directory until `unlock` or the end of the process; OSError when another holds it."""
    if fcntl is None:
        return None
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def unlock(held: int | None) -> None:
    """Free what `lock` returned."""
    if held is not None:
        os.close(held)


def abandoned(directory: Path) -> bool:
    """Whether no living process is writing this directory; it need not exist."""
    if not directory.exists():
        return True
    if fcntl is None:
        return not _runs(directory)
    try:
        unlock(lock(directory))
    except OSError:
        return False
    return True


def _runs(directory: Path) -> bool:
    maker = re.search(r"\.totfjs-(\d+)-", directory.name)
    if sys.platform != "win32" or not maker:
        return True
    kernel = ctypes.WinDLL("kernel32")
    process = kernel.OpenProcess(_QUERY, False, int(maker[1]))
    if not process:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(process, ctypes.byref(code))
    kernel.CloseHandle(process)
    return code.value == _STILL_ACTIVE
