"""Where browsers are: what the environment names, the usual places, and what Playwright has installed."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totfjs.errors import MissingDependencyError, UsageError


@dataclass(frozen=True)
class Browser:
    """A browser that is installed: what it is called, whose command line it understands, and its program."""

    name: str
    family: str
    program: str


# What each browser is called on PATH, in /Applications, and under the program folders of Windows.
_PLACES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "chromium": (
        "chromium",
        ("chromium", "chromium-browser", "ungoogled-chromium"),
        ("Chromium.app/Contents/MacOS/Chromium",),
        (r"Chromium\Application\chrome.exe",),
    ),
    "chrome": (
        "chromium",
        ("google-chrome", "google-chrome-stable", "google-chrome-beta", "chrome"),
        ("Google Chrome.app/Contents/MacOS/Google Chrome",),
        (r"Google\Chrome\Application\chrome.exe",),
    ),
    "edge": (
        "chromium",
        ("microsoft-edge", "microsoft-edge-stable"),
        ("Microsoft Edge.app/Contents/MacOS/Microsoft Edge",),
        (r"Microsoft\Edge\Application\msedge.exe",),
    ),
    "firefox": (
        "firefox",
        ("firefox", "firefox-esr"),
        ("Firefox.app/Contents/MacOS/firefox",),
        (r"Mozilla Firefox\firefox.exe",),
    ),
}
# What Playwright unpacks: the folder's prefix, and the program in it on any system.
_PLAYWRIGHT = {
    "chromium": (
        "chromium-",
        ("chrome-linux*/chrome", "chrome-mac*/Chromium.app/Contents/MacOS/Chromium", "chrome-win*/chrome.exe"),
    ),
    "firefox": ("firefox-", ("firefox/firefox", "firefox/Nightly.app/Contents/MacOS/firefox", "firefox/firefox.exe")),
    "webkit": ("webkit-", ("pw_run.sh", "Playwright.exe")),
}
NAMES = (*_PLACES, "webkit")
VARIABLE = "TOTFJS_BROWSER"


def find_browsers() -> tuple[Browser, ...]:
    """All browsers that are installed here, the preferred first."""
    return tuple(dict.fromkeys(found for name in NAMES for found in _installed(name)))


def find_browser(name: str | None = None) -> Browser | None:
    """The browser of that name, or the one that TOTFJS_BROWSER names, or the first that is installed."""
    wanted = os.environ.get(VARIABLE) or None
    if wanted is not None and wanted not in NAMES:
        named = _at(Path(wanted))
        if name in (None, named.name, named.family):
            return named
    elif name is None:
        name = wanted
    if name is not None:
        return next(_installed(name), None)
    return next(iter(find_browsers()), None)


def require_browser(name: str | None = None) -> Browser:
    """Like `find_browser`, and says what to do when there is none."""
    found = find_browser(name)
    if found is None:
        raise MissingDependencyError(
            "No browser is installed here." if name is None else f"The browser {name} is not installed.",
            remedy=f"Run `totfjs doctor --install-browser`, or set {VARIABLE} to the program of a browser.",
        )
    return found


def _at(path: Path) -> Browser:
    if not path.is_file():
        raise UsageError(
            f"{VARIABLE} is {path}, which is no file.",
            remedy=f"Set it to the program of a browser, or to one of {', '.join(NAMES)}.",
        )
    family = next((family for family in ("firefox", "webkit") if family in str(path).lower()), "chromium")
    return Browser(family, family, str(path))


def _installed(name: str) -> Iterator[Browser]:
    if name in _PLACES:
        family, commands, applications, programs = _PLACES[name]
        for command in commands:
            if (program := shutil.which(command)) is not None:
                yield Browser(name, family, program)
        for path in (*_applications(applications), *_programs(programs)):
            yield Browser(name, family, str(path))
    if name in _PLAYWRIGHT:
        yield from (Browser(name, name, str(path)) for path in _unpacked(*_PLAYWRIGHT[name]))


def _applications(names: tuple[str, ...]) -> Iterator[Path]:
    folders = (Path("/Applications"), Path.home() / "Applications") if platform.system() == "Darwin" else ()
    yield from (path for folder in folders for name in names if (path := folder / name).is_file())


def _programs(names: tuple[str, ...]) -> Iterator[Path]:
    variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA") if platform.system() == "Windows" else ()
    folders = (os.environ.get(name) for name in variables)
    yield from (path for folder in folders if folder for name in names if (path := Path(folder, name)).is_file())


def _unpacked(prefix: str, programs: tuple[str, ...]) -> Iterator[Path]:
    """What Playwright has installed, the newest first."""
    folder = _playwright_folder()
    versions = sorted(folder.glob(f"{prefix}[0-9]*"), key=lambda path: (len(path.name), path.name), reverse=True)
    yield from (path for version in versions for program in programs for path in version.glob(program))


def _playwright_folder() -> Path:
    if own := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(own)
    if platform.system() == "Darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()), "ms-playwright")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
