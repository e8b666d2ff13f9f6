"""Tells whether an address carries the hash of what it leads to, so that a browser may keep that for ever."""

from __future__ import annotations

import hashlib
import re
import threading
from pathlib import Path

from totfjs.serving.content import tag_of

_ASKED = re.compile(r"(?:^|&)v=([0-9a-f]{16,64})(?:&|$)")


class Hashes:
    """The SHA-256 of files, each computed once for as long as the file stays the same."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def confirm(self, path: Path, query: str) -> bool:
        """Whether `?v=` names the first digits, 16 at least, of the hash of this file.

        What model.json tells is not enough: a browser would keep a damaged file although it is mended here.
        """
        match = _ASKED.search(query)
        return match is not None and self._of(path).startswith(match[1])

    def _of(self, path: Path) -> str:
        tag = tag_of(path.stat())
        with self._lock:
            known = self._known.get(path)
        if known is None or known[0] != tag:
            with path.open("rb") as file:
                known = tag, hashlib.file_digest(file, "sha256").hexdigest()
            with self._lock:
                self._known[path] = known
        return known[1]
