"""Which places of the input a kernel of its own sees; the fixtures hold whole layers."""

from __future__ import annotations

import numpy as np

from totfjs.sources.keras.layers.locally_connected import connected


def seen(*arguments: object) -> list[list[int]]:
    """For each place of the output, the places of the input under it."""
    return [np.flatnonzero(column).tolist() for column in connected(*arguments).T]  # type: ignore[arg-type]


def test_windows_inside_of_a_line() -> None:
    assert seen([5], [3], [2], False) == [[0, 1, 2], [2, 3, 4]]


def test_windows_around_each_place_of_a_line() -> None:
    assert seen([5], [2], [2], True) == [[0], [1, 2], [3, 4]]
    assert seen([3], [3], [1], True) == [[0, 1], [0, 1, 2], [1, 2]]


def test_windows_of_an_image_are_those_of_both_dims() -> None:
    found = connected([3, 2], [2, 2], [1, 1], False)
    assert found.shape == (3, 2, 2, 1)
    assert found[:, :, 1, 0].tolist() == [[False, False], [True, True], [True, True]]
