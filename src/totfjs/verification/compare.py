"""How far two arrays are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.verification.record import EDGES, Row

RANDOM = "random: only its shape and dtype are compared"


def compare(
    backend: str, sizes: Mapping[str, int], output: str, actual: np.ndarray, expected: np.ndarray, tolerance: float
) -> Row:
    """The row for one output: dtypes and shapes agree, NaN and infinities are in the same places, the rest is close.

    Integers, booleans and strings have to be equal. Floats may differ by `tolerance` of the largest expected value.
    """
    expected = stored_form(expected)
    row = Row(backend, sizes, output, True)
    if other := _of_other_kind(actual, expected):
        return replace(row, passed=False, reason=other)
    if expected.dtype.kind not in "fc":
        return _exact(row, actual, expected)
    measured = _measured(replace(row, tolerance=tolerance), actual, expected)
    if apart := _elsewhere(actual, expected):
        return replace(measured, passed=False, reason=apart)
    return measured


def compare_kinds(backend: str, sizes: Mapping[str, int], output: str, actual: np.ndarray, expected: np.ndarray) -> Row:
    """The row for a random output, of which the shape and the dtype are compared."""
    reason = _of_other_kind(actual, stored_form(expected))
    return Row(backend, sizes, output, not reason, reason=reason or RANDOM)


def stored_form(expected: np.ndarray) -> np.ndarray:
    """An output of the source in the dtype that TensorFlow.js has for it."""
    array = np.asarray(expected)
    if array.dtype.kind == "b" or array.dtype.kind in "OUST":
        return array
    if array.dtype.kind in "iu":
        return array.astype(np.int32)
    return array.astype(np.complex64 if array.dtype.kind == "c" else np.float32)


def _of_other_kind(actual: np.ndarray, expected: np.ndarray) -> str:
    if actual.shape != expected.shape:
        return f"has shape {list(actual.shape)}, the source gives {list(expected.shape)}"
    if actual.dtype.kind != expected.dtype.kind and {actual.dtype.kind, expected.dtype.kind} - set("OUST"):
        return f"is {actual.dtype}, the source gives {expected.dtype}"
    return ""


def _elsewhere(actual: np.ndarray, expected: np.ndarray) -> str:
    """Whether NaN and infinities are in the same places."""
    apart = int((np.isnan(actual) != np.isnan(expected)).sum())
    if apart:
        return f"is NaN where the source is not, or the other way round, in {apart} of {expected.size} places"
    infinite = np.isinf(expected)
    if not np.array_equal(actual[infinite], expected[infinite]) or (np.isinf(actual) != infinite).any():
        return "is infinite in other places than the source"
    return ""


def _measured(row: Row, actual: np.ndarray, expected: np.ndarray) -> Row:
    """The measures of floats, over the places where both are finite."""
    finite = np.isfinite(expected) & np.isfinite(actual)
    got, want = (array[finite].astype(np.complex128) for array in (actual, expected))
    error, size = np.abs(got - want), np.abs(want)
    largest, scale = float(error.max(initial=0)), float(size.max(initial=0))
    relative = largest / scale if scale else largest
    passed = relative <= row.tolerance
    reason = "" if passed else f"differs by {largest:.3g}, which is {relative:.2g} of the largest value {scale:.3g}"
    nans = np.isnan(actual) == np.isnan(expected)
    alike = finite | (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    return replace(
        row,
        passed=passed,
        reason=reason,
        max_abs_error=largest,
        max_rel_error=float((error / np.maximum(size, 1e-30)).max(initial=0)),
        relative_error=relative,
        mean_squared_error=float(np.square(error).mean()) if error.size else 0.0,
        cosine=_cosine(got, want),
        top1=top1_agreement(actual, expected),
        nan_agreement=float(nans.mean()) if nans.size else 1.0,
        histogram=_histogram(error / (scale or 1.0), int((~alike).sum())),
    )


def _cosine(got: np.ndarray, want: np.ndarray) -> float | None:
    """The cosine of the angle between two arrays; None where one of them is zero."""
    # scaled first, as squares of large values are infinite
    got, want = (array / (np.abs(array).max(initial=0) or 1.0) for array in (got, want))
    lengths = float(np.linalg.norm(got)) * float(np.linalg.norm(want))
    return min(float(np.vdot(want, got).real) / lengths, 1.0) if lengths else None


def top1_agreement(actual: np.ndarray, expected: np.ndarray) -> float | None:
    """The share of vectors along the last axis whose largest entry is at the same place; None where there are none."""
    if expected.dtype.kind != "f" or not expected.ndim or expected.shape[-1] < 2 or not expected.size:
        return None
    return float((np.argmax(actual, axis=-1) == np.argmax(expected, axis=-1)).mean())


def _histogram(errors: np.ndarray, unmeasured: int) -> tuple[int, ...]:
    """How many errors are zero, are up to each edge, and are beyond the last or no numbers."""
    bins = np.searchsorted(EDGES, errors, side="left") + 1
    counts = np.bincount(np.where(errors == 0, 0, bins), minlength=len(EDGES) + 2)
    counts[-1] += unmeasured
    return tuple(map(int, counts))


def _exact(row: Row, actual: np.ndarray, expected: np.ndarray) -> Row:
    different = np.asarray(actual != expected)
    wrong = int(different.sum())
    histogram = (expected.size - wrong, *[0] * len(EDGES), wrong)
    if not wrong:
        return replace(
            row, max_abs_error=0.0, max_rel_error=0.0, relative_error=0.0, mean_squared_error=0.0, histogram=histogram
        )
    measured: Any = 0.0
    if expected.dtype.kind == "i":
        measured = float(np.abs(actual.astype(np.int64) - expected.astype(np.int64)).max())
    reason = f"differs from the source in {wrong} of {expected.size} places"
    return replace(row, passed=False, max_abs_error=measured or 1.0, reason=reason, histogram=histogram)
