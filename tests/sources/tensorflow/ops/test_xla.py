"""SavedModels with functions of JAX in them, through real TensorFlow.js, against what TensorFlow computed."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import assert_close, run
from totfjs.errors import MissingDependencyError, TotfjsError
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.sources.tensorflow import load

FOLDER = Path(__file__).parents[3] / "fixtures" / "tensorflow" / "xla"
CONVERTED = ("dense", "platforms", "image", "scan", "spectrum")


def unpacked(name: str, place: Path) -> Any:
    """A SavedModel, its input and its outputs."""
    with zipfile.ZipFile(FOLDER / f"{name}.zip") as archive:
        archive.extractall(place)
        with np.load(io.BytesIO(archive.read("reference.npz"))) as stored:
            return load(place), dict(stored)


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize("name", CONVERTED)
def test_a_function_of_jax_computes_what_tensorflow_computes(
    name: str, backend: str, engine: Any, tmp_path: Path
) -> None:
    model, arrays = unpacked(name, tmp_path)
    found = run(engine, distinct(optimize(model.graph())), {"x": arrays.pop("x")}, backend)
    assert set(found) == set(arrays)
    for key, value in arrays.items():
        assert_close(found[key], value, 1e-5, accumulates=True)


def test_nodes_and_weights_have_the_names_of_the_model(tmp_path: Path) -> None:
    model, _ = unpacked("dense", tmp_path)
    assert {"hidden/MatMul", "hidden/Tanh", "Variable", "Softmax"} <= set(model.graph().nodes)


def test_a_module_that_calls_tensorflow_is_refused(tmp_path: Path) -> None:
    model, _ = unpacked("calls_back", tmp_path)
    with pytest.raises(TotfjsError, match=r"tf\.call_tf_function(?s:.*)fix: Convert the JAX function itself"):
        model.graph()


def test_a_function_of_jax_needs_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = unpacked("dense", tmp_path)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(MissingDependencyError, match="holds a function of JAX, and reading it needs JAX"):
        model.graph()
