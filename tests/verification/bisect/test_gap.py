"""How far an op may be off by itself."""

from __future__ import annotations

from math import inf

import numpy as np

from totfjs.graph.ops import spec
from totfjs.verification.bisect.gap import gap, leaves

ONES = np.ones(4, np.float32)


def test_the_error_is_relative_to_the_largest_value() -> None:
    assert gap(np.array([1.0, 8.5], np.float32), np.array([1.0, 8.0], np.float32)).error == 0.0625


def test_what_cannot_be_measured_is_infinitely_far() -> None:
    assert gap(np.array([np.nan], np.float32), ONES[:1]).error == inf
    assert gap(ONES, ONES[:3]).error == inf
    assert gap(np.array([1, 2], np.int32), np.array([1, 3], np.int32)).error == 1.0


def test_rounding_is_no_fault_and_more_is() -> None:
    assert not leaves(spec("Mul"), ONES * (1 + 1e-7), ONES)
    assert leaves(spec("Mul"), ONES * (1 + 1e-4), ONES)
    large = np.array([1e6, 1.0], np.float32)
    assert not leaves(spec("MatMul"), large + np.float32(0.5), large)
    assert leaves(spec("Tanh"), large + np.array([0, 0.5], np.float32), large)
    assert leaves(spec("Greater"), np.array([True]), np.array([False]))
