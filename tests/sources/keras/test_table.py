"""Every row of the table: as a graph from its files, and as a layers model, through TensorFlow.js, against Keras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.graph.ops.harness import run
from tests.sources.keras.browser.exact import check_layers
from tests.sources.keras.row import Row, built, compare, outputs, table
from totfjs.errors import TotfjsError
from totfjs.graph.encode import distinct, programs
from totfjs.passes import optimize
from totfjs.sources.keras import load

# What Keras itself is warned of is not our concern.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning", "ignore:::keras", "ignore:Explicitly requested dtype int64"
)
BACKENDS = ("cpu", "wasm", "webgl", "webgpu")


@pytest.mark.parametrize("row", table(), ids=str)
def test_a_saved_model_computes_in_tensorflow_js_what_keras_computes(engine: Any, row: Row, tmp_path: Path) -> None:
    model = built(row)
    suffixes = (".keras", ".h5") if row.hdf5 else (".keras", ".keras")
    for suffix in suffixes:
        model.save(tmp_path / f"model{suffix}")
    if row.refused:
        with pytest.raises(TotfjsError, match=row.refused):
            load(tmp_path / "model.keras").graph(BACKENDS)
        return
    archive, hdf5 = (load(tmp_path / f"model{suffix}") for suffix in suffixes)
    graph = archive.graph(BACKENDS)
    assert json.dumps(programs(graph)) == json.dumps(programs(hdf5.graph(BACKENDS)))
    fed = dict(zip(archive.inputs, row.inputs, strict=True))
    results = outputs(model, row.inputs, row.eager)
    expected = dict(zip(graph.outputs, results, strict=True))
    compare(archive.evaluate(fed), expected, row.tolerance)
    compare(hdf5.evaluate(fed), expected, row.tolerance)
    optimised = distinct(optimize(graph))
    for backend in ("cpu", "wasm"):
        compare(run(engine, optimised, fed, backend), expected, row.tolerance)
    check_layers(engine, row, model, results, tmp_path)
