"""Verifications that were never run, with all that a report may have to show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from totfjs.verification.bisect.record import Bisection, Finding, Range, Step
from totfjs.verification.record import EDGES, Accuracy, Row, Timing, Verification

HOSTILE = "<script>alert('x')</script>\"&\x00\x1b[31m"


def histogram(*places: int) -> tuple[int, ...]:
    """One element in each of these bins."""
    return tuple(places.count(index) for index in range(len(EDGES) + 2))


def row(backend: str = "wasm", output: str = "y", error: float = 2e-7, **more) -> Row:
    """A row that passed if its error allows."""
    passed = error <= 1e-4
    reason = "" if passed else f"differs by {error:.3g}"
    made = Row(backend, {"b": 2}, output, passed, error, error * 2, error, error**2, reason, 1 - 1e-9, 1.0, 1.0)
    return replace(made, histogram=histogram(0, 2 if passed else 8), tolerance=1e-4, **more)


def verification(**more) -> Verification:
    """Two outputs that agree on two backends."""
    rows = tuple(row(backend, output) for backend in ("cpu", "wasm") for output in ("y", "z"))
    timing = {"cpu": Timing(3.0, 12.0, 8.25, 9.0, 5, 2048), "wasm": Timing(2.0, 1.0, 0.5, 0.75, 20, 2048)}
    told = {"engine": "mini-racer", "versions": {"tfjs-core": "4.22.0"}}
    return replace(Verification(rows, 1e-4, "the source", {}, timing, environment={"cpu": told, "wasm": told}), **more)


def bisection() -> Bisection:
    """A weight that is not the source's."""
    value = Range("x", "float32", (2, 3), -1.0, 2.5, 1, 0)
    found = Finding(
        "weight", "Dense/MatMul", "MatMul", "The weight is not the one of the source.", "Convert the model again.",
        ("wasm",), ("cpu",), 0.25, 1.5, value, value, (value, replace(value, weight=True)), "net.py:9", "", "",
        (Step("Dense/MatMul", "MatMul", 0.25),), {"b": 2}, Path("case"),
    )  # fmt: skip
    return Bisection("web", "the source", ("cpu", "wasm"), 1e-4, (found,))


def accuracy(classes: int = 3) -> Accuracy:
    """All of ten examples of each class right but one."""
    matrix = [[10 if label == given else 0 for given in range(classes)] for label in range(classes)]
    matrix[1][0], matrix[1][1] = 1, 9
    share = 1 - 1 / (10 * classes)
    shares = {"source": share, "wasm": share}
    matrices = dict.fromkeys(shares, tuple(map(tuple, matrix)))
    return Accuracy(10 * classes, "y", shares, {"wasm": 1.0}, matrices, {"wasm": 0.25})
