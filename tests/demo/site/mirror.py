"""What the page does to a drawing, once more in Python: strokes on paper, and the 28 × 28 values that they become."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

SIZE, PEN, EDGE, BOX, SIDE, CENTRE = 280, 22.0, 0.25, 20, 28, 14.5


def drawn(points: Sequence[tuple[float, float]], pen: float = PEN) -> np.ndarray:
    """Ink from 0 to 1 of a line through points, as shares of the paper's sides."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    nearest = np.full((SIZE, SIZE), np.inf)
    ends = np.asarray(points) * SIZE
    for (ax, ay), (bx, by) in pairwise(ends):
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return np.clip(pen / 2 - nearest + 0.5, 0, 1)


def prepared(ink: np.ndarray) -> np.ndarray:
    """The values that a model takes of ink: each is the mean of what it covers, by integrals along both axes."""
    rows, columns = ink.sum(axis=1), ink.sum(axis=0)
    inside = ink >= EDGE * ink.max()
    down, across = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    scale = max(np.ptp(down), np.ptp(across)) / BOX + 1 / BOX
    by_row = _means(ink, _edges(rows, down[0], down[-1] + 1, scale), scale)
    pixels = _means(by_row.T, _edges(columns, across[0], across[-1] + 1, scale), scale).T
    result: np.ndarray = pixels / pixels.max()
    return result


def _edges(sums: np.ndarray, first: int, last: int, scale: float) -> np.ndarray:
    centre = float((sums * (np.arange(len(sums)) + 0.5)).sum() / sums.sum())
    start = min(max(CENTRE - (centre - first) / scale, 0.0), SIDE - (last - first) / scale)
    edges: np.ndarray = first + (np.arange(SIDE + 1) - start) * scale
    return edges


def _means(ink: np.ndarray, edges: np.ndarray, scale: float) -> np.ndarray:
    integral = np.vstack([np.zeros(ink.shape[1]), np.cumsum(ink, axis=0)])
    clipped = np.clip(edges, 0, len(ink))
    below = np.minimum(clipped.astype(int), len(ink) - 1)
    at = integral[below] + (clipped - below)[:, None] * ink[below]
    means: np.ndarray = np.diff(at, axis=0) / scale
    return means
