"""Archives of modules, sound and hostile, made member by member."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

GRAPH = b"a graph"
SOUND = {"./": None, "./saved_model.pb": GRAPH, "./variables/": None, "./variables/variables.index": b"index"}


def tar(files: dict[str, bytes | None], extra: Iterable[tarfile.TarInfo] = (), form: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive of files (directories are None), and of members of other kinds behind them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content or b""))
        for info in extra:
            archive.addfile(info)
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A member which is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def packed(files: dict[str, bytes | None] | None = None, extra: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """A compressed archive."""
    return gzip.compress(tar(SOUND if files is None else files, extra), mtime=0)


def claiming(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header that claims so many bytes, and zeros that are fewer."""
    info = tarfile.TarInfo("saved_model.pb")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def bomb(megabytes: int) -> bytes:
    """A small archive of a large file of zeros."""
    buffer, zeros = io.BytesIO(), bytes(1 << 20)
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(claiming(megabytes << 20))
        for _ in range(megabytes):
            file.write(zeros)
        file.write(bytes(1024))
    return buffer.getvalue()


def common(records: dict[str, str]) -> bytes:
    """A header for all files behind it."""
    return tarfile.TarInfo.create_pax_global_header(records)


def resized(digits: bytes) -> bytes:
    """A header with other digits for the size, and a checksum that fits."""
    block = bytearray(claiming(0)[:512])
    block[124:135], block[148:156] = digits, b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + bytes(1024)


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return sorted(path.name for path in directory.iterdir())
