"""Reads the weights of a web model back, lazily, as the entries that `shards` writes."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from totfjs.errors import WeightFileError
from totfjs.weights.array import PIECE, Array, open_weights, read_exactly
from totfjs.weights.entry import Entry
from totfjs.weights.quantize import Affine, affine_from_json

_DTYPES = ("float32", "int32", "bool", "complex64", "string")
_STORED = ("uint8", "uint16", "float16")
_POINTER = b"version https://git-lfs"


def read_manifest(manifest: Sequence[Mapping[str, Any]], directory: str | Path) -> dict[str, Entry]:
    """Return the weights of a manifest by name, in order. Sizes are checked now, values are read when asked for."""
    try:
        groups = [([str(path) for path in group["paths"]], list(group["weights"])) for group in manifest]
    except (TypeError, KeyError, AttributeError) as error:
        raise _damaged(f"the weights manifest has no paths or weights ({error!r})") from error
    span = Span.of([_inside(Path(directory), path) for paths, _ in groups for path in paths])
    return read_span(span, [line for _, weights in groups for line in weights])


def read_span(span: Span, lines: Sequence[Mapping[str, Any]]) -> dict[str, Entry]:
    """Return the weights that lie one after another in a span, by name."""
    found: dict[str, Entry] = {}
    at = 0
    for line in lines:
        entry, at = _read_entry(line, span, at)
        if entry.name in found:
            raise _damaged(f"two weights are named {entry.name!r}")
        found[entry.name] = entry
    if at != span.length:
        raise _damaged(f"its weights take {at} bytes but its files hold {span.length}")
    return found


@dataclass(frozen=True)
class Span:
    """Files read as if they were one."""

    paths: tuple[Path, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Span:
        """Look at the sizes of the files."""
        return cls(tuple(paths), tuple(accumulate(_length(path) for path in paths)))

    @property
    def length(self) -> int:
        """The bytes of all files together."""
        return self.ends[-1] if self.ends else 0

    def fill(self, piece: np.ndarray, at: int) -> None:
        """Fill a 1-D array with the bytes that start at `at`."""
        flat = piece.view(np.uint8)
        while flat.size:
            index = bisect_right(self.ends, at)
            count = min(flat.size, self.ends[index] - at)
            with open_weights(self.paths[index]) as file:
                file.seek(at - (self.ends[index - 1] if index else 0))
                read_exactly(file, flat[:count], self.paths[index])
            flat, at = flat[count:], at + count


class SpanSlice(Array):
    """Numbers at a place in a span of files; they may straddle files, even in the middle of an element."""

    def __init__(self, span: Span, offset: int, dtype: Any, shape: Sequence[int]) -> None:
        super().__init__(dtype, shape)
        self.span, self.offset = span, offset

    @property
    def key(self) -> Hashable:
        """The files and the place."""
        return ("span", self.span, self.offset, self.dtype.name, self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield freshly read pieces."""
        step = max(limit // self.dtype.itemsize, 1)
        for start in range(0, self.size, step):
            piece = np.empty(min(step, self.size - start), self.dtype.newbyteorder("<"))
            self.span.fill(piece, self.offset + start * self.dtype.itemsize)
            if self.dtype.kind == "b":
                piece = piece.view(np.uint8) != 0
            yield piece.astype(self.dtype, copy=False)

    def _origin(self) -> str:
        return f", offset={self.offset} of {len(self.span.paths)} files"


class SpanStrings(Array):
    """Strings at a place in a span of files: each a little-endian uint32 length and as many bytes."""

    def __init__(self, span: Span, offset: int, shape: Sequence[int]) -> None:
        super().__init__(object, shape)
        self.span, self.offset = span, offset
        self.end = max((end for end, _ in self._places()), default=offset)

    @property
    def key(self) -> Hashable:
        """The files and the place."""
        return ("span strings", self.span, self.offset, self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the strings: str where they are UTF-8, else bytes."""
        for end, length in self._places():
            content = np.empty(length, np.uint8)
            self.span.fill(content, end - length)
            one = np.empty(1, object)
            one[0] = _text(content.tobytes())
            yield one

    def _places(self) -> Iterator[tuple[int, int]]:
        """Yield where each string ends and how long it is; refuse what lies outside the files."""
        at = self.offset
        if self.size * 4 > self.span.length - at:
            raise _damaged(f"{self.size} strings are declared at byte {at} of {self.span.length}")
        prefix = np.empty(4, np.uint8)
        for _ in range(self.size):
            if at + 4 > self.span.length:
                raise _damaged("a string starts after the end of the files")
            self.span.fill(prefix, at)
            (length,) = struct.unpack("<I", prefix.tobytes())
            at += 4 + length
            if at > self.span.length:
                raise _damaged(f"a string of {length} bytes ends after the files")
            yield at, length


def _read_entry(line: Mapping[str, Any], span: Span, at: int) -> tuple[Entry, int]:
    name, shape, dtype, affine = _checked(line)
    if dtype == "string":
        strings = SpanStrings(span, at, shape)
        return Entry(name, strings), strings.end
    stored = np.dtype(affine.dtype if affine else dtype)
    end = at + math.prod(shape) * stored.itemsize
    if end > span.length:
        raise _damaged(f"weight {name!r} ends at byte {end}, after the {span.length} bytes of its files")
    return Entry(name, SpanSlice(span, at, stored, shape), affine), end


def _checked(line: Mapping[str, Any]) -> tuple[str, list[int], str, Affine | None]:
    try:
        name, shape, dtype = line["name"], line["shape"], line["dtype"]
        affine = affine_from_json(line["quantization"]) if "quantization" in line else None
    except (TypeError, KeyError) as error:
        raise _damaged(f"the weights manifest has a line without {error}") from error
    if not isinstance(name, str) or not isinstance(shape, list) or not all(type(d) is int and d >= 0 for d in shape):
        raise _damaged(f"weight {name!r} has the shape {shape!r}")
    if dtype not in _DTYPES:
        raise _damaged(f"weight {name!r} has dtype {dtype!r}, which TensorFlow.js does not load")
    if affine:
        affine = _checked_affine(name, dtype, affine)
    return name, shape, dtype, affine


def _checked_affine(name: str, dtype: str, affine: Affine) -> Affine:
    numbers = [isinstance(n, int | float) and math.isfinite(n) for n in (affine.min, affine.scale)]
    fits = (dtype == "float32") if affine.dtype == "float16" else (dtype in ("float32", "int32") and all(numbers))
    if affine.dtype not in _STORED or not fits:
        raise _damaged(f"weight {name!r} ({dtype}) has the quantization {affine.json()}")
    if affine.dtype == "float16":
        return Affine("float16")
    return Affine(affine.dtype, affine.min, affine.scale, dtype)


def _inside(directory: Path, path: str) -> Path:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        raise _damaged(f"its weights lie outside its directory, at {path!r}")
    return directory.joinpath(*parts)


def _length(path: Path) -> int:
    try:
        with path.open("rb") as file:
            start = file.read(len(_POINTER))
        length = path.stat().st_size
    except OSError as error:
        raise _damaged(f"{path} cannot be read: {error.strerror}") from error
    if start == _POINTER:
        raise WeightFileError(
            f"{path} is a git-lfs pointer, not the file itself.",
            remedy="Fetch the file itself: run git lfs pull, or download it again.",
        )
    return length


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _damaged(what: str) -> WeightFileError:
    return WeightFileError(f"The web model is damaged: {what}.", remedy="Convert or download it again.")
