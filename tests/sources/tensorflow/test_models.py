"""Whole models that TensorFlow wrote, lowered without it, through real TensorFlow.js, against TensorFlow's results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.graph.ops.harness import assert_close, run
from tests.sources.tensorflow.models import Model, models
from totfjs.graph.encode import distinct
from totfjs.passes import optimize


@pytest.mark.parametrize("made", models(), ids=str)
def test_a_model_computes_in_tensorflow_js_what_tensorflow_computes(engine: Any, made: Model, tmp_path: Path) -> None:
    source = made.open(tmp_path)
    graph = distinct(optimize(source.graph()))
    fed, expected = made.inputs(source), made.outputs(source)
    for backend in ("cpu", "wasm"):
        found = run(engine, graph, fed, backend)
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert_close(found[name], value, 1e-5, accumulates=True)
