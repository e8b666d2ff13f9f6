"""Writes TensorFlow checkpoints that TensorFlow would not write."""

from __future__ import annotations

from pathlib import Path

from tests.protobuf import field, number
from totfjs.checkpoints.crc32c import crc32c, masked

MAGIC = 0xDB4775248B80FB57
FLOAT, STRING = 1, 7


def entry(shape=(2,), *, dtype=FLOAT, shard=0, offset=0, size=8, checksum=0, slices=()) -> bytes:
    """A record of the index; numbers below 0 are written as protobuf does."""
    dims = b"".join(field(2, field(1, _unsigned(dim))) for dim in shape)
    place = field(3, _unsigned(shard)) + field(4, _unsigned(offset)) + field(5, _unsigned(size))
    cut = b"".join(field(7, each) for each in slices)
    return field(1, dtype) + field(2, dims) + place + field(6, checksum, fixed=True) + cut


def header(shards: int = 1, endianness: int = 0) -> bytes:
    """The record of the empty key."""
    return field(1, shards) + field(2, endianness)


def block(records, *, compression: int = 0, spoilt: bool = False) -> bytes:
    """A block whose keys are whole, with its trailer."""
    content = b"".join(number(0) + number(len(key)) + number(len(value)) + key + value for key, value in records)
    return sealed(content + (0).to_bytes(4, "little") + (1).to_bytes(4, "little"), compression, spoilt)


def sealed(content: bytes, compression: int = 0, spoilt: bool = False) -> bytes:
    """Bytes as a block: with how they are compressed, and their checksum."""
    content += bytes([compression])
    return content + masked(crc32c(content) ^ spoilt).to_bytes(4, "little")


def handle(offset: int, size: int) -> bytes:
    """Where a block lies."""
    return number(offset) + number(size)


def footer(offset: int, size: int, magic: int = MAGIC) -> bytes:
    """The end of a table."""
    return (handle(0, 0) + handle(offset, size)).ljust(40, b"\0") + magic.to_bytes(8, "little")


def table(data: bytes, *more: bytes) -> bytes:
    """A table of sealed blocks, in order."""
    at, handles, blocks = 0, [], (data, *more)
    for each in blocks:
        handles.append((b"\xff" * (len(handles) + 1), handle(at, len(each) - 5)))
        at += len(each)
    index = block(handles)
    return b"".join(blocks) + index + footer(at, len(index) - 5)


def index(*records, head: bytes | None = None) -> bytes:
    """The index of a checkpoint with some records."""
    return table(block([(b"", header() if head is None else head), *records]))


def write(directory: Path, content: bytes, data: bytes = b"") -> Path:
    """Write a checkpoint of one shard, and tell its prefix."""
    (directory / "v.index").write_bytes(content)
    (directory / "v.data-00000-of-00001").write_bytes(data)
    return directory / "v"


def _unsigned(value: int) -> int:
    return value & (1 << 64) - 1
