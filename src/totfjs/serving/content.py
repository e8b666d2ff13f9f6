"""What a file is served as: its type, its coding, its tag."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

OCTETS = "application/octet-stream"
# The page and its parts come from totfjs and may be run; the files of a model are data, whatever they are called.
PAGE_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
MODEL_TYPES = {
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
SITE_TYPES = {**MODEL_TYPES, **PAGE_TYPES, ".htm": PAGE_TYPES[".html"], ".webmanifest": "application/manifest+json"}
# In the order in which they are taken where the client wants both as much.
CODINGS = {"br": ".br", "gzip": ".gz"}
_ACCEPTED = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def type_of(path: Path, types: dict[str, str]) -> str:
    """The content type of a file."""
    return types.get(path.suffix.lower(), OCTETS)


def tag_of(facts: os.stat_result, coding: str = "") -> str:
    """A tag that changes whenever the file does."""
    return f'"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}{coding and "-" + coding}"'


def matches(header: str, tag: str) -> bool:
    """Whether an `If-None-Match` names this tag."""
    given = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag in given or "*" in given


def codings_beside(path: Path, facts: os.stat_result) -> dict[str, Path]:
    """The compressed files beside a file which are not older than it."""
    return {
        coding: path.with_name(path.name + suffix)
        for coding, suffix in CODINGS.items()
        if _is_fresh(path, suffix, facts)
    }


def _is_fresh(path: Path, suffix: str, facts: os.stat_result) -> bool:
    try:
        beside = path.with_name(path.name + suffix).lstat()
    except OSError:
        return False
    return stat.S_ISREG(beside.st_mode) and beside.st_mtime_ns >= facts.st_mtime_ns


def preferred(accepted: str, offered: dict[str, Path]) -> str:
    """The coding that the client likes best; empty for none."""
    weights = {coding: _weight(accepted, coding) for coding in offered}
    best = max(weights, key=lambda coding: weights[coding], default="")
    return best if best and weights[best] > 0 else ""


def _weight(accepted: str, coding: str) -> float:
    """How much a client wants a coding: 0 for not at all."""
    given: dict[str, float] = {}
    for part in accepted.split(","):
        if match := _ACCEPTED.fullmatch(part):
            given[match[1].lower()] = float(match[2]) if match[2] else 1.0
    return given.get(coding, given.get("*", 0.0))
