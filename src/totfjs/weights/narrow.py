"""Brings every dtype to one that TensorFlow.js stores (float32, int32, bool, complex64, string), or refuses.

Values are checked while they stream: an integer that does not fit and a finite float that would overflow are refused,
lost precision is reported, nothing is ever wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import NarrowingError
from totfjs.weights.array import PIECE, Array

KEPT = ("float32", "int32", "bool", "complex64", "object")
_WIDE_FLOATS = ("float64", "float128", "float96", "longdouble", "complex128", "complex256", "complex192")
_WIDE_INTEGERS = ("int64", "uint64", "uint32")
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class Narrowing:
    """A note: a weight lost precision on its way to a dtype of TensorFlow.js."""

    name: str
    source: str
    target: str
    max_relative_change: float

    def __str__(self) -> str:
        return f"{self.name}: {self.source} → {self.target}, relative change at most {self.max_relative_change:.2g}"


def narrow(name: str, array: Array, report: Callable[[Narrowing], None] | None = None) -> Array:
    """Return the array in a dtype of TensorFlow.js; its values are checked, and a note reported, as it is streamed."""
    if array.dtype.name in KEPT:
        return array
    return Narrowed(name, array, _target(name, array), report)


class Narrowed(Array):
    """An array cast to a narrower dtype, with every value checked."""

    def __init__(self, name: str, source: Array, dtype: Any, report: Callable[[Narrowing], None] | None) -> None:
        super().__init__(dtype, source.shape)
        self.name, self.source, self._report = name, source, report

    @property
    def narrower(self) -> str:
        """The dtype it is cast from, where that is a smaller one."""
        smaller = self.source.dtype.itemsize < self.dtype.itemsize
        return str(self.source.dtype.name) if smaller else super().narrower

    @property
    def key(self) -> Hashable:
        """The dtype and the array it is cast from."""
        return ("narrowed", self.dtype.name, self.source.key)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield cast pieces; raise NarrowingError at the first value that does not fit."""
        at, change = 0, 0.0
        wide = self.source.dtype
        for piece in self.source.chunks(max(limit // max(wide.itemsize, self.dtype.itemsize), 1) * wide.itemsize):
            if wide.name in _WIDE_INTEGERS:
                self._check_integers(piece, at)
            with np.errstate(over="ignore", invalid="ignore"):
                cast = piece.astype(self.dtype)
            if wide.name in _WIDE_FLOATS:
                change = max(change, self._change(piece, cast, at))
            at += piece.size
            yield cast
        if change and self._report:
            self._report(Narrowing(self.name, wide.name, self.dtype.name, change))

    def _check_integers(self, piece: np.ndarray, at: int) -> None:
        if piece.max() <= _INT32.max and piece.min() >= _INT32.min:
            return
        first = int(np.argmax((piece > _INT32.max) | (piece < _INT32.min)))
        self._refuse(piece[first], at + first, "int32 holds -2147483648 to 2147483647")

    def _change(self, piece: np.ndarray, cast: np.ndarray, at: int) -> float:
        """The largest relative change of a finite value; complex numbers count as two reals."""
        wide, narrowed = _reals(piece), _reals(cast)
        overflow = np.isinf(narrowed) & np.isfinite(wide)
        if overflow.any():
            first = int(np.argmax(overflow)) * piece.size // wide.size
            self._refuse(piece[first], at + first, "float32 holds magnitudes up to 3.4028235e38")
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.abs(narrowed - wide) / np.abs(wide)
        return float(np.max(relative, initial=0.0, where=np.isfinite(relative)))

    def _refuse(self, value: Any, flat: int, reason: str) -> None:
        index = [int(i) for i in np.unravel_index(flat, self.shape)]
        raise NarrowingError(
            f"Weight {self.name!r} ({self.source.dtype}{list(self.shape)}) holds {value} at {index}: {reason}.",
            remedy="Change the value in the model; TensorFlow.js has no wider dtype.",
            place=self.name,
        )

    def _origin(self) -> str:
        return f", source={self.source!r}"


def _target(name: str, array: Array) -> str:
    kind = array.dtype.name
    if kind.startswith(("float", "bfloat", "longdouble")):
        return "float32"
    if kind.startswith(("int", "uint")):
        return "int32"
    if kind.startswith(("complex", "clongdouble")):
        return "complex64"
    raise NarrowingError(
        f"Weight {name!r} has dtype {array.dtype}, which TensorFlow.js cannot hold.",
        remedy="Give it as float32, int32, bool, complex64 or strings.",
        place=name,
    )


def _reals(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "c":
        return values
    return np.stack([values.real, values.imag], axis=-1).reshape(-1)
