"""A download that is under way: what the server said of the file, and the bytes that have come, in one file.

Each process writes a part of its own, and begins with a copy of what another left. So none waits for another.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

SUFFIX = ".part"
# A live download writes or gives up sooner, so that an older part is nobody's, and ours is as long.
COPIED_AND_ABANDONED_AFTER = 60.0
# Of another mirror, whose turn may come; or torn.
ABANDONED_AFTER = 24 * 3600.0
LONGEST_HEADING = 1 << 14


@dataclass(frozen=True)
class Origin:
    """Which bytes these are the beginning of, as the server tells versions apart."""

    url: str
    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    @property
    def validator(self) -> str | None:
        """What `If-Range` may carry: weak entity tags are not allowed there."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def agrees(self, other: Origin) -> bool:
        """Whether nothing tells the two apart."""
        pairs = ((self.size, other.size), (self.etag, other.etag), (self.modified, other.modified))
        return self.url == other.url and all(None in pair or pair[0] == pair[1] for pair in pairs)


class Part:
    """The bytes that have come so far. Only their owner writes them, and only at their end."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self.origin: Origin | None = None
        self.received = 0
        self._stream = stream
        self._body = 0

    @property
    def complete(self) -> bool:
        """Whether all bytes are there that the server announced."""
        return self.origin is not None and self.received == self.origin.size

    def begin(self, origin: Origin) -> None:
        """Forgets what has come, and begins anew."""
        heading = json.dumps(asdict(origin)).encode() + b"\n"
        self._stream.seek(0)
        self._stream.truncate()
        self._stream.write(heading)
        self._stream.flush()
        self.origin, self.received, self._body = origin, 0, len(heading)

    def forget(self) -> None:
        """Drops what has come, because it is of no use."""
        self._stream.seek(0)
        self._stream.truncate()
        self.origin, self.received = None, 0

    def append(self, data: bytes) -> None:
        """Adds what has just come."""
        self._stream.write(data)
        self._stream.flush()
        self.received += len(data)

    def content(self) -> bytes:
        """All that has come."""
        self._stream.seek(self._body)
        return self._stream.read()

    def continue_from(self, path: Path) -> None:
        """Takes over what another process has received, which may be receiving still."""
        content = path.read_bytes()
        origin, body = _split(content)
        if origin is not None:
            self.begin(origin)
            self.append(content[body:])


@contextmanager
def opened(target: Path, url: str) -> Iterator[Part]:
    """A part of one's own for a file and an address, with what was left by others. It stays until `discard_all`."""
    path = target.with_name(f"{target.name}.{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}")
    left = _left(target, url)
    useful = False
    try:
        with path.open("x+b") as stream:
            part = Part(path, stream)
            for other in left[:1]:
                # gone in the meantime, when its owner has finished
                with suppress(FileNotFoundError):
                    part.continue_from(other)
            _discard_abandoned(target, left, path)
            try:
                yield part
            finally:
                useful = part.received > 0
    finally:
        if not useful:
            _discard(path)


def discard_all(target: Path) -> None:
    """Removes every part of a file that has come whole."""
    for path in _parts(target):
        _discard(path)


def _left(target: Path, url: str) -> list[Path]:
    """The parts of this address, the longest first."""
    sizes: dict[Path, int] = {}
    for path in _parts(target):
        with suppress(OSError), path.open("rb") as stream:
            origin, body = _split(stream.read(LONGEST_HEADING))
            if origin is not None and origin.url == url:
                sizes[path] = path.stat().st_size - body
    return sorted(sizes, key=lambda path: -sizes[path])


def _parts(target: Path) -> list[Path]:
    return [path for path in target.parent.glob(f"{target.name}.*{SUFFIX}") if path.is_file()]


def _split(content: bytes) -> tuple[Origin | None, int]:
    """What a part's first line says, and where its bytes begin; no origin when the line is torn."""
    line, newline, _ = content.partition(b"\n")
    try:
        return (Origin(**json.loads(line)) if newline else None), len(line) + 1
    except (ValueError, TypeError):
        return None, 0


def _discard_abandoned(target: Path, copied: list[Path], own: Path) -> None:
    for path in _parts(target):
        limit = COPIED_AND_ABANDONED_AFTER if path in copied else ABANDONED_AFTER
        with suppress(OSError):
            if path != own and time.time() - path.stat().st_mtime > limit:
                path.unlink()


def _discard(path: Path) -> None:
    # Windows does not remove what another process has open; that process does it then
    with suppress(OSError):
        path.unlink()
