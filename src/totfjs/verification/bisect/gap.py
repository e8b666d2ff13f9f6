"""How far a value is off, and whether an op may be that far off by itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from totfjs.graph.ops import OpSpec
from totfjs.verification.compare import compare

# An op may be off by this many times what its spec allows, since sums are longer here than in the tests of the spec.
SLACK = 16.0
# Roundings that any op may show: of each element, and of the largest one.
_EACH, _LARGEST, _SUMS = 4e-6, 2e-7, 1e-5


@dataclass(frozen=True)
class Gap:
    """The error relative to the largest value, infinite where there is nothing to measure, and the largest error."""

    error: float
    largest: float | None = None
    reason: str = ""


def gap(actual: Any, expected: Any) -> Gap:
    """How far a value is off."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    row = compare("", {}, "", actual, expected, inf)
    if not row.passed:
        return Gap(inf if expected.dtype.kind in "fc" else 1.0, row.max_abs_error, row.reason)
    return Gap(row.relative_error or 0.0, row.max_abs_error)


def leaves(spec: OpSpec, actual: Any, expected: Any) -> bool:
    """Whether a value is further off than rounding in this one op explains."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    found = gap(actual, expected)
    if found.error == inf or expected.dtype.kind not in "fc":
        return found.error > 0
    if spec.accumulates:
        return found.error > max(SLACK * spec.tolerance, _SUMS)
    finite = np.isfinite(expected)
    want = np.abs(expected[finite].astype(np.complex128))
    error = np.abs(actual[finite].astype(np.complex128) - expected[finite])
    allowed = max(SLACK * spec.tolerance, _EACH) * want + SLACK * spec.absolute
    return bool((error > allowed + _LARGEST * want.max(initial=0)).any())
