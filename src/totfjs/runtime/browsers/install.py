"""Installing a browser where there is none: by the system's own packages, or by Playwright."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from totfjs.errors import MissingDependencyError
from totfjs.runtime.browsers.find import VARIABLE, Browser, find_browser

Commands = tuple[tuple[str, ...], ...]
_RELEASE = Path("/etc/os-release")
_EXTRA = "Run `pip install 'totfjs[browser]'` and then this command again"


def install_browser(run: Callable[[Sequence[str]], bool]) -> Browser:
    """The browser that is here, or the one that was installed; `run` runs a command and says whether it succeeded."""
    found = find_browser()
    for commands in ways() if found is None else ():
        if all(run(command) for command in commands) and (found := find_browser()) is not None:
            break
    if found is None:
        raise MissingDependencyError("No browser is installed, and none can be installed from here.", remedy=_remedy())
    return found


def ways() -> Iterator[Commands]:
    """How a browser can be installed here, the best way first. Debian's own one has all that it needs with it."""
    if _has_chromium() and _is_root():
        yield _apt()
    if find_spec("playwright") is not None:
        yield ((sys.executable, "-m", "playwright", "install", *_dependencies(), "chromium"),)
    if _has_chromium() and not _is_root() and _can_sudo():
        yield _apt("sudo", "-n")


def _apt(*before: str) -> Commands:
    apt = (*before, "apt-get", "-q")
    return (*apt, "update"), (*apt, "install", "-y", "--no-install-recommends", "chromium")


def _dependencies() -> tuple[str, ...]:
    """The libraries of a browser, which Playwright installs where it may."""
    return ("--with-deps",) if shutil.which("apt-get") is not None and _is_root() else ()


def _has_chromium() -> bool:
    """Whether apt installs a Chromium: in Debian it does, in Ubuntu only a script that asks for a snap."""
    return shutil.which("apt-get") is not None and "debian" in _systems() and "ubuntu" not in _systems()


def _systems() -> set[str]:
    """This Linux, and those that it is like."""
    if platform.system() != "Linux" or not _RELEASE.is_file():
        return set()
    lines = (line.partition("=") for line in _RELEASE.read_text(encoding="utf-8").splitlines())
    return {word for key, _, value in lines if key in ("ID", "ID_LIKE") for word in value.strip('"').split()}


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _can_sudo() -> bool:
    return (
        shutil.which("sudo") is not None and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    )


def _remedy() -> str:
    if _has_chromium():
        return "Run `apt-get install chromium` as root."
    if find_spec("playwright") is None:
        return f"{_EXTRA}, or install Chromium, Chrome, Edge or Firefox."
    return f"Install Chromium, Chrome, Edge or Firefox, or set {VARIABLE} to the program of a browser."
