"""The IDX format of MNIST's files: a magic number, the dims, and the bytes, as a rule under gzip."""

from __future__ import annotations

import math
import zlib

import numpy as np

from jax_to_tfjs_demo.errors import DemoError

GZIP = b"\x1f\x8b"
# the third byte of the magic number
UNSIGNED_BYTES = 0x08
# No file of this project holds more: 60,000 images of 28 × 28 are 47 million bytes.
LARGEST = 1 << 28


def unpacked(data: bytes, name: str, *, limit: int = LARGEST) -> bytes:
    """What a file holds, from under gzip or plain. Never more than `limit` bytes are made of it."""
    if not data.startswith(GZIP):
        return data
    parts, size = [], 0
    try:
        while data.startswith(GZIP):
            stream = zlib.decompressobj(wbits=31)
            parts.append(stream.decompress(data, limit + 1 - size))
            size += len(parts[-1])
            if size > limit:
                raise _refused(name, f"unpacks to more than the {limit:,} bytes that it may hold")
            if not stream.eof:
                raise _refused(name, "ends in the middle: it was not copied or downloaded whole")
            data = stream.unused_data
    except zlib.error as error:
        raise _refused(name, f"is damaged: gzip says “{error}”") from None
    if data.strip(b"\0"):
        raise _refused(name, f"has {len(data):,} bytes behind its end")
    return b"".join(parts)


def parse(content: bytes, name: str) -> np.ndarray:
    """The array that the bytes of an IDX file are, which `name` is the name of in errors. It is not copied."""
    dims, begin = _header(content, name)
    wanted, got = begin + math.prod(dims), len(content)
    if got < wanted:
        raise _refused(name, f"ends in the middle: {got:,} of {wanted:,} bytes are there")
    if got > wanted:
        raise _refused(name, f"is {got - wanted:,} bytes longer than the {wanted:,} that it announces")
    return np.frombuffer(content, np.uint8, offset=begin).reshape(dims)


def _header(content: bytes, name: str) -> tuple[tuple[int, ...], int]:
    """The dims, and where the bytes begin."""
    if is_web_page(content):
        raise _refused(name, "is a web page, not a file of data")
    if len(content) < 4 or content[:2] != b"\0\0":
        raise _refused(name, f"is no IDX file: it begins with {content[:4].hex(' ') or 'nothing'}")
    kind, rank = content[2], content[3]
    if kind != UNSIGNED_BYTES:
        raise _refused(name, f"holds numbers of the kind 0x{kind:02x}, where unsigned bytes (0x08) are wanted")
    begin = 4 + 4 * rank
    if rank == 0 or len(content) < begin:
        raise _refused(name, f"is no IDX file: it announces {rank} dims and has no room for them")
    return tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, begin, 4)), begin


def is_web_page(data: bytes) -> bool:
    """Whether bytes look like HTML or XML, which portals and error pages answer instead of a file."""
    beginning = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<error"))


def _refused(name: str, what: str) -> DemoError:
    return DemoError(f"{name} {what}.", remedy="Delete the file, then download or copy it again.")
