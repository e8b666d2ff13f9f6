"""Which backends a user wants: some by name, or all that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from totfjs.errors import UsageError
from totfjs.runtime.browsers.find import require_browser
from totfjs.runtime.engine import BROWSER, HEADLESS, Engine


@dataclass(frozen=True)
class Wanted:
    """Backends in the order of their runs. Of `everything`, those that cannot run here are told, and fail nothing."""

    backends: tuple[str, ...]
    everything: bool = False


def warm(engine: Engine, backends: Sequence[str]) -> None:
    """Starts in the background what the backends run in: TensorFlow.js without a browser, and a browser."""
    headless = [name for name in HEADLESS if name in backends]
    browser = [name for name in backends if name in BROWSER]
    for name in (*headless[-1:], *browser[:1]):
        engine.warm(name)


def wanted(backends: str | Sequence[str], also: str = "") -> Wanted:
    """Reads names, separated by commas or in a sequence, or `all`; browsers that are named have to be here.

    `also` are words that the caller knows besides, such as "auto, ".
    """
    names = [name.strip() for name in backends.split(",") if name.strip()] if isinstance(backends, str) else backends
    chosen = tuple(dict.fromkeys(names))
    if chosen == ("all",):
        return Wanted(HEADLESS + BROWSER, True)
    known = ", ".join(HEADLESS + BROWSER)
    for name in chosen:
        if name not in HEADLESS + BROWSER:
            raise UsageError(f"There is no backend {name!r}.", remedy=f"Give {also}all, or some of {known}.")
    if not chosen:
        raise UsageError("There is no backend to run on.", remedy=f"Give some of {known}.")
    if not set(chosen).isdisjoint(BROWSER):
        require_browser()
    return Wanted(chosen)
