"""Reads LevelDB's sorted tables, in which TensorFlow keeps the index of a checkpoint, block by block.

Keys share prefixes, so that a few bytes may repeat a long key: they are bounded in length and in sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from totfjs.checkpoints.checkpoint import damaged
from totfjs.checkpoints.crc32c import crc32c, unmasked
from totfjs.errors import CheckpointError
from totfjs.wire import WireError, fixed, varint

_FOOTER = 48
_MAGIC = 0xDB4775248B80FB57
_TRAILER = 5  # of a block: how it is compressed, and a checksum
_LARGEST_BLOCK = 1 << 26
_LONGEST_KEY = 1 << 13
_MOST_KEYS = 1 << 25  # bytes of all keys together


def read_table(path: Path) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each key, in rising order, and its value."""
    try:
        with path.open("rb") as file:
            yield from _records(path, file)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Copy the whole directory of the checkpoint."
        ) from error
    except WireError as error:
        raise damaged(path, str(error)) from error


def _records(path: Path, file: BinaryIO) -> Iterator[tuple[bytes, memoryview]]:
    length = path.stat().st_size
    before: bytes | None = None
    total = 0
    for _, handle in _entries(path, _block(path, file, length, *_index(path, file, length))):
        for key, value in _entries(path, _block(path, file, length, *_handle(handle))):
            total += len(key)
            if total > _MOST_KEYS:
                raise damaged(path, f"its keys have more than {_MOST_KEYS} bytes")
            if before is not None and key <= before:
                raise damaged(path, "its keys are not in order")
            before = key
            yield key, value


def _index(path: Path, file: BinaryIO, length: int) -> tuple[int, int]:
    """Where the block lies that says where the others are."""
    if length < _FOOTER:
        raise damaged(path, f"it has {length} bytes, too few for an index of tensors")
    file.seek(length - _FOOTER)
    footer = memoryview(file.read(_FOOTER))
    if fixed(footer, _FOOTER - 8, 8)[0] != _MAGIC:
        raise damaged(path, "it does not end as an index of tensors does")
    _, at = varint(footer, 0)
    _, at = varint(footer, at)
    return _handle(footer[at:])


def _handle(view: memoryview) -> tuple[int, int]:
    offset, at = varint(view, 0)
    return offset, varint(view, at)[0]


def _block(path: Path, file: BinaryIO, length: int, offset: int, size: int) -> memoryview:
    if size > _LARGEST_BLOCK or offset + size + _TRAILER > length:
        raise damaged(path, f"it has {length} bytes, but a block of {size} bytes is declared at {offset}")
    file.seek(offset)
    block = memoryview(file.read(size + _TRAILER))
    if len(block) < size + _TRAILER:
        raise damaged(path, "it ended while it was read")
    if crc32c(block[: size + 1]) != unmasked(fixed(block, size + 1, 4)[0]):
        raise damaged(path, f"the block at {offset} does not have the checksum that was stored with it")
    if block[size]:
        raise CheckpointError(
            f"{path} is compressed, which TensorFlow itself does not do.", remedy="Save the checkpoint with TensorFlow."
        )
    return block[:size]


def _entries(path: Path, block: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Each key and value of a block; the places at its end where keys are whole are for searching only."""
    if len(block) < 4 or 4 * (restarts := fixed(block, len(block) - 4, 4)[0]) > len(block) - 4:
        raise damaged(path, "a block is shorter than it says")
    entries = block[: len(block) - 4 - 4 * restarts]
    key, at = b"", 0
    while at < len(entries):
        shared, at = varint(entries, at)
        own, at = varint(entries, at)
        size, at = varint(entries, at)
        if shared > len(key) or own + size > len(entries) - at:
            raise damaged(path, "an entry reaches beyond its block")
        if shared + own > _LONGEST_KEY:
            raise damaged(path, f"a key has {shared + own} bytes")
        key = key[:shared] + bytes(entries[at : at + own])
        at += own
        yield key, entries[at : at + size]
        at += size
