"""What runs and lies around on this machine for a browser: found, waited for, killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from totfjs.runtime.browsers.profile import commands


def of_profiles(folder: Path) -> list[int]:
    """The processes whose command line names a profile in this folder."""
    return [process for process, command in commands() if f"{folder}/totfjs-browser-" in command]


def children_of_type(folder: Path, kind: str) -> list[int]:
    """The processes of one kind of the Chromium whose profile is in this folder."""
    (leader,) = {os.getpgid(process) for process in of_profiles(folder) if _is_browser(process)}
    listed = ((process, command) for process, command in commands() if f"--type={kind}" in command)
    return [process for process, _ in listed if _group(process) == leader]


def _is_browser(process: int) -> bool:
    return "--user-data-dir" in Path(f"/proc/{process}/cmdline").read_text()


def _group(process: int) -> int | None:
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return None


def kill(*processes: int) -> None:
    for process in processes:
        os.kill(process, signal.SIGKILL)


def wait_for(what: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
