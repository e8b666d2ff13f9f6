"""Names of slices, and what slices make."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.checkpoints.tensor_slices import joined, slice_key
from totfjs.weights.array import Dense


@pytest.mark.parametrize(
    ("name", "extents", "key"),
    [
        ("v", ((0, -1),), b"\0v\0\1\1\1\x80\x7f"),
        ("a\0b", (), b"\0a\0\xffb\0\1\0"),
        ("v", ((64, 8192),), b"\0v\0\1\1\1\xc0\x40\xe0\x20\0"),
        ("v", ((-65, 1 << 62),), b"\0v\0\1\1\1\x3f\xbf\xff\xc0\x40" + bytes(7)),
    ],
)
def test_names_of_slices_sort_as_their_numbers(name, extents, key):
    """Each number tells by its leading bits how many bytes it has, as TensorFlow's ordered code does."""
    assert slice_key(name, extents) == key


def cut(values, axis, *places):
    """Slices of values between places along an axis, the last ones first."""
    parts = []
    for start, stop in zip((0, *places), (*places, values.shape[axis]), strict=True):
        extents = [(0, -1)] * values.ndim
        extents[axis] = (start, stop - start)
        parts.append((tuple(extents), Dense(np.take(values, range(start, stop), axis))))
    return parts[::-1]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("places", [(), (1,), (1, 3)])
def test_slices_along_one_axis_make_the_whole(axis, places):
    values = np.arange(64.0).reshape(4, 4, 4)
    whole = joined(values.shape, cut(values, axis, *places), ValueError)
    np.testing.assert_array_equal(whole.numpy(), values)
    np.testing.assert_array_equal(np.concatenate(list(whole.chunks(64))), values.ravel())
    assert whole.key == joined(values.shape, cut(values, axis, *places), ValueError).key


def test_slices_that_leave_a_gap_are_refused():
    values = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match="leave gaps"):
        joined(values.shape, cut(values, 0, 1, 2)[:2], ValueError)
