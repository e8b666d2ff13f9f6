"""Where browsers are: on PATH, in the folders of each system, in snaps and flatpaks, and where Playwright unpacks."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SNAPS = Path("/snap/bin")
_FLATPAKS = ("/var/lib/flatpak/exports/bin", "~/.local/share/flatpak/exports/bin")
_PROGRAM_FILES = "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"


@dataclass(frozen=True)
class Places:
    """What a browser is called: on PATH, in the folders of macOS and Windows, as a flatpak, and in Playwright's folder.

    `unpacked` are patterns, of which the first part is the name of a folder up to its version.
    """

    family: str
    commands: tuple[str, ...] = ()
    macos: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    flatpak: str = ""
    unpacked: tuple[str, ...] = ()


PLACES = {
    "chromium": Places(
        "chromium",
        ("chromium", "chromium-browser", "ungoogled-chromium"),
        ("Chromium.app/Contents/MacOS/Chromium",),
        ("Chromium/Application/chrome.exe",),
        "org.chromium.Chromium",
        (
            "chromium-[0-9]*/chrome-linux*/chrome",
            "chromium-[0-9]*/chrome-mac*/*.app/Contents/MacOS/*",
            "chromium-[0-9]*/chrome-win*/chrome.exe",
            "chromium_headless_shell-[0-9]*/chrome-*/headless_shell*",
            "chromium_headless_shell-[0-9]*/chrome-*/chrome-headless-shell*",
        ),
    ),
    "chrome": Places(
        "chromium",
        ("google-chrome", "google-chrome-stable", "google-chrome-beta", "chrome", "/opt/google/chrome/chrome"),
        ("Google Chrome.app/Contents/MacOS/Google Chrome",),
        ("Google/Chrome/Application/chrome.exe",),
        "com.google.Chrome",
    ),
    "edge": Places(
        "chromium",
        ("microsoft-edge", "microsoft-edge-stable", "/opt/microsoft/msedge/msedge"),
        ("Microsoft Edge.app/Contents/MacOS/Microsoft Edge",),
        ("Microsoft/Edge/Application/msedge.exe",),
        "com.microsoft.Edge",
    ),
    "firefox": Places(
        "firefox",
        ("firefox", "firefox-esr"),
        ("Firefox.app/Contents/MacOS/firefox",),
        ("Mozilla Firefox/firefox.exe",),
        "org.mozilla.firefox",
        (
            "firefox-[0-9]*/firefox/firefox",
            "firefox-[0-9]*/firefox/*.app/Contents/MacOS/firefox",
            "firefox-[0-9]*/firefox/firefox.exe",
        ),
    ),
    "webkit": Places("driven", unpacked=("webkit-[0-9]*/pw_run.sh", "webkit-[0-9]*/Playwright.exe")),
}
# Words in the file name of a program which tell what it is; a browser of unknown name is taken for a Chromium.
_WORDS = {"firefox": "firefox", "pw_run": "webkit", "playwright": "webkit", "edge": "edge", "chrome": "chrome"}


def name_of(program: str) -> str:
    """Which browser a program is."""
    return next((name for word, name in _WORDS.items() if word in Path(program).name.lower()), "chromium")


def home_of(program: str) -> Path | None:
    """The folder to which a snap or a flatpak may write; None for programs that may write anywhere."""
    path = Path(program)
    if path.parent == _SNAPS:
        return Path.home() / "snap" / path.name / "common/totfjs"
    if "flatpak" in path.parts:
        return Path.home() / ".var/app" / path.name / "cache/totfjs"
    return None


def programs(name: str) -> Iterator[Path]:
    """The programs of a browser that are there, the preferred first."""
    places, system = PLACES[name], platform.system()
    for command in places.commands:
        if (found := shutil.which(command)) is not None and not _is_stub(Path(found)):
            yield Path(found)
    if system == "Darwin":
        yield from _within((Path("/Applications"), Path.home() / "Applications"), places.macos)
    elif system == "Windows":
        yield from _within([Path(os.environ[each]) for each in _PROGRAM_FILES if each in os.environ], places.windows)
    else:
        yield from _within((_SNAPS,), places.commands)
        if places.flatpak:
            yield from _within([Path(folder).expanduser() for folder in _FLATPAKS], (places.flatpak,))
    yield from _unpacked(places.unpacked)


def _within(folders: tuple[Path, ...] | list[Path], names: tuple[str, ...]) -> Iterator[Path]:
    yield from (path for folder in folders for name in names if (path := folder / name).is_file())


def _is_stub(path: Path) -> bool:
    """Whether a program is only the script with which Ubuntu sends everybody to a snap."""
    if path.parent == _SNAPS:
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin/" in start


def _unpacked(patterns: tuple[str, ...]) -> Iterator[Path]:
    """What Playwright has installed, the newest first."""
    folder = playwright_folder()
    found = [path for pattern in patterns for path in folder.glob(pattern) if path.is_file()]
    yield from sorted(found, key=lambda path: _version(path.relative_to(folder)), reverse=True)


def _version(path: Path) -> tuple[bool, int]:
    kind, _, version = path.parts[0].rpartition("-")
    return "headless" not in kind, int(version)


def playwright_folder() -> Path:
    """Where Playwright keeps its browsers."""
    if own := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(own)
    if platform.system() == "Darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home(), "ms-playwright")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
