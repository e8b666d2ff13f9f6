"""One weight as a web model stores it: its line in the manifest and its bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from totfjs.errors import NarrowingError, WeightFileError
from totfjs.weights.array import PIECE, Array
from totfjs.weights.narrow import Narrowing, narrow
from totfjs.weights.patterns import Request, as_quantization
from totfjs.weights.quantize import Affine, Rounding, dequantized, exact, quantize

Note = Narrowing | Rounding


@dataclass(frozen=True)
class Entry:
    """A named weight: `stored` holds the values as they lie on disk, `affine` what undoes quantization, if any."""

    name: str
    stored: Array
    affine: Affine | None = None

    @property
    def dtype(self) -> str:
        """The dtype that TensorFlow.js gives the weight."""
        if self.affine:
            return self.affine.original_dtype
        return "string" if self.stored.dtype.kind == "O" else self.stored.dtype.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the weight."""
        return self.stored.shape

    @property
    def values(self) -> Array:
        """The values that TensorFlow.js sees."""
        return dequantized(self.stored, self.affine) if self.affine else self.stored

    @cached_property
    def nbytes(self) -> int:
        """How many bytes the weight takes on disk."""
        if self.dtype == "string":
            return sum(len(piece) for piece in self.buffers())
        return self.stored.nbytes

    def json(self) -> dict[str, Any]:
        """The weight's line in the manifest."""
        line: dict[str, Any] = {"name": self.name, "shape": list(self.shape), "dtype": self.dtype}
        return line | ({"quantization": self.affine.json()} if self.affine else {})

    def buffers(self) -> Iterator[memoryview]:
        """Yield the bytes on disk, in order."""
        for piece in self.stored.chunks(PIECE):
            if piece.dtype.kind == "O":
                yield memoryview(b"".join(_string(self.name, value) for value in piece))
            else:
                little = np.ascontiguousarray(piece).astype(piece.dtype.newbyteorder("<"), copy=False)
                yield little.view(np.uint8).data


def entries(
    weights: Iterable[tuple[str, Array]], quantization: Request = None, report: Callable[[Note], None] | None = None
) -> list[Entry]:
    """Bring weights to what a web model stores. Quantized ones are streamed here once, and all when written."""
    named = [(name, narrow(name, array, report)) for name, array in weights]
    _refuse_duplicates([name for name, _ in named])
    chosen = as_quantization(quantization).choose([name for name, _ in named])
    rest = as_quantization(quantization).rest
    return [
        _entry(name, array, chosen.get(name) or (rest if array.size > 1 else None), report) for name, array in named
    ]


def _entry(name: str, array: Array, dtype: str | None, report: Callable[[Note], None] | None) -> Entry:
    if array.size > 1 and dtype is None:
        found = exact(name, array)
        return Entry(name, *found) if found else Entry(name, array)
    if dtype is None or array.dtype != np.float32 or not array.size:
        return Entry(name, array)
    return Entry(name, *quantize(name, array, dtype, report))


def _refuse_duplicates(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WeightFileError(f"Two weights are named {name!r}.", remedy="Give each weight its own name.")
        seen.add(name)


def _string(name: str, value: Any) -> bytes:
    try:
        encoded = value if isinstance(value, bytes) else str.encode(value)
    except (TypeError, UnicodeEncodeError):
        raise NarrowingError(
            f"Weight {name!r} holds {value!r}, which is not a string that UTF-8 can write.",
            remedy="Give an array of numbers or of strings.",
            place=name,
        ) from None
    return struct.pack("<I", len(encoded)) + encoded
