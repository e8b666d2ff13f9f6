"""How far two arrays are apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.verification.record import Row

RANDOM = "random: only its shape and dtype are compared"


def compare(
    backend: str, sizes: Mapping[str, int], output: str, actual: np.ndarray, expected: np.ndarray, tolerance: float
) -> Row:
    """The row for one output: dtypes and shapes agree, NaN and infinities are in the same places, the rest is close.

    Integers, booleans and strings have to be equal. Floats may differ by `tolerance` of the largest expected value.
    """
    expected = stored_form(expected)
    mismatch = _mismatch(actual, expected)
    if mismatch:
        return Row(backend, sizes, output, False, reason=mismatch)
    if expected.dtype.kind not in "fc":
        return _exact(Row(backend, sizes, output, True, 0.0, 0.0, 0.0, 0.0), actual, expected)
    finite = np.isfinite(expected)
    got, want = (array[finite].astype(np.complex128) for array in (actual, expected))
    error = np.abs(got - want)
    largest, scale = float(error.max(initial=0)), float(np.abs(want).max(initial=0))
    relative = largest / scale if scale else largest
    each = float((error / np.maximum(np.abs(want), 1e-30)).max(initial=0))
    passed = relative <= tolerance
    reason = "" if passed else f"differs by {largest:.3g}, which is {relative:.2g} of the largest value {scale:.3g}"
    mean = float(np.square(error).mean()) if error.size else 0.0
    return Row(backend, sizes, output, passed, largest, each, relative, mean, reason)


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


def _mismatch(actual: np.ndarray, expected: np.ndarray) -> str:
    other = _of_other_kind(actual, expected)
    if other or expected.dtype.kind not in "fc":
        return other
    apart = int((np.isnan(actual) != np.isnan(expected)).sum())
    if apart:
        return f"is NaN where the source is not, or the other way round, in {apart} of {expected.size} places"
    infinite = np.isinf(expected)
    if not np.array_equal(actual[infinite], expected[infinite]) or (np.isinf(actual) != infinite).any():
        return "is infinite in other places than the source"
    return ""


def _exact(row: Row, actual: np.ndarray, expected: np.ndarray) -> Row:
    different = np.asarray(actual != expected)
    if not different.any():
        return row
    measured: Any = 0.0
    if expected.dtype.kind == "i":
        measured = float(np.abs(actual.astype(np.int64) - expected.astype(np.int64)).max())
    reason = f"differs from the source in {int(different.sum())} of {expected.size} places"
    return Row(row.backend, row.sizes, row.output, False, measured or 1.0, None, None, None, reason)
