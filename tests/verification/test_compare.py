from __future__ import annotations

import numpy as np
import pytest

from totfjs.verification.compare import compare

f32 = np.float32


def test_errors_are_measured_against_the_largest_value() -> None:
    found = compare("cpu", {}, "y", np.array([100.0, 0.001], f32), np.array([100.0, 0.002], f32), 1e-4)
    assert found.passed
    assert found.max_abs_error == pytest.approx(1e-3)
    assert found.relative_error == pytest.approx(1e-5)
    assert found.max_rel_error == pytest.approx(0.5)
    assert found.mean_squared_error == pytest.approx(5e-7)


def test_an_error_beyond_the_tolerance_fails_and_says_by_how_much() -> None:
    found = compare("cpu", {}, "y", np.array([1.1], f32), np.array([1.0], f32), 1e-4)
    assert not found.passed
    assert found.reason == "differs by 0.1, which is 0.1 of the largest value 1"


@pytest.mark.parametrize(
    ("actual", "expected", "reason"),
    [
        (np.zeros((2, 3), f32), np.zeros((3, 2), f32), "has shape [2, 3], the source gives [3, 2]"),
        (np.zeros(2, np.int32), np.zeros(2, f32), "is int32, the source gives float32"),
        (np.array([1, np.nan], f32), np.array([1, 2], f32), "is NaN where the source is not"),
        (np.array([1, 2], f32), np.array([1, np.nan], f32), "is NaN where the source is not"),
        (np.array([np.inf], f32), np.array([-np.inf], f32), "is infinite in other places"),
        (np.array([np.inf], f32), np.array([3e38], f32), "is infinite in other places"),
        (np.array([1, 2], np.int32), np.array([1, 3], np.int32), "differs from the source in 1 of 2 places"),
        (np.array([True]), np.array([False]), "differs from the source in 1 of 1 places"),
    ],
)
def test_what_can_never_pass(actual: np.ndarray, expected: np.ndarray, reason: str) -> None:
    found = compare("cpu", {}, "y", actual, expected, 1e9)
    assert not found.passed
    assert reason in found.reason


def test_agreeing_nans_infinities_and_empties_pass() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 0.0], f32)
    assert compare("cpu", {}, "y", odd, odd.astype(np.float64), 0).passed
    assert compare("cpu", {}, "y", np.zeros((0, 3), f32), np.zeros((0, 3), f32), 0).passed


def test_a_zero_output_is_measured_absolutely() -> None:
    assert not compare("cpu", {}, "y", np.array([1e-3], f32), np.zeros(1, f32), 1e-4).passed
    assert compare("cpu", {}, "y", np.array([1e-6], f32), np.zeros(1, f32), 1e-4).passed


def test_integers_are_exact_whatever_the_tolerance() -> None:
    found = compare("cpu", {}, "y", np.array([5], np.int32), np.array([7], np.int64), 1.0)
    assert (found.passed, found.max_abs_error) == (False, 2.0)
