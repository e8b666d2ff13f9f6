"""A debugging aid: does a pass leave the meaning of a graph alone?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret

# Of the largest value of an output.
TOLERANCE = 1e-5


def check_same(before: Graph, after: Graph, inputs: Mapping[str, np.ndarray], step: str = "a pass") -> None:
    """Raises AssertionError, which names the step and the output, unless both graphs compute the same in numpy."""
    assert list(before.inputs) == list(after.inputs), f"{step} changed the inputs"
    assert list(before.outputs) == list(after.outputs), f"{step} changed the outputs"
    expected, actual = interpret(before, inputs), interpret(after, inputs)
    for name, value in expected.items():
        assert before.type(before.outputs[name]) == after.type(after.outputs[name]), (
            f"{step} changed the type of {name}"
        )
        difference = _difference(np.asarray(actual[name]), np.asarray(value))
        assert difference <= TOLERANCE, f"{step} changed {name} by {difference:.3g} of its largest value"


def _difference(actual: np.ndarray, expected: np.ndarray) -> float:
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return float("inf")
    if expected.dtype.kind not in "fc":
        return 0.0 if np.array_equal(actual, expected) else float("inf")
    finite = np.isfinite(expected)
    if not np.array_equal(actual[~finite], expected[~finite], equal_nan=True) or not np.isfinite(actual[finite]).all():
        return float("inf")
    scale = max(float(np.abs(expected[finite]).max(initial=0)), float(np.finfo(np.float32).tiny))
    return float(np.abs(actual[finite] - expected[finite]).max(initial=0)) / scale
