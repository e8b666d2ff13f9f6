"""The members of a zip file, checked before any of them is read: names, sizes, and what they would unpack to."""

from __future__ import annotations

import shutil
import stat
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from totfjs.errors import DiskFullError
from totfjs.sources.keras.reading.problems import damaged, reading, unreadable, unsafe
from totfjs.sources.keras.reading.window import Place, Window
from totfjs.weights.array import PIECE

SIGNATURES = b"PK\x03\x04", b"PK\x05\x06"
_LONGEST_DIRECTORY = 4 << 20
_MOST_COMPRESSED, _COMPRESSED_FLOOR = 100, 64 << 20
_LOCAL = struct.Struct("<4s5HIIIHH")
_ENCRYPTED = 0x1


class Members:
    """An open zip file whose members may be read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, length: int) -> None:
        self.path, self._archive, self._length = path, archive, length
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            self._check(info)
            if info.filename in self._members:
                raise unsafe(path, f"its member {info.filename!r} is there twice")
            self._members[info.filename] = info

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def below(self, directory: str) -> list[str]:
        """The members that are files below a directory."""
        return [name for name in self._members if name.startswith(directory) and not name.endswith("/")]

    def size(self, name: str) -> int:
        """The bytes a member has when it is unpacked."""
        return self._info(name).file_size

    def read(self, name: str, limit: int) -> bytes:
        """The whole of a member, whose checksum is compared."""
        if self.size(name) > limit:
            raise unsafe(self.path, f"its member {name!r} has {self.size(name):,} bytes, where {limit:,} are plenty")
        return b"".join(self._pieces(name))

    def place(self, name: str) -> Place:
        """Where a member lies: in the archive itself, or in a temporary file if it is compressed."""
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED:
            return self._unpacked(name)
        with self._archive.open(info):
            pass  # compares the record before the member with the directory
        place = Place(self.path, self._start(info), info.file_size)
        if place.start + place.length > self._length:
            raise damaged(self.path, f"it ends before its member {name!r} does")
        if _checksum(place) != info.CRC:
            raise damaged(self.path, f"its member {name!r} has another checksum than it should have")
        return place

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise damaged(self.path, f"it has no {name}")
        return self._members[name]

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        if _leaves(name) or "\0" in name:
            raise unsafe(self.path, f"its member {name!r} would lie outside of it")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise unsafe(self.path, f"its member {name!r} is a symbolic link")
        if info.flag_bits & _ENCRYPTED:
            raise unreadable(self.path, f"its member {name!r} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise unreadable(self.path, f"its member {name!r} is compressed by method {info.compress_type}")
        if info.compress_size > self._length:
            raise damaged(self.path, f"its member {name!r} claims {info.compress_size:,} of {self._length:,} bytes")
        if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
            raise damaged(self.path, f"its member {name!r} claims {info.file_size:,} of {info.compress_size:,} bytes")
        if info.file_size > max(_COMPRESSED_FLOOR, info.compress_size * _MOST_COMPRESSED):
            raise unsafe(self.path, f"{name!r} would unpack {info.compress_size:,} bytes to {info.file_size:,}")

    def _start(self, info: zipfile.ZipInfo) -> int:
        """Where the bytes of a member begin, by the record before them."""
        with Window(Place(self.path, 0, self._length)) as window:
            fields = _LOCAL.unpack(window.read_at(info.header_offset, _LOCAL.size))
        return int(info.header_offset) + _LOCAL.size + int(fields[-2]) + int(fields[-1])

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._archive.open(self._info(name)) as member:
            while piece := member.read(PIECE):
                yield piece

    def _unpacked(self, name: str) -> Place:
        file, directory = Temporary(), Path(tempfile.gettempdir())
        if shutil.disk_usage(directory).free < self.size(name):
            raise DiskFullError(
                f"There is no room in {directory} to unpack {self.size(name):,} bytes of {self.path}.",
                remedy="Free some space there, or let TMPDIR name another directory.",
            )
        with file.path.open("wb") as target:
            for piece in self._pieces(name):
                target.write(piece)
        return Place(file.path, 0, file.path.stat().st_size, self.path, file)


class Temporary:
    """A temporary file, which is removed when nothing refers to this object any more."""

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile(prefix="totfjs-", suffix=".h5", delete=False) as file:
            self.path = Path(file.name)
        self._finalizer = weakref.finalize(self, self.path.unlink, missing_ok=True)


def _checksum(place: Place) -> int:
    """The CRC-32 of what lies there."""
    checksum, buffer = 0, bytearray(PIECE)
    with Window(place) as window:
        while count := window.readinto(buffer):
            checksum = zlib.crc32(memoryview(buffer)[:count], checksum)
    return checksum


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """Open a zip file; whatever its parser raises is an error that names the file."""
    with reading(path):
        length = path.stat().st_size
        try:
            with Window(Place(path, 0, length), _LONGEST_DIRECTORY) as window, zipfile.ZipFile(window) as archive:
                yield Members(path, archive, length)
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as error:
            raise damaged(path, str(error) or "it ends too early") from error


def _leaves(name: str) -> bool:
    """Whether a name leads out of where it is unpacked, on any system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return not name or posix.is_absolute() or bool(windows.anchor) or ".." in windows.parts
