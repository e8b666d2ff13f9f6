"""Writes files to disk, and says in one clear error why that fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from totfjs.errors import DiskFullError, OutputError, OutputPermissionError

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError of the body, which does nothing but write at `path`, into an OutputError."""
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error


def output_error(path: Path, error: OSError) -> OutputError:
    """Return the error that tells the user why writing at `path` failed."""
    if error.errno in _FULL:
        return DiskFullError(
            f"There is no room left to write {path}.",
            remedy="Free some space or choose an output on another disk; nothing was left behind.",
        )
    if error.errno in _FORBIDDEN:
        return OutputPermissionError(
            f"{path} cannot be written: {error.strerror}.", remedy="Choose an output in a directory that you may write."
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return OutputError(f"{path} cannot be written: one of its parents is a file.", remedy="Choose another output.")
    return OutputError(f"{path} cannot be written: {error.strerror or error}.", remedy="Choose another output.")


def write_file(path: Path, content: bytes) -> None:
    """Write a small file, on disk when this returns."""
    with writing(path), path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Bring the names in a directory to disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a directory
            raise
    finally:
        os.close(descriptor)
