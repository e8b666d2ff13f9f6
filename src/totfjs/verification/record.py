"""What a comparison found, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One output on one backend for one choice of the dynamic dims; errors are None where there is nothing to measure.

    `relative_error` is the largest error relative to the largest value of the expected output.
    """

    backend: str
    sizes: Mapping[str, int]
    output: str
    passed: bool
    max_abs_error: float | None = None
    max_rel_error: float | None = None
    relative_error: float | None = None
    mean_squared_error: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Verification:
    """A comparison: its rows, the relative tolerance, against what, and what was not run and why.

    A quantized model is held against its own quantized weights; `deviation` is then how far these move its outputs
    from those of the source, relative to the largest value.
    """

    rows: tuple[Row, ...] = ()
    tolerance: float = 0.0
    against: str = ""
    not_run: Mapping[str, str] = field(default_factory=dict)
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    deviation: float | None = None

    @classmethod
    def skipped(cls, reason: str) -> Verification:
        """No comparison, for a reason."""
        return cls(not_run={"all": reason})

    @property
    def passed(self) -> bool | None:
        """Whether every row passed; None when nothing was compared."""
        return all(row.passed for row in self.rows) if self.rows else None

    @property
    def max_abs_error(self) -> float | None:
        """The largest error of all rows; None when nothing was compared."""
        return max((row.max_abs_error for row in self.rows if row.max_abs_error is not None), default=None)

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that were run."""
        return tuple(dict.fromkeys(row.backend for row in self.rows))

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that did not pass."""
        return tuple(row for row in self.rows if not row.passed)

    def json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "passed": self.passed,
            "max_abs_error": self.max_abs_error,
            "tolerance": self.tolerance,
            "against": self.against,
            "backends": list(self.backends),
            "not_run": dict(self.not_run),
            "milliseconds": dict(self.milliseconds),
            "deviation": self.deviation,
            "rows": [{**vars(row), "sizes": dict(row.sizes)} for row in self.rows],
        }
