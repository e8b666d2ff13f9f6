"""Protocol buffers that are written as text (`.pbtxt`) → the bytes that the same messages have in binary files."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totfjs.sources.tensorflow.dtypes import dtype_number
from totfjs.sources.tensorflow.reading.schemas import SCHEMAS, Schema
from totfjs.wire import FIXED32, FIXED64, LENGTH, VARINT, WireError

_LARGEST = 1 << 28
_DEEPEST = 64
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<sign>[{}<>\[\]:,;])|(?P<word>[-+.\w]+)""",
    re.ASCII,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_CLOSING = {"{": "}", "<": ">"}


def read_text(path: Path, message: str) -> bytes:
    """The message of a file, such as `GraphDef`, in binary form. Fields that are not known are left out."""
    size = path.stat().st_size
    if size > _LARGEST:
        raise WireError(f"it has {size} bytes of text, more than {_LARGEST}")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise WireError("it is not text") from error
    return encoded(text, message)


def encoded(text: str, message: str) -> bytes:
    """A message in binary form."""
    reader = _Reader(_tokens(text))
    return reader.message(SCHEMAS[message], "", 0)


Token = tuple[str, str, int]


def _tokens(text: str) -> Iterator[Token]:
    """Kind, text and place of each token; an empty one at the end."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise WireError(f"line {text.count(chr(10), 0, at) + 1} holds {text[at : at + 10]!r}")
        at = match.end()
        if match.lastgroup is not None:
            yield match.lastgroup, match.group(), match.start()
    yield "end", "", at


@dataclass
class _Reader:
    """Tokens, of which the next one is known."""

    tokens: Iterator[Token]

    def __post_init__(self) -> None:
        self.next = next(self.tokens)

    def take(self) -> Token:
        """The next token."""
        found = self.next
        if found[0] != "end":
            self.next = next(self.tokens)
        return found

    def skip(self, *signs: str) -> bool:
        """Whether the next token is one of these signs, which is passed over."""
        if self.next[0] != "sign" or self.next[1] not in signs:
            return False
        self.take()
        return True

    def message(self, schema: Schema | None, closing: str, depth: int) -> bytes:
        """The fields up to a closing sign; those of a message that is not known are passed over."""
        if depth > _DEEPEST:
            raise WireError(f"messages are nested deeper than {_DEEPEST} levels")
        found, packed = bytearray(), dict[int, bytearray]()
        while not (self.skip(closing) if closing else self.next[0] == "end"):
            kind, name, place = self.take()
            if kind != "word":
                raise WireError(f"a field is missing at character {place}")
            number, what = _field(schema, name)
            for value in self._values(what, depth):
                if what.endswith("*"):
                    packed.setdefault(number, bytearray()).extend(value)
                elif number:
                    found += _tag(number, what) + value
            self.skip(",", ";")
        for number, values in packed.items():
            found += _tag(number, "s") + _sized(bytes(values))
        return bytes(found)

    def _values(self, what: str, depth: int) -> Iterator[bytes]:
        """The values of a field: one, or a list of them in brackets."""
        self.skip(":")
        if not self.skip("["):
            yield self._value(what, depth)
            return
        while not self.skip("]"):
            yield self._value(what, depth)
            self.skip(",")

    def _value(self, what: str, depth: int) -> bytes:
        kind, text, place = self.take()
        if kind == "sign" and text in _CLOSING:
            inner = self.message(SCHEMAS.get(what), _CLOSING[text], depth + 1)
            return _sized(inner)
        if kind == "text" and what in ("s", ""):
            parts = [_unescaped(text)]
            while self.next[0] == "text":
                parts.append(_unescaped(self.take()[1]))
            return _sized(b"".join(parts))
        if kind != "word":
            raise WireError(f"a value is missing at character {place}")
        return b"" if not what else _scalar(what[0], text)


def _field(schema: Schema | None, name: str) -> tuple[int, str]:
    """Number and kind of a field; 0 for one that is not known."""
    if schema is None or name not in schema:
        return 0, ""
    number, what = schema[name].split(" ")
    return int(number), what


def _scalar(kind: str, text: str) -> bytes:
    try:
        match kind:
            case "f":
                return struct.pack("<f", _real(text))
            case "d":
                return struct.pack("<d", _real(text))
            case "b":
                return _varint({"true": 1, "t": 1, "false": 0, "f": 0}.get(text.lower()) or int(text == "1"))
            case "t":
                return _varint(dtype_number(text))
            case "i":
                return _varint(int(text[:40], 0) & (1 << 64) - 1)
    except (ValueError, OverflowError, struct.error) as error:
        raise WireError(f"{text[:40]!r} is no number") from error
    raise WireError(f"{text[:40]!r} stands where a text or a message should be")


def _real(text: str) -> float:
    return float(text.lower().removesuffix("f") if text.lower()[-3:] != "inf" else text)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _tag(number: int, what: str) -> bytes:
    kind = {"i": VARINT, "b": VARINT, "t": VARINT, "f": FIXED32, "d": FIXED64}.get(what, LENGTH)
    return _varint(number << 3 | kind)


def _unescaped(text: str) -> bytes:
    return _ESCAPE.sub(_escape, text[1:-1].encode())


def _escape(match: re.Match[bytes]) -> bytes:
    octal, digits, letter = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if digits is not None:
        return bytes([int(digits, 16)])
    found: bytes = _LETTERS.get(letter, letter)
    return found
