"""What a browser is able to do here: each of its backends is started, and says what it runs on."""

from __future__ import annotations

from typing import Any

from totfjs.errors import TotfjsError
from totfjs.runtime.engine import BROWSER, open_engine


def try_backends(name: str | None = None) -> dict[str, dict[str, Any]]:
    """By backend whether it works, what it runs on, and whether that is only software; or what its problem is."""
    found: dict[str, dict[str, Any]] = {}
    for backend in BROWSER:
        # one that fails may leave a page which the next one should not start in
        try:
            with open_engine(name or "browser") as engine:
                found[backend] = {"works": True, "problem": None, **_told(engine.surroundings(backend))}
        except TotfjsError as error:
            found[backend] = {"works": False, "problem": error.what}
    return found


def _told(surroundings: dict[str, Any]) -> dict[str, Any]:
    return {key: surroundings[key] for key in ("device", "software", "threads", "agent") if key in surroundings}


def describe(surroundings: dict[str, Any]) -> str:
    """What a backend runs on, in words; empty for what is no more than a processor."""
    if "device" in surroundings:
        kind = "in software" if surroundings["software"] else "on a GPU"
        return f"{kind}: {surroundings['device']}"
    return f"in {threads} threads" if (threads := surroundings.get("threads", 1)) > 1 else ""
