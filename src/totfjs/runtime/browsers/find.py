"""Which browser is used: the one that the environment names, or the first that is installed in a usual place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totfjs.errors import MissingDependencyError, UsageError
from totfjs.runtime.browsers import places

VARIABLE = "TOTFJS_BROWSER"
NAMES = tuple(places.PLACES)


@dataclass(frozen=True)
class Browser:
    """A browser that is installed.

    `family` says whose command line it understands (`driven`: nobody's, Playwright has to start it), `home` is the only
    folder that it may write to, where there is such a one.
    """

    name: str
    family: str
    program: str
    home: Path | None = None


def find_browsers() -> tuple[Browser, ...]:
    """All browsers that are installed here, the preferred first."""
    return tuple(dict.fromkeys(found for name in NAMES for found in _installed(name)))


def find_browser(name: str | None = None) -> Browser | None:
    """The browser of that name, or the one that TOTFJS_BROWSER names, or the first that is installed."""
    wanted = os.environ.get(VARIABLE) or None
    if wanted is not None and wanted not in NAMES:
        named = _named(wanted)
        if name in (None, named.name):
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
        wanted = name or os.environ.get(VARIABLE)
        raise MissingDependencyError(
            f"The browser {wanted} is not installed." if wanted else "No browser is installed here.",
            remedy=f"Run `totfjs doctor --install-browser`, or set {VARIABLE} to the program of a browser.",
        )
    return found


def _named(wanted: str) -> Browser:
    program = shutil.which(wanted)
    if program is None:
        raise UsageError(
            f"{VARIABLE} is {wanted}, which is no program that can be run.",
            remedy=f"Set it to the program of a browser, or to one of {', '.join(NAMES)}.",
        )
    name = places.name_of(program)
    return Browser(name, places.PLACES[name].family, program, places.home_of(program))


def _installed(name: str) -> Iterator[Browser]:
    family = places.PLACES[name].family
    for program in places.programs(name):
        yield Browser(name, family, str(program), places.home_of(str(program)))
