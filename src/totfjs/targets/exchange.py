"""Swaps two directories in one step, where the operating system can."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_SWAP = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_HERE = -100  # AT_FDCWD
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def exchange(one: Path, other: Path) -> bool:
    """Swap what the two paths name, atomically. False: this system or file system cannot, and nothing happened."""
    status = _call(os.fsencode(one), os.fsencode(other))
    if status is None:
        return False
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _call(one: bytes, other: bytes) -> int | None:
    """Return the status of the system's call, None where there is none."""
    if sys.platform not in ("linux", "darwin"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    try:
        if sys.platform == "darwin":
            return int(library.renamex_np(one, other, ctypes.c_uint(_SWAP)))
        return int(library.renameat2(_HERE, one, _HERE, other, ctypes.c_uint(_SWAP)))
    except AttributeError:  # a C library older than the call
        return None
