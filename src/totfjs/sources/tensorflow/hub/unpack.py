"""Unpacks the archive of a module into a directory: each name and size is checked before a byte is written."""

from __future__ import annotations

import gzip
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from totfjs.sources.tensorflow.hub import tar
from totfjs.sources.tensorflow.hub.problems import damaged, foreign, unsafe
from totfjs.sources.tensorflow.hub.transfer import Progress
from totfjs.weights.disk import writing

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20
_MOST_MEMBERS, _DEEPEST, _LONGEST = 4096, 32, 1024
# An archive may unpack to this many times its size, or to this many bytes if that is more.
_RATIO, _FLOOR, _LARGEST = 100, 256 << 20, 64 << 30


def unpack(label: str, archive: Path, directory: Path, progress: Progress = lambda stage, done, total: None) -> None:
    """Unpack a .tar or .tar.gz file into a new directory; `label` is what to call it in messages."""
    with archive.open("rb") as file, _stream(label, file) as stream:
        target = _Target(label, directory, stream, min(_LARGEST, max(_FLOOR, _RATIO * archive.stat().st_size)))
        for member in tar.members(label, target.read):
            target.take(member)
            progress("unpacking", min(file.tell(), archive.stat().st_size), archive.stat().st_size)
        target.drain()
    if not target.files:
        raise foreign(label, "an archive with nothing in it")


@contextmanager
def _stream(label: str, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The bytes of the tar archive; what zlib says of damage is said as ours."""
    head = file.read(tar.BLOCK)
    file.seek(0)
    if head[:2] != _GZIP and not tar.is_header(head):
        kind = "a page to read" if head.lstrip()[:1] == b"<" else "neither a .tar.gz file nor a .tar file"
        raise foreign(label, kind if head else "empty")
    try:
        yield gzip.GzipFile(fileobj=file) if head[:2] == _GZIP else file  # type: ignore[misc]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise damaged(label, " ".join(str(error).split()).rstrip(".")) from error


@dataclass
class _Target:
    """The directory that is filled, and how much of the limits is used."""

    label: str
    directory: Path
    stream: IO[bytes]
    largest: int
    done: int = 0
    members: int = 0
    files: set[tuple[str, ...]] = field(default_factory=set)
    directories: set[tuple[str, ...]] = field(default_factory=set)
    _spelled: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def read(self, size: int) -> bytes:
        """Bytes of the archive, fewer where it ends."""
        self.done += size
        if self.done > self.largest:
            raise unsafe(self.label, f"it unpacks to more than {self.largest:,} bytes")
        return self.stream.read(size)

    def take(self, member: tar.Member) -> None:
        """Write one member."""
        self.members += 1
        if self.members > _MOST_MEMBERS:
            raise unsafe(self.label, f"it has more than {_MOST_MEMBERS:,} members")
        if member.size > self.largest - self.done:
            raise unsafe(self.label, f"{member.name!r} in it claims {member.size:,} bytes")
        parts = _parts(self.label, member.name)
        self._claim(member, parts)
        path = self.directory.joinpath(*parts)
        with writing(path):
            (path if member.directory else path.parent).mkdir(parents=True, exist_ok=True)
        if not member.directory:
            self._copy(path, member.size)

    def drain(self) -> None:
        """Read what is left, so that the checksum at its end is compared."""
        while self.read(_PIECE):
            pass

    def _copy(self, path: Path, left: int) -> None:
        with writing(path):
            file = path.open("xb")
        with file:
            while left:
                piece = self.read(min(left, _PIECE))
                if not piece:
                    raise damaged(self.label, f"it ends within {path.name!r}")
                with writing(path):
                    file.write(piece)
                left -= len(piece)

    def _claim(self, member: tar.Member, parts: tuple[str, ...]) -> None:
        """Refuse a name that is taken, also where only some file systems take two spellings for one name."""
        above = [parts[:depth] for depth in range(1, len(parts) + member.directory)]
        for place in [*above, parts]:
            key = tuple(unicodedata.normalize("NFC", part).casefold() for part in place)
            if self._spelled.setdefault(key, place) != place:
                raise unsafe(self.label, f"{member.name!r} in it differs from another name by its spelling alone")
        taken = self.files.intersection(above) or (not member.directory and parts in self.files | self.directories)
        if taken:
            raise unsafe(self.label, f"{member.name!r} is in it twice")
        self.directories.update(above)
        if not member.directory:
            self.files.add(parts)


def _parts(label: str, name: str) -> tuple[str, ...]:
    """The parts of a name, which has to stay within the directory on every system."""
    path, windows = PurePosixPath(name), PureWindowsPath(name)
    parts = path.parts
    leaves = path.is_absolute() or windows.drive or windows.root or ".." in parts or "\\" in name
    if leaves or not name:
        raise unsafe(label, f"{name!r} in it would lie outside of its directory")
    if len(parts) > _DEEPEST or len(name) > _LONGEST or any(not part.isprintable() for part in parts):
        raise unsafe(label, f"{name[:80]!r} in it is no name for a file")
    if any(_reserved(part) for part in parts):
        raise unsafe(label, f"{name!r} in it is a name that some systems keep for themselves")
    return parts


def _reserved(part: str) -> bool:
    return part.split(".")[0].upper() in _DEVICES or part[-1] in ". " or any(letter in part for letter in '<>:"|?*')


_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{name}{digit}" for name in ("COM", "LPT") for digit in range(1, 10))}
