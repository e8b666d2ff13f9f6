"""Reads the path of a URL: the names that it goes through, or nothing where it is no plain path to a file."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_LONGEST = 4096
# What Windows takes for a device whatever its extension, and elsewhere is nobody's model.
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def names_of(path: str) -> tuple[str, ...] | None:
    """The decoded names of a path such as `/model/a%20b.bin`; None for one that no system should be asked for.

    That of a folder, with its slash, ends in an empty name.
    """
    if len(path) > _LONGEST or not path.startswith("/"):
        return None
    *folders, last = path[1:].split("/")
    names = [_decoded(part) for part in ([*folders, last] if last else folders)]
    found = tuple(name for name in names if name is not None and _is_plain(name))
    return (found if last else (*found, "")) if len(found) == len(names) else None


def _decoded(part: str) -> str | None:
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return None


def _is_plain(name: str) -> bool:
    """Whether a name stays in its directory on every system, and is not hidden."""
    hidden = name.startswith(".") or not name
    return not (hidden or name.endswith((".", " ")) or _FORBIDDEN.search(name) or _DEVICES.fullmatch(name))
