"""Texts in a shard of a TensorFlow checkpoint: their lengths, a checksum of the lengths, and the texts end to end."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from totfjs.checkpoints.checkpoint import damaged
from totfjs.checkpoints.crc32c import crc32c, masked, unmasked
from totfjs.errors import CheckpointError
from totfjs.weights.array import Array, Deferred, FileSlice
from totfjs.wire import WireError, fixed, varint


def texts(path: Path, key: str, place: tuple[int, int], shape: tuple[int, ...], checksum: int) -> Array:
    """The bytes of each text, read when asked for, from a place: offset and size."""
    offset, size = place
    stored = FileSlice(path, offset, np.uint8, (size,))
    if math.prod(shape) > size:
        raise damaged(path, f"{key!r} has {size} bytes for {math.prod(shape)} texts")
    return Deferred(
        object,
        shape,
        lambda: _read(path, key, stored.numpy(), math.prod(shape), checksum).reshape(shape),
        key=("texts", stored.key, shape),
    )


def differs(path: Path, key: str) -> CheckpointError:
    """The error for a tensor whose bytes are not those that were written."""
    return damaged(path, f"{key!r} does not have the checksum that was stored with it")


def _read(path: Path, key: str, stored: np.ndarray, count: int, checksum: int) -> np.ndarray:
    view = memoryview(stored.tobytes())
    try:
        lengths, at = _lengths(view, count)
        stored_check, at = fixed(view, at, 4)
    except WireError as error:
        raise damaged(path, f"{key!r}: {error}") from error
    if at + sum(lengths) != len(view):
        raise damaged(path, f"{key!r} has {len(view) - at} bytes for texts of {sum(lengths)}")
    check = crc32c(b"".join(each.to_bytes(4 if each < 1 << 32 else 8, "little") for each in lengths))
    whole = crc32c(view[at:], crc32c(masked(check).to_bytes(4, "little"), check))
    if check != unmasked(stored_check) or whole != unmasked(checksum):
        raise differs(path, key)
    found = np.empty(count, object)
    found[:] = [bytes(view[start:stop]) for start, stop in pairwise(np.cumsum([at, *lengths]))]
    return found


def _lengths(view: memoryview, count: int) -> tuple[list[int], int]:
    lengths, at = [], 0
    for _ in range(count):
        length, at = varint(view, at)
        lengths.append(length)
    return lengths, at
