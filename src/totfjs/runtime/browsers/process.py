"""A browser as a child process with a fresh profile: started, and ended with all that belongs to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import weakref
from contextlib import suppress

from totfjs.runtime.browsers.find import Browser
from totfjs.runtime.browsers.flags import command_line, environment
from totfjs.runtime.browsers.profile import Profile

_ERRORS, _LEADER = "errors", "leader"
# Becomes the browser, after it has written down which group of processes that will be.
_BECOME = 'echo $$ > "$0"; exec "$@"'
# Waits until this process is gone, however it went, and does then what this process would have done; a browser that
# was just being started gets the time to be one.
_GUARD = """
read -r rest
for turn in 1 2 3; do [ -s "$1/leader" ] && break; sleep 1; done
[ -s "$1/leader" ] && read -r group < "$1/leader" && kill -s KILL -- "-$group"
for turn in 1 2 3 4 5 6 7 8 9; do sleep 0.1; rm -rf -- "$1" && exit; sleep $turn; done
"""


class BrowserProcess:
    """A running browser. It ends with `close`, with the garbage collector, and with this process, even if killed."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._profile = Profile(browser)
        guard: subprocess.Popen[bytes] | None = None
        try:
            guard = _guard(self._profile)
            self._process = _start(command_line(browser, self._profile.path, address), self._profile)
        except BaseException:
            _dismiss(guard)
            self._profile.remove()
            raise
        self._finalizer = weakref.finalize(self, _end, os.getpid(), self._process, guard, self._profile)

    @property
    def identity(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How the browser ended, or None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """Like `status`, after so many seconds if need be."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def said(self) -> str:
        """What the browser wrote about itself."""
        with suppress(OSError):
            return (self._profile.path / _ERRORS).read_text(encoding="utf-8", errors="replace").strip()
        return ""

    def close(self) -> None:
        """Ends the browser and removes its profile."""
        self._finalizer()


def _start(command: list[str], profile: Profile) -> subprocess.Popen[bytes]:
    if sys.platform != "win32":
        command = ["/bin/sh", "-c", _BECOME, str(profile.path / _LEADER), *command]
    with (profile.path / _ERRORS).open("wb") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment(profile.path),
            # a group of its own, so that all of its processes can be ended together
            start_new_session=sys.platform != "win32",
        )


def _guard(profile: Profile) -> subprocess.Popen[bytes] | None:
    """A shell that outlives this process if it is killed. Windows has none: there the page closes its own browser."""
    if sys.platform == "win32":
        return None
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "sh", str(profile.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _dismiss(guard: subprocess.Popen[bytes] | None) -> None:
    if guard is not None:
        guard.kill()
        guard.wait()
        if guard.stdin is not None:
            guard.stdin.close()


def _end(owner: int, process: subprocess.Popen[bytes], guard: subprocess.Popen[bytes] | None, profile: Profile) -> None:
    if os.getpid() != owner:
        return  # a fork of the process whose browser this is
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    profile.remove()
    _dismiss(guard)
