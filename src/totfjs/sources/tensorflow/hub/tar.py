"""Reads tar archives as a stream: files and directories, with the long names of GNU and POSIX; all else is refused.

A reader of our own, as that of Python reads a header into memory whatever size it claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from totfjs.sources.tensorflow.hub.problems import damaged, unsafe

BLOCK = 512
_LONGEST_HEADER = 1 << 16
_OCTAL = b"01234567"
_FILES, _DIRECTORY, _LONG_NAME, _EXTENDED, _COMMON = b"0\0" + b"7", b"5", b"L", b"x", b"g"
_OTHER = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe",
    b"K": "a link",
    b"S": "a sparse file",
}
Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Member:
    """A file or a directory of an archive, by the name that the archive gives it."""

    name: str
    size: int
    directory: bool


def members(label: str, read: Read) -> Iterator[Member]:
    """The members in order. Whoever asks for the next one has read all bytes of the last."""
    long_name: str | None = None
    records: dict[str, str] = {}
    while any(block := _exactly(label, read, BLOCK)):
        _check_sum(label, block)
        kind, size = block[156:157], _number(label, block[124:136])
        if kind in (_LONG_NAME, _EXTENDED, _COMMON):
            content = _header(label, read, size)
            if kind == _LONG_NAME:
                long_name = _text(label, content.rstrip(b"\0"))
            elif kind == _EXTENDED:
                records |= _records(label, content)
            elif {"path", "size"} & set(_records(label, content)):
                raise unsafe(label, "a header in it gives all files one name or size")
            continue
        name = records.get("path") or long_name or _name(label, block)
        if kind not in _FILES and kind != _DIRECTORY:
            raise unsafe(label, f"{name!r} in it is {_OTHER.get(kind, f'of the kind {kind!r}')}")
        member = _member(label, name, int(records.get("size", size)), kind == _DIRECTORY or name.endswith("/"))
        yield member
        if not member.directory:
            _exactly(label, read, -member.size % BLOCK)
        long_name, records = None, {}


def _member(label: str, name: str, size: int, directory: bool) -> Member:
    if directory and size:
        raise damaged(label, f"its directory {name!r} claims {size:,} bytes")
    return Member(name, size, directory)


def is_header(block: bytes) -> bool:
    """Whether bytes are the beginning of a tar archive."""
    return len(block) == BLOCK and _sum(block) is not None


def _exactly(label: str, read: Read, size: int) -> bytes:
    found = read(size) if size else b""
    if len(found) < size:
        raise damaged(label, "it ends early")
    return found


def _header(label: str, read: Read, size: int) -> bytes:
    if size > _LONGEST_HEADER:
        raise unsafe(label, f"a name in it claims {size:,} bytes")
    return _exactly(label, read, size + -size % BLOCK)[:size]


def _sum(block: bytes) -> int | None:
    """The checksum of a header, or None where that is not what the header says."""
    stored = block[148:156].strip(b" \0")
    found = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    return found if stored and not stored.strip(_OCTAL) and int(stored, 8) == found else None


def _check_sum(label: str, block: bytes) -> None:
    if _sum(block) is None:
        raise damaged(label, "a header in it has another checksum than it should have")


def _number(label: str, field: bytes) -> int:
    """A size: octal digits, or for large ones the number itself."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(_OCTAL):
        raise damaged(label, "a size in it is no number")
    return int(digits or b"0", 8)


def _name(label: str, block: bytes) -> str:
    name, prefix = block[:100].partition(b"\0")[0], block[345:500].partition(b"\0")[0]
    long = block[257:263] == b"ustar\0" and prefix
    return _text(label, prefix + b"/" + name if long else name)


def _text(label: str, name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(label, f"the name {name[:80]!r} in it is not UTF-8") from None


def _records(label: str, content: bytes) -> dict[str, str]:
    """The records of an extended header: each begins with its own length."""
    found: dict[str, str] = {}
    while content:
        length, _, rest = content.partition(b" ")
        size = int(length) if length.isdigit() and len(length) < 10 else 0
        record = rest[: size - len(length) - 1]
        key, equals, value = record.partition(b"=")
        if not size or size > len(content) or not equals or not value.endswith(b"\n"):
            raise damaged(label, "an extended header in it is not understood")
        word = _text(label, key)
        if word.startswith("GNU.sparse"):
            raise unsafe(label, "a file in it is a sparse file")
        found[word] = _text(label, value[:-1])
        content = content[size:]
    if not found.get("size", "0").isdecimal():
        raise damaged(label, "a size in it is no number")
    return found
