"""The official quantization (affine uint8 and uint16, float16), streamed: one pass for the range, one for values."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import QuantizationError
from totfjs.weights.array import PIECE, Array, Mapped


@dataclass(frozen=True)
class Rounding:
    """A note: how far quantization moved the values of a weight at most."""

    name: str
    dtype: str
    max_abs_error: float

    def __str__(self) -> str:
        return f"{self.name}: quantized to {self.dtype}, absolute error at most {self.max_abs_error:.3g}"


@dataclass(frozen=True)
class Affine:
    """What the loader needs to undo quantization: value = stored * scale + min; float16 needs neither."""

    dtype: str
    min: float | None = None
    scale: float | None = None
    original_dtype: str = "float32"

    def json(self) -> dict[str, Any]:
        """The entry of the manifest, keys in the official order."""
        affine = {} if self.scale is None else {"min": self.min, "scale": self.scale}
        return {"dtype": self.dtype, **affine, "original_dtype": self.original_dtype}


class Quantized(Array):
    """A float32 array stored as uint8, uint16 or float16."""

    def __init__(
        self, name: str, source: Array, affine: Affine, report: Callable[[Rounding], None] | None = None
    ) -> None:
        super().__init__(affine.dtype, source.shape)
        self.name, self.source, self.affine, self._report = name, source, affine, report

    @property
    def key(self) -> Hashable:
        """The parameters and the array they apply to."""
        return ("quantized", self.affine, self.source.key)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield stored values; report the largest error after the last."""
        at, error = 0, 0.0
        for piece in self.source.chunks(limit):
            stored = _store(piece, self.affine)
            if self.affine.dtype == "float16":
                self._check_overflow(piece, stored, at)
            at += piece.size
            error = max(error, _error(piece, dequantize(stored, self.affine)))
            yield stored
        if self._report:
            self._report(Rounding(self.name, self.affine.dtype, error))

    def _check_overflow(self, piece: np.ndarray, stored: np.ndarray, at: int) -> None:
        overflow = np.isinf(stored) & np.isfinite(piece)
        if overflow.any():
            first = int(np.argmax(overflow))
            what = f"holds {piece[first]} at {_index(at + first, self)}, which float16 (up to 65504) cannot hold"
            raise _refused(self.name, what)

    def _origin(self) -> str:
        return f", source={self.source!r}"


def quantize(
    name: str, array: Array, dtype: str, report: Callable[[Rounding], None] | None = None
) -> tuple[Array, Affine]:
    """Return the array as it is stored under `dtype`, and what undoes it. Streams the array once, for its range."""
    affine = Affine("float16") if dtype == "float16" else _affine(dtype, *_range(name, array))
    return Quantized(name, array, affine, report), affine


# How values of a smaller dtype are stored without loss.
_EXACT = {
    "float16": Affine("float16"),
    "bfloat16": Affine("float16"),
    "uint8": Affine("uint8", 0.0, 1.0, "int32"),
    "int8": Affine("uint8", -128.0, 1.0, "int32"),
    "uint16": Affine("uint16", 0.0, 1.0, "int32"),
    "int16": Affine("uint16", -32768.0, 1.0, "int32"),
}


def exact(name: str, array: Array) -> tuple[Array, Affine] | None:
    """How an array of values of a smaller dtype is stored without loss; None where it is not.

    float16 does not hold every bfloat16: such an array is streamed once to see.
    """
    affine = _EXACT.get(array.narrower)
    if affine is None or affine.original_dtype != array.dtype.name:
        return None
    if array.narrower == "bfloat16" and not all(map(_is_half, array.chunks())):
        return None
    return Quantized(name, array, affine), affine


def _is_half(piece: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array_equal(piece.astype(np.float16).astype(np.float32), piece, equal_nan=True))


def dequantize(stored: np.ndarray, affine: Affine) -> np.ndarray:
    """Return the values that TensorFlow.js computes from stored ones."""
    if affine.scale is None or affine.min is None:
        return stored.astype(np.float32)
    values: np.ndarray = stored.astype(np.float64)
    values *= affine.scale
    values += affine.min
    if affine.original_dtype == "int32":
        values = np.floor(values + 0.5)  # Math.round
    return values.astype(affine.original_dtype)


def dequantized(array: Array, affine: Affine) -> Array:
    """Return the values of a stored array, computed as they stream."""
    return Mapped(array, _Dequantize(affine), affine.original_dtype)


@dataclass(frozen=True)
class _Dequantize:
    affine: Affine

    def __call__(self, piece: np.ndarray) -> np.ndarray:
        return dequantize(piece, self.affine)


def _range(name: str, array: Array) -> tuple[float, float]:
    low, high, at = np.inf, -np.inf, 0
    for piece in array.chunks():
        least, most = float(piece.min()), float(piece.max())
        if not (np.isfinite(least) and np.isfinite(most)):
            first = int(np.argmax(~np.isfinite(piece)))
            raise _refused(
                name, f"holds {piece[first]} at {_index(at + first, array)}, which integers cannot stand for"
            )
        low, high, at = min(low, least), max(high, most), at + piece.size
    return low, high


def _affine(dtype: str, low: float, high: float) -> Affine:
    if low == high:
        return Affine(dtype, low, 1.0)
    steps = int(np.iinfo(dtype).max)
    scale = (high - low) / steps
    if low <= 0 <= high:  # zero is moved onto a step, so that it stays exact
        low = -round(-low / scale) * scale + 0.0
    return Affine(dtype, low, scale)


def _store(piece: np.ndarray, affine: Affine) -> np.ndarray:
    if affine.scale is None or affine.min is None:
        with np.errstate(over="ignore"):
            return piece.astype(np.float16)
    steps = int(np.iinfo(affine.dtype).max)
    values = piece.astype(np.float64)
    np.clip(values, affine.min, steps * affine.scale + affine.min, out=values)
    values -= affine.min
    values /= affine.scale
    return np.rint(values, out=values).astype(affine.dtype)


def _error(values: np.ndarray, back: np.ndarray) -> float:
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return float(np.max(np.abs(back.astype(np.float64) - values), initial=0.0, where=finite))


def _index(flat: int, array: Array) -> list[int]:
    return [int(i) for i in np.unravel_index(flat, array.shape)]


def _refused(name: str, what: str) -> QuantizationError:
    return QuantizationError(
        f"Weight {name!r} {what}.",
        remedy="Quantize the others only, by a pattern of their names, as in uint8:dense/*.",
        place=name,
    )


def affine_from_json(entry: Mapping[str, Any]) -> Affine:
    """Read the `quantization` of a manifest entry."""
    return Affine(entry["dtype"], entry.get("min"), entry.get("scale"), entry.get("original_dtype", "float32"))
