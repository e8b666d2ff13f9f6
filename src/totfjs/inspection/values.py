"""Statistics of the values of an array, in one pass over its pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from totfjs.weights.array import Array


@dataclass(frozen=True)
class Values:
    """What the numbers of an array are like: NaN and infinities are counted, and left out of the others."""

    least: float | None
    most: float | None
    mean: float | None
    deviation: float | None
    zeros: int
    nans: int
    infinities: int

    def __str__(self) -> str:
        if self.least is None or self.most is None:
            numbers = ["no finite numbers"]
        else:
            numbers = [f"{self.least:.4g} to {self.most:.4g}, mean {self.mean:.4g}, deviation {self.deviation:.4g}"]
        counts = {"zeros": self.zeros, "NaN": self.nans, "infinities": self.infinities}
        return ", ".join([*numbers, *(f"{count:,} {name}" for name, count in counts.items() if count)])


def values_of(array: Array) -> Values | None:
    """The statistics of an array; None for text and complex numbers."""
    if array.dtype.kind not in "biuf" and array.dtype.name not in ("bfloat16",):
        return None
    least, most, total, squares, finite, zeros, nans, infinities = np.inf, -np.inf, 0.0, 0.0, 0, 0, 0, 0
    for piece in array.chunks():
        numbers = piece.astype(np.float64)
        nans += int(np.isnan(numbers).sum())
        infinities += int(np.isinf(numbers).sum())
        numbers = numbers[np.isfinite(numbers)]
        if numbers.size:
            least, most = min(least, float(numbers.min())), max(most, float(numbers.max()))
            total, squares = total + float(numbers.sum()), squares + float(np.square(numbers).sum())
            finite, zeros = finite + numbers.size, zeros + int((numbers == 0).sum())
    if not finite:
        return Values(None, None, None, None, zeros, nans, infinities)
    mean = total / finite
    deviation = max(squares / finite - mean * mean, 0.0) ** 0.5
    return Values(least, most, mean, deviation, zeros, nans, infinities)
