"""Every op fixture: what TensorFlow wrote, through real TensorFlow.js, against what TensorFlow computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import assert_close, run
from tests.sources.tensorflow.fixture import Fixture, fixtures
from totfjs.errors import TotfjsError
from totfjs.graph.encode import distinct
from totfjs.graph.ops import BACKENDS
from totfjs.passes import optimize


@pytest.mark.parametrize("fixture", fixtures(), ids=str)
def test_a_graph_computes_in_tensorflow_js_what_tensorflow_computes(engine: Any, fixture: Fixture) -> None:
    if fixture.refused:
        with pytest.raises(TotfjsError, match=fixture.refused):
            fixture.model().graph(BACKENDS)
        return
    model = fixture.model()
    graph = model.graph(BACKENDS)
    fed, expected = fixture.inputs(), fixture.outputs()
    compare(model.evaluate(fed), expected, fixture.tolerance)
    optimised = distinct(optimize(graph))
    for backend in ("cpu", "wasm"):
        compare(run(engine, optimised, fed, backend), expected, fixture.tolerance)


def compare(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    """Holds each output against what TensorFlow gave."""
    assert list(actual) == list(expected)
    for name, value in expected.items():
        assert_close(actual[name], value, tolerance, accumulates=True)
