"""Variables that TensorFlow stores in slices: how a slice is named in the index, and how slices make the whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from totfjs.weights.array import PIECE, Array, Deferred

Extents = tuple[tuple[int, int], ...]
"""Start and length along each axis; a length of -1 is all of it."""

_HEADERS = (0, 0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE, 0xFF, 0xFF80, 0xFFC0)  # by the bytes of a number


def slice_key(name: str, extents: Extents) -> bytes:
    """The key of a slice: bytes that sort as the name, the rank and the numbers do."""
    text = name.encode().replace(b"\0", b"\0\xff")
    numbers = b"".join(_ordered(number) for extent in extents for number in extent)
    return b"\0" + text + b"\0\1" + _count(len(extents)) + numbers


def joined(shape: tuple[int, ...], slices: Sequence[tuple[Extents, Array]], bad: Callable[[str], Exception]) -> Array:
    """The whole of slices that follow each other along one axis; `bad` makes the error for slices that do not."""
    if len(slices) == 1 and slices[0][1].shape == shape:
        return slices[0][1]
    axes = [axis for axis, dim in enumerate(shape) if any(part.shape[axis] != dim for _, part in slices)]
    if len(axes) != 1:
        raise bad("a tensor is cut along several axes, or its slices overlap")
    axis = axes[0]
    placed = sorted(((extents[axis][0], part) for extents, part in slices), key=lambda item: item[0])
    starts = [start for start, _ in placed] + [shape[axis]]
    if starts[0] or any(
        after - at != part.shape[axis] for (at, after), (_, part) in zip(pairwise(starts), placed, strict=True)
    ):
        raise bad("the slices of a tensor leave gaps, or overlap")
    parts = [part for _, part in placed]
    if axis == 0:
        return Stacked(shape, parts)
    identity: Hashable = ("joined", axis, tuple(part.key for part in parts))
    return Deferred(parts[0].dtype, shape, lambda: np.concatenate([part.numpy() for part in parts], axis), key=identity)


class Stacked(Array):
    """Arrays that follow each other along the first axis."""

    def __init__(self, shape: tuple[int, ...], parts: Sequence[Array]) -> None:
        super().__init__(parts[0].dtype, shape)
        self._parts = tuple(parts)

    @property
    def key(self) -> Hashable:
        """The parts."""
        return ("stacked", self.shape, tuple(part.key for part in self._parts))

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the pieces of each part in turn."""
        for part in self._parts:
            yield from part.chunks(limit)


def _count(number: int) -> bytes:
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _ordered(number: int) -> bytes:
    """A signed number in few bytes that sort as numbers do: the leading bits tell how many there are."""
    magnitude = ~number if number < 0 else number
    length = magnitude.bit_length() // 7 + 1
    header = _HEADERS[length] << 8 * (length - (1 if length < 9 else 2))
    return ((number & ((1 << 8 * length) - 1)) ^ header).to_bytes(length, "big")
