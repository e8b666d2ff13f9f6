"""Weights of TensorFlow's image resizers, whose kernels and borders are their own: matrices (before, after)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from totfjs.recipes.resampling import KERNELS

# The steps in which cubic interpolation knows its kernel.
_STEPS = 1024
_f32 = np.float32


def scale_of(before: int, after: int, align_corners: bool) -> np.float32:
    """How many old pixels a new one is wide."""
    corners = align_corners and after > 1
    return _f32(before - 1) / _f32(after - 1) if corners else _f32(before) / _f32(after)


def nearest_places(before: int, after: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """The old pixel that each new one is."""
    steps = np.arange(after, dtype=_f32) + _f32(0.5 if half_pixel_centers else 0)
    exact = steps * scale_of(before, after, align_corners)
    whole = np.floor(exact)
    if align_corners:
        whole = whole + (exact - whole >= 0.5)
    return np.asarray(np.clip(whole, 0, before - 1), np.int32)


def cubic(before: int, after: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """Cubic interpolation; with half pixels what lies outside does not count, else the border is repeated."""
    offset, a = (_f32(0.5), -0.5) if half_pixel_centers else (_f32(0), -0.75)
    exact = (np.arange(after, dtype=_f32) + offset) * scale_of(before, after, align_corners) - offset
    whole = np.floor(exact)
    share = np.rint((exact - whole) * _STEPS) / _STEPS
    distances = np.stack([share + 1, share, 1 - share, 2 - share])
    weights = _cubic_kernel(distances, a).astype(np.float64)
    places = whole.astype(int) + np.arange(-1, 3)[:, None]
    if half_pixel_centers:
        weights = np.where((places < 0) | (places >= before), 0, weights)
        weights = weights / weights.sum(0)
    return _collected(np.clip(places, 0, before - 1), weights, before)


def _cubic_kernel(x: np.ndarray, a: float) -> np.ndarray:
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.asarray(np.where(x <= 1, near, far))


def _collected(places: np.ndarray, weights: np.ndarray, before: int) -> np.ndarray:
    """Weights at places (taps, after) as a matrix; those at the same place are added."""
    matrix = np.zeros((before, places.shape[1]))
    np.add.at(matrix, (places, np.arange(places.shape[1])), weights)
    return matrix.astype(_f32)


def area(before: int, after: int, align_corners: bool) -> np.ndarray:
    """Averages over what each new pixel covers of the old ones; past the end the last one is repeated."""
    scale = scale_of(before, after, align_corners)
    starts = np.arange(after, dtype=_f32) * scale
    stops = np.arange(1, after + 1, dtype=_f32) * scale
    taps = int((np.ceil(stops) - np.floor(starts)).max())
    places = np.floor(starts).astype(int) + np.arange(taps)[:, None]
    covered = np.maximum(np.minimum(places + 1, stops) - np.maximum(places, starts), 0)
    return _collected(np.minimum(places, before - 1), covered / scale, before)


@dataclass(frozen=True)
class Kernel:
    """A function of the distance, 0 beyond a radius."""

    weight: Callable[[np.ndarray], np.ndarray]
    radius: float


def _box(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0.5, 1.0, np.where(x == 0.5, 0.5, 0.0))


def _lanczos1(x: np.ndarray) -> np.ndarray:
    return np.where(x > 1, 0, np.where(x <= 1e-3, 1, np.sinc(x) ** 2))


SPANS: Mapping[str, Kernel] = {
    "lanczos1": Kernel(_lanczos1, 1),
    "lanczos3": Kernel(KERNELS["lanczos3"], 3),
    "lanczos5": Kernel(KERNELS["lanczos5"], 5),
    "gaussian": Kernel(KERNELS["gaussian"], 1.5),
    "box": Kernel(_box, 1),
    "triangle": Kernel(KERNELS["bilinear"], 1),
    "keyscubic": Kernel(KERNELS["bicubic"], 2),
    "mitchellcubic": Kernel(KERNELS["mitchellcubic"], 2),
}


def spans(before: int, after: int, scale: float, shift: float, kernel: Kernel, antialias: bool) -> np.ndarray:
    """A line scaled and moved; new elements whose middle comes from outside are 0."""
    inverse = _f32(1) / _f32(scale)
    middles = (np.arange(after, dtype=_f32) + _f32(0.5)) * inverse + -inverse * _f32(shift)
    wide = max(inverse, _f32(1)) if antialias else _f32(1)
    reach = _f32(kernel.radius) * wide
    old = np.arange(before)[:, None]
    first = np.clip(np.ceil(middles - reach - _f32(0.5)), 0, before - 1)
    last = np.clip(np.floor(middles + reach - _f32(0.5)), 0, before - 1)
    distances = np.abs(old + _f32(0.5) - middles[None]) / wide
    weights = np.where((old >= first) & (old <= last), kernel.weight(distances.astype(np.float64)), 0)
    total = weights.sum(0)
    usable = np.abs(total) >= 1000 * np.finfo(_f32).tiny
    weights = weights / np.where(usable, total, 1)
    return np.where((middles < 0) | (middles > before), 0, weights).astype(_f32)


__all__ = ["SPANS", "Kernel", "area", "cubic", "nearest_places", "scale_of", "spans"]
