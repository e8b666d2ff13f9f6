"""Handles of modules: addresses on the web, with the checksum that the user may ask for."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from totfjs.errors import UsageError

_SCHEMES = ("http", "https")
_CHECKSUM = re.compile("sha256=([0-9a-fA-F]{64})")
# What asks the servers of TensorFlow Hub and Kaggle for an archive instead of a page.
_FORMAT = ("tf-hub-format", "compressed")
ARCHIVES = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True, slots=True)
class Handle:
    """The address of a module as the user gave it."""

    text: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the archive in hexadecimal, as `#sha256=…` says it, or ''."""
        fragment = urlsplit(self.text).fragment
        if not fragment:
            return ""
        match = _CHECKSUM.fullmatch(fragment)
        if match is None:
            raise UsageError(
                f"The module {self.text} ends with #{fragment}, which is no checksum.",
                remedy="Write #sha256= and the 64 digits, or nothing.",
            )
        return match[1].lower()

    @property
    def url(self) -> str:
        """The address of the archive."""
        parts = urlsplit(self.text)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), _FORMAT])
        return urlunsplit(parts._replace(query=query, fragment=""))

    @property
    def entry(self) -> str:
        """The name under which the module is cached: that of the tensorflow_hub library, the SHA-1 of the handle."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


def is_handle(source: object) -> bool:
    """Whether a source is the address of a module."""
    return isinstance(source, str) and source.partition("://")[0].lower() in _SCHEMES and "://" in source


def is_archive_name(name: str) -> bool:
    """Whether a file is the archive of a module, as its name says."""
    return name.lower().endswith(ARCHIVES)


def is_hub(source: Any) -> bool:
    """Whether a source is the address of a module, or the archive of one."""
    return is_handle(source) or (
        isinstance(source, str | Path) and is_archive_name(Path(source).name) and Path(source).is_file()
    )
