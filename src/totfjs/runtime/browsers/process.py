"""A browser as a child process with a fresh profile: started, and ended with all that belongs to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

from totfjs.runtime.browsers.find import Browser
from totfjs.runtime.browsers.flags import command_line

_PREFIX = "totfjs-browser-"
# How long the files of a profile are tried to be removed while its last processes end.
_GRACE = 5.0


class BrowserProcess:
    """A running browser. It ends with `close`, with this process, and with the garbage collector."""

    def __init__(self, browser: Browser, address: str) -> None:
        sweep()
        self.profile = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        try:
            command = command_line(browser, self.profile, address)
            self._process = _start(command, self.profile)
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self._finalizer = weakref.finalize(self, _end, self._process, self.profile)

    @property
    def identity(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How the browser ended, or None while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """The last line that the browser wrote about itself."""
        with suppress(OSError):
            lines = (self.profile / "errors").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""

    def close(self) -> None:
        """Ends the browser and removes its profile."""
        self._finalizer()


def _start(command: list[str], profile: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}
    with (profile / "errors").open("wb") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment,
            # a group of its own, so that all of its processes can be ended together
            start_new_session=sys.platform != "win32",
        )


def _end(process: subprocess.Popen[bytes], profile: Path) -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    _remove(profile)


def _remove(profile: Path) -> None:
    """Removes a profile into which processes that are just ending may still write."""
    until = time.monotonic() + _GRACE
    while profile.exists():
        shutil.rmtree(profile, ignore_errors=True)
        if time.monotonic() > until:
            return
        time.sleep(0.01)


def sweep() -> None:
    """Removes the profiles of processes that were killed before they could."""
    for profile in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = profile.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and int(owner) != os.getpid() and not _lives(int(owner)):
            shutil.rmtree(profile, ignore_errors=True)


def _lives(process: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
