"""What a comparison found, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

# Errors relative to the output's scale are counted by these: none at all, up to each edge, and beyond the last.
EDGES = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class Row:
    """One output on one backend for one choice of the dynamic dims; measures are None where nothing can be measured.

    `relative_error` is the largest error relative to the largest value of the expected output, and is what the
    `tolerance` of the row bounds. `top1` is the share of vectors along the last axis whose largest entry is at the same
    place, `nan_agreement` the share of places where both are NaN or neither is. `histogram` counts elements by their
    error relative to the largest value, in the bins of `EDGES`; places that no number measures are in the last.
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
    cosine: float | None = None
    top1: float | None = None
    nan_agreement: float | None = None
    histogram: tuple[int, ...] = ()
    tolerance: float = 0.0

    def json(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return {**vars(self), "sizes": dict(self.sizes), "histogram": list(self.histogram)}


@dataclass(frozen=True)
class Timing:
    """How long a backend took, in milliseconds: to load the model, for the first inference, and for later ones.

    `tensors_bytes` is what its tensors took after the runs: the weights and what TensorFlow.js keeps.
    """

    load: float
    first: float
    median: float
    p95: float
    runs: int
    tensors_bytes: int


@dataclass(frozen=True)
class Accuracy:
    """How a labelled dataset is classified, by the `source` (where there is one) and on each backend.

    `share` holds the share of examples with the right class, `agreement` the share to which a backend gives the class
    that the source gives, `confusion` a row for each label with the counts of the classes given to it, and
    `max_abs_error` how far the numbers of a backend are from those of the source at most.
    """

    examples: int
    output: str
    share: Mapping[str, float]
    agreement: Mapping[str, float] = field(default_factory=dict)
    confusion: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    max_abs_error: Mapping[str, float] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The accuracy as plain JSON values."""
        matrices = {name: [list(row) for row in matrix] for name, matrix in self.confusion.items()}
        named = {name: dict(getattr(self, name)) for name in ("share", "agreement")}
        errors = {name: error if isfinite(error) else None for name, error in self.max_abs_error.items()}
        return {**vars(self), **named, "confusion": matrices, "max_abs_error": errors}


@dataclass(frozen=True)
class Verification:
    """A comparison: its rows, the relative tolerance, against what, and what was not run and why.

    A quantized model is held against its own quantized weights; `deviation` is then how far these move its outputs
    from those of the source, relative to the largest value, and `explained` how far their rounding does that at most.
    `environment` says what each backend ran on; `notes` what
    was done to the data; `bisection` where a failure begins, when that was asked; `model` is the directory.
    """

    rows: tuple[Row, ...] = ()
    tolerance: float = 0.0
    against: str = ""
    not_run: Mapping[str, str] = field(default_factory=dict)
    timing: Mapping[str, Timing] = field(default_factory=dict)
    deviation: float | None = None
    explained: float | None = None
    environment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accuracy: Accuracy | None = None
    bisection: Any | None = None
    notes: tuple[str, ...] = ()
    model: str = ""

    @classmethod
    def skipped(cls, reason: str) -> Verification:
        """No comparison, for a reason."""
        return cls(not_run={"all": reason})

    @property
    def passed(self) -> bool | None:
        """Whether every row passed, and rounding explains what quantization does; None when nothing was compared."""
        return not self.failures and not self.unexplained if self.rows else None

    @property
    def unexplained(self) -> bool:
        """Whether quantized weights move the outputs further than their rounding explains."""
        return None not in (self.deviation, self.explained) and self.deviation > self.explained  # type: ignore[operator]

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

    @property
    def milliseconds(self) -> dict[str, float]:
        """How long an inference takes on each backend."""
        return {backend: timing.median for backend, timing in self.timing.items()}

    def json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "passed": self.passed,
            "max_abs_error": self.max_abs_error,
            "tolerance": self.tolerance,
            "against": self.against,
            "backends": list(self.backends),
            "not_run": dict(self.not_run),
            "milliseconds": self.milliseconds,
            "timing": {backend: vars(timing) for backend, timing in self.timing.items()},
            "deviation": self.deviation,
            "explained": self.explained,
            "accuracy": None if self.accuracy is None else self.accuracy.json(),
            "bisection": None if self.bisection is None else self.bisection.json(),
            "environment": {backend: dict(told) for backend, told in self.environment.items()},
            "notes": list(self.notes),
            "rows": [row.json() for row in self.rows],
        }

    def to_html(self) -> str:
        """The comparison as one page that needs nothing else."""
        from totfjs.report import render

        return render(self, self.model)
