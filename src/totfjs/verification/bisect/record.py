"""What a bisection found, as records that print what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

# backend: TensorFlow.js computes the node otherwise than the graph means it, or throws.
# weight, inputs, op, attributes: the written node is not the one that a conversion gives now.
# lowering, pass: a conversion gives this node, and it is wrong. source: the source itself gives NaN or infinity there.
# rounding: no single node is wrong. unknown: something is wrong, and nothing tells more.
Blame = Literal[
    "backend", "weight", "inputs", "op", "attributes", "lowering", "pass", "source", "rounding", "unknown"
]  # fmt: skip
CONVERSION = frozenset(("weight", "inputs", "op", "attributes", "lowering", "pass"))


@dataclass(frozen=True)
class Range:
    """A value in short: its name, dtype and shape, its smallest and largest finite number, and what is none."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    minimum: float | None = None
    maximum: float | None = None
    nans: int = 0
    infinities: int = 0
    weight: bool = False

    def __str__(self) -> str:
        span = "" if self.minimum is None else f" from {self.minimum:.6g} to {self.maximum:.6g}"
        counts = "".join(
            f", {count} {what}" for count, what in ((self.nans, "NaN"), (self.infinities, "infinite")) if count
        )
        kind = f"{self.dtype}[{','.join(map(str, self.shape))}]"
        return f"{self.name}: {kind}{span}{counts}{' (weight)' if self.weight else ''}"


def range_of(name: str, array: Any, *, weight: bool = False) -> Range:
    """A value in short."""
    array = np.asarray(array)
    dtype = "string" if array.dtype.kind in "OUST" else array.dtype.name
    if array.dtype.kind not in "fciu" or not array.size:
        return Range(name, dtype, array.shape, weight=weight)
    size = np.abs(array) if array.dtype.kind == "c" else array
    finite = size[np.isfinite(size)]
    least, most = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    return Range(name, dtype, array.shape, least, most, nans, infinities, weight)


@dataclass(frozen=True)
class Step:
    """How far a node is off in place: one line of the growth of an error."""

    node: str
    op: str
    error: float


@dataclass(frozen=True)
class Finding:
    """The first node that goes wrong, who is to blame, and what to do.

    `error` is relative to the largest value, infinite where NaN, dtypes or shapes differ; `right` are backends that
    compute the node right. `origin` is the line or the layer of the source. `step` is the pass, or the operation or
    layer of the source whose lowering is wrong. `case` is where the one-node model was saved, `case_of` what is in it.
    """

    blame: Blame
    node: str
    op: str
    what: str
    remedy: str
    backends: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    error: float | None = None
    max_abs_error: float | None = None
    output: Range | None = None
    expected: Range | None = None
    inputs: tuple[Range, ...] = ()
    origin: str = ""
    step: str = ""
    known: str = ""
    growth: tuple[Step, ...] = ()
    sizes: Mapping[str, int] | None = None
    case: Path | None = None
    case_of: tuple[Any, Mapping[str, Any]] | None = field(default=None, repr=False, compare=False)

    @property
    def conversion(self) -> bool:
        """Whether the conversion is to blame."""
        return self.blame in CONVERSION

    def json(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            **plain,
            "error": _number(self.error),
            "max_abs_error": _number(self.max_abs_error),
            "backends": list(self.backends),
            "right": list(self.right),
            "output": _range_json(self.output),
            "expected": _range_json(self.expected),
            "inputs": [_range_json(item) for item in self.inputs],
            "growth": [{**vars(step), "error": _number(step.error)} for step in self.growth],
            "sizes": dict(self.sizes or {}),
            "case": None if self.case is None else str(self.case),
        }

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"  {name:9} {text}" for name, text in self._lines())])

    def _lines(self) -> Iterator[tuple[str, str]]:
        if self.error is not None:
            yield "error", self._error()
        if self.output is not None:
            yield "gives", str(self.output)
        if self.expected is not None:
            yield "expected", str(self.expected)
        for index, item in enumerate(self.inputs):
            yield "" if index else "inputs", str(item)
        if self.sizes:
            yield "sizes", " ".join(f"{name}={size}" for name, size in self.sizes.items())
        if self.known:
            yield "known", self.known
        if self.origin:
            yield "source", self.origin
        for index, step in enumerate(self.growth):
            yield "" if index else "growth", f"{step.error:.2g} after {step.node} ({step.op})"
        yield "do", self.remedy
        if self.case is not None:
            yield "saved", f"{self.case}, which holds this node alone: see its README.txt"

    def _error(self) -> str:
        assert self.error is not None
        if not np.isfinite(self.error):
            return "not to be measured: NaN, infinities, shapes or dtypes differ"
        largest = "" if self.max_abs_error is None else f"max abs {self.max_abs_error:.3g}, "
        return f"{largest}{self.error:.2g} of the largest value"


@dataclass(frozen=True)
class Bisection:
    """Where a web model goes wrong: a finding for the conversion, and one for each node that backends get wrong."""

    model: str
    against: str
    backends: tuple[str, ...]
    tolerance: float
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> Finding | None:
        """The first finding; None when nothing differs."""
        return self.findings[0] if self.findings else None

    @property
    def node(self) -> str | None:
        """The first node that goes wrong."""
        return None if self.found is None else self.found.node

    @property
    def blame(self) -> Blame | None:
        """Who is to blame for it."""
        return None if self.found is None else self.found.blame

    def json(self) -> dict[str, Any]:
        """The bisection as plain JSON values."""
        return {
            "model": self.model,
            "against": self.against,
            "backends": list(self.backends),
            "tolerance": self.tolerance,
            "differs": bool(self.findings),
            "findings": [finding.json() for finding in self.findings],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        if not self.findings:
            where = ", ".join(self.backends)
            first = f"Nothing differs: on {where} every node of {self.model} agrees with {self.against}"
            return "\n".join([f"{first}, within {self.tolerance:g}.", *self.notes])
        return "\n".join([*map(str, self.findings), *self.notes])


_PLAIN = ("blame", "node", "op", "what", "remedy", "origin", "step", "known")


def _number(value: float | None) -> float | None:
    """JSON has no infinity: an error that cannot be measured has no number."""
    return value if value is not None and np.isfinite(value) else None


def _range_json(found: Range | None) -> dict[str, Any] | None:
    return None if found is None else {**vars(found), "shape": list(found.shape)}
