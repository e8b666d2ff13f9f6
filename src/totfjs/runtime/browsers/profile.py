"""The folder of a browser that is ours alone, and what is left where its owner was killed before it could tidy up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from totfjs.runtime.browsers.find import Browser

_PREFIX = "totfjs-browser-"
# Held open and locked by the process that a profile belongs to, so that a lock that can be had tells of a dead owner.
_OWNER = "owner"
# How long the files of a profile are tried to be removed while its last processes end, and how young a profile may be
# while it has no owner yet.
_GRACE = 5.0


class Profile:
    """A fresh folder for one browser. It belongs to this process as long as that lives."""

    def __init__(self, browser: Browser) -> None:
        for folder in {_parent(browser), _temporary()}:
            sweep(folder)
        # Playwright starts browsers in groups of their own, which do not end with ours
        self._escapes = browser.family == "driven"
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent(browser)))
        try:
            self._owner: IO[bytes] = (self.path / _OWNER).open("wb")
            _lock(self._owner)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Removes the folder, into which processes that are just ending may still write."""
        self._owner.close()
        if self._escapes:
            end_users(self.path)
        remove(self.path)


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _parent(browser: Browser) -> Path:
    """Where a browser may keep files: one in a sandbox of its package manager sees its own folders only."""
    if browser.home is None:
        return _temporary()
    browser.home.mkdir(parents=True, exist_ok=True)
    return browser.home


def sweep(folder: Path) -> None:
    """Ends the browsers, and removes the profiles, of processes that were killed before they could."""
    for path in folder.glob(f"{_PREFIX}*"):
        if _is_left_over(path):
            end_users(path)
            remove(path)


def _is_left_over(path: Path) -> bool:
    try:
        with (path / _OWNER).open("r+b") as owner:
            return _lock(owner)
    except FileNotFoundError:
        # one that is just being made, or just being removed
        with suppress(OSError):
            return time.time() - path.stat().st_mtime > _GRACE
        return False
    except OSError:
        return False


def remove(path: Path) -> None:
    """Removes a folder, again and again for a while."""
    until = time.monotonic() + _GRACE
    while path.exists():
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists() or time.monotonic() > until:
            return
        time.sleep(0.01)


def _lock(file: IO[bytes]) -> bool:
    """Whether the lock on an owner's file could be had; it ends with the file or the process."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def end_users(path: Path) -> None:
    """Ends the processes in whose command line a profile is named: its name is random, so that they are its own."""
    for process, command in commands():
        if str(path) in command and process != os.getpid():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)


def commands() -> Iterator[tuple[int, str]]:
    """All processes with their command lines; none on Windows."""
    if sys.platform == "win32":
        return
    if Path("/proc/self/cmdline").exists():
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        return
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        process, _, command = line.strip().partition(" ")
        yield int(process), command
