"""Reads the wire format of protocol buffers, without schemas or generated code: fields by number, on demand.

Nothing is unfolded before it is asked for, so that a file costs what is read of it. `WireError` says what is wrong with
the bytes; whoever knows the file turns it into an error for the user.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_GROUPS = (3, 4)
_FIXED = {FIXED64: 8, FIXED32: 4}
_MOST_FIELDS = 1 << 18  # of a message that is taken apart whole; `messages` of larger ones are still read one by one
_DEEPEST = 100

Value = int | memoryview
"""A field as it lies in the file: a number for varint and fixed kinds, and bytes for all others."""


class WireError(ValueError):
    """Bytes that are not a protocol buffer, or one beyond every limit."""


def fields(data: bytes | memoryview) -> Iterator[tuple[int, int, Value]]:
    """Yield number, kind and value of each field of a message, in order."""
    view = memoryview(data)
    at, end = 0, len(view)
    while at < end:
        tag = view[at]
        tag, at = (tag, at + 1) if tag < 0x80 else varint(view, at)  # nearly all are one byte
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise WireError(f"a field has the number {number}")
        value: Value
        if kind == LENGTH:
            length = view[at] if at < end else 0x80
            length, at = (length, at + 1) if length < 0x80 else varint(view, at)
            if length > end - at:
                raise WireError(f"field {number} claims {length} bytes where {end - at} are left")
            value, at = view[at : at + length], at + length
        elif kind == VARINT:
            value, at = varint(view, at)
        elif kind in _FIXED:
            value, at = fixed(view, at, _FIXED[kind])
        else:
            raise WireError(f"field {number} is a group" if kind in _GROUPS else f"field {number} has the kind {kind}")
        yield number, kind, value


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """The unsigned number at a place, and the place behind it."""
    if at >= len(view):
        raise WireError("it ends within a number")
    first = view[at]
    if first < 0x80:
        return first, at + 1
    value = 0
    for count, byte in enumerate(view[at : at + 10]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + count + 1
    raise WireError("it ends within a number" if len(view) - at < 10 else "a number has more than ten bytes")


def fixed(view: memoryview, at: int, width: int) -> tuple[int, int]:
    """The little-endian number of so many bytes at a place, and the place behind it."""
    if at + width > len(view):
        raise WireError("it ends within a number")
    return int.from_bytes(view[at : at + width], "little"), at + width


def signed(value: int, bits: int = 64) -> int:
    """The value of a number that is stored in two's complement: int32, int64 and enums, which may be negative."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


class Message:
    """A message whose fields are asked for by number, with protobuf's rules: the last one counts, absent ones are 0."""

    __slots__ = ("_depth", "_fields", "_view")

    def __init__(self, data: bytes | memoryview, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise WireError(f"messages are nested deeper than {_DEEPEST} levels")
        self._view, self._depth = memoryview(data), depth
        self._fields: dict[int, list[tuple[int, Value]]] | None = None

    def has(self, number: int) -> bool:
        """Whether a field is there at all."""
        return number in self._known()

    def integer(self, number: int, default: int = 0) -> int:
        """An int32, int64 or enum."""
        value = self._last(number, (VARINT,))
        return signed(value) if isinstance(value, int) else default

    def unsigned(self, number: int, default: int = 0) -> int:
        """A uint32, uint64, fixed32 or fixed64."""
        value = self._last(number, (VARINT, FIXED32, FIXED64))
        return value if isinstance(value, int) else default

    def boolean(self, number: int) -> bool:
        """A bool."""
        return bool(self._last(number, (VARINT,)))

    def real(self, number: int, default: float = 0.0) -> float:
        """A float or double, as its width says."""
        value = self._last(number, (FIXED32, FIXED64))
        if value is None:
            return default
        kind = self._known()[number][-1][0]
        stored = int(value).to_bytes(_FIXED[kind], "little")
        return float(np.frombuffer(stored, "<f4" if kind == FIXED32 else "<f8")[0])

    def data(self, number: int) -> memoryview:
        """The content of a bytes field."""
        value = self._last(number, (LENGTH,))
        return value if isinstance(value, memoryview) else memoryview(b"")

    def text(self, number: int) -> str:
        """A string."""
        return _text(number, self.data(number))

    def message(self, number: int) -> Message:
        """A message within this one; an empty one where it is absent."""
        return Message(self.data(number), self._depth + 1)

    def messages(self, number: int) -> Iterator[Message]:
        """Each of a repeated message, one at a time, however many there are."""
        for value in self.datas(number):
            yield Message(value, self._depth + 1)

    def nested(self, data: memoryview) -> Message:
        """A message that lies within this one."""
        return Message(data, self._depth + 1)

    def datas(self, number: int) -> Iterator[memoryview]:
        """Each of a repeated bytes field, one at a time."""
        for found, kind, value in fields(self._view):
            if found == number:
                _check(number, kind, (LENGTH,))
                assert isinstance(value, memoryview)
                yield value

    def texts(self, number: int) -> Iterator[str]:
        """Each of a repeated string."""
        return (_text(number, value) for value in self.datas(number))

    def integers(self, number: int) -> np.ndarray:
        """A repeated int32, int64, enum or bool, packed or not, as int64."""
        parts = [self._integers(number, kind, value) for kind, value in self._known().get(number, ())]
        return np.concatenate(parts).view(np.int64) if parts else np.empty(0, np.int64)

    def numbers(self, number: int, dtype: str) -> np.ndarray:
        """A repeated field of fixed width, such as `<f4` for floats, packed or not."""
        width = np.dtype(dtype).itemsize
        kind = FIXED32 if width == 4 else FIXED64
        parts = []
        for found, value in self._known().get(number, ()):
            _check(number, found, (kind, LENGTH))
            stored = value if isinstance(value, memoryview) else value.to_bytes(width, "little")
            if len(stored) % width:
                raise WireError(f"field {number} has {len(stored)} bytes for numbers of {width}")
            parts.append(np.frombuffer(stored, dtype))
        return np.concatenate(parts) if parts else np.empty(0, dtype)

    def __repr__(self) -> str:
        return f"Message({len(self._view)} bytes)"

    def _integers(self, number: int, kind: int, value: Value) -> np.ndarray:
        _check(number, kind, (VARINT, LENGTH))
        return _unpacked(value) if isinstance(value, memoryview) else np.array([value], np.uint64)

    def _last(self, number: int, kinds: tuple[int, ...]) -> Value | None:
        found = self._known().get(number)
        if found is None:
            return None
        kind, value = found[-1]
        _check(number, kind, kinds)
        return value

    def _known(self) -> dict[int, list[tuple[int, Value]]]:
        if self._fields is None:
            known: dict[int, list[tuple[int, Value]]] = {}
            for count, (number, kind, value) in enumerate(fields(self._view)):
                if count == _MOST_FIELDS:
                    raise WireError(f"a message has more than {_MOST_FIELDS} fields")
                if number in known:
                    known[number].append((kind, value))
                else:
                    known[number] = [(kind, value)]
            self._fields = known
        return self._fields


def _check(number: int, kind: int, kinds: tuple[int, ...]) -> None:
    if kind not in kinds:
        raise WireError(f"field {number} has the kind {kind}, not {' or '.join(map(str, kinds))}")


def _text(number: int, value: memoryview) -> str:
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise WireError(f"field {number} is not UTF-8") from error


def _unpacked(packed: memoryview) -> np.ndarray:
    """The numbers of a packed field: each ends at a byte below 128."""
    stored = np.frombuffer(packed, np.uint8)
    ends = np.flatnonzero(stored < 0x80)
    if stored.size and (not ends.size or ends[-1] != stored.size - 1):
        raise WireError("it ends within a number")
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64) if ends.size else ends
    lengths = ends - starts + 1
    if lengths.size and lengths.max() > 10:
        raise WireError("a number has more than ten bytes")
    values = np.zeros(ends.size, np.uint64)
    for place in range(int(lengths.max(initial=0))):
        some = np.flatnonzero(lengths > place)
        values[some] |= (stored[starts[some] + place] & 0x7F).astype(np.uint64) << np.uint64(7 * place)
    return values
