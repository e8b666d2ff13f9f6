"""Where modules are kept: directories of the layout of the tensorflow_hub library, filled whole or not at all.

Two processes that want one module take turns: the first makes a lock file, as that library does, and the others wait.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from totfjs.weights.disk import writing

# A lock whose owner has written nothing for so long is taken for forgotten.
_FORGOTTEN = 600.0
_LOOK = 0.1
# Where the caches of a user are: the variable that names the place, and the place below home.
_USUAL = {"win32": ("LOCALAPPDATA", "AppData/Local"), "darwin": ("XDG_CACHE_HOME", "Library/Caches")}


def cache_directory(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """`TFHUB_CACHE_DIR`, or else a directory among the caches of the user."""
    if environment.get("TFHUB_CACHE_DIR"):
        return Path(environment["TFHUB_CACHE_DIR"])
    home = Path(environment.get("HOME") or Path.home())
    standard = {"win32": home / "AppData" / "Local", "darwin": home / "Library" / "Caches"}.get(
        platform, home / ".cache"
    )
    named = environment.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME", "")
    return (Path(named) if named else standard) / "totfjs" / "hub"


@dataclass(frozen=True)
class Entry:
    """A module in the cache, or the place where it will be."""

    path: Path
    forgotten: float = _FORGOTTEN

    @property
    def filled(self) -> bool:
        """Whether the module is there."""
        return self.path.is_dir() and any(self.path.iterdir())

    def get(self, fill: Callable[[Path], Path], handle: str) -> Path:
        """The directory of the module; `fill` makes it within an empty directory if it is not there yet."""
        if self.filled:
            return self.path
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as work:
            if not self.filled:
                self._put(fill(work), handle)
        return self.path

    def _put(self, made: Path, handle: str) -> None:
        with writing(self.path):
            self._beside("descriptor.txt").write_text(_descriptor(handle), encoding="utf-8")
            if self.path.is_dir():
                self.path.rmdir()
            try:
                made.rename(self.path)
            except OSError:
                if not self.filled:  # by another process, which is as good
                    raise

    @contextmanager
    def _locked(self) -> Iterator[Path]:
        """Have the entry alone, and a directory to work in."""
        owner = uuid.uuid4().hex
        content, lock = f"{socket.gethostname()}.{os.getpid()}.{owner}", self._beside("lock")
        while not self._lock(lock, content):
            if self.filled:
                break
            self._wait(lock)
        work = self._beside(f"{owner}.tmp")
        try:
            with writing(work):
                work.mkdir()
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
            if _read(lock) == content:
                lock.unlink(missing_ok=True)

    def _lock(self, lock: Path, content: str) -> bool:
        with writing(lock):
            try:
                with lock.open("x", encoding="utf-8") as file:
                    file.write(content)
            except FileExistsError:
                return False
        return True

    def _wait(self, lock: Path) -> None:
        """Wait until a lock is gone, and take it away when its owner is."""
        while lock.exists():
            content = _read(lock)
            if _gone(content) or time.time() - self._touched(lock, content) > self.forgotten:
                lock.unlink(missing_ok=True)
            time.sleep(_LOOK)

    def _touched(self, lock: Path, content: str) -> float:
        """When the owner of a lock wrote something last."""
        work = self._beside(f"{content.rpartition('.')[2]}.tmp")
        files = [lock, *(work.rglob("*") if work.is_dir() else ())]
        return max((time_ for path in files if (time_ := _modified(path)) is not None), default=time.time())

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")


def _descriptor(handle: str) -> str:
    """What the file beside an entry says, for people who look into the cache."""
    when = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    return f"Module: {handle}\nDownload Time: {when}\nDownloader Hostname: {socket.gethostname()} (PID:{os.getpid()})"


def _gone(content: str) -> bool:
    """Whether a lock was made by a process of this machine that has ended."""
    host, _, rest = content.rpartition(".")[0].rpartition(".")
    if os.name == "nt" or host != socket.gethostname() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
