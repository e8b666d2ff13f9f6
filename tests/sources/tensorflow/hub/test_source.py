"""Modules that tensorflow_hub wrote, through real TensorFlow.js."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from tests.graph.ops.harness import run
from tests.sources.tensorflow.hub.server import Server
from totfjs.errors import SourceError, UsageError
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.sources.resolve import open_source

FOLDER = Path(__file__).parents[3] / "fixtures" / "tensorflow" / "hub"
FIRST, SECOND, UNSIGNED = (FOLDER / f"{name}.tar.gz" for name in ("first", "second", "unsigned"))
X = np.arange(8, dtype=np.float32).reshape(2, 4) / 4
Y = np.maximum(X @ (np.arange(12, dtype=np.float32).reshape(4, 3) / 8) - 1, 0)


def results(engine: Any, model: Any, backend: str) -> dict[str, np.ndarray]:
    """What TensorFlow.js computes of the model for X."""
    (name,) = model.inputs
    return run(engine, distinct(optimize(model.graph())), {name: X}, backend)


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_the_default_signature_of_a_first_module_is_its_graph_for_inference(engine: Any, backend: str) -> None:
    np.testing.assert_allclose(results(engine, open_source(FIRST), backend)["default"], Y, 1e-6)


def test_another_signature_and_other_tags_of_a_first_module_may_be_chosen(engine: Any) -> None:
    found = results(engine, open_source(FIRST, signature="both"), "cpu")
    np.testing.assert_allclose(found["sum"], Y.sum(-1), 1e-6)
    with pytest.raises(UsageError, match="has no graph with the tags gpu"):
        open_source(FIRST, tags=("gpu",))
    with pytest.raises(UsageError, match="has no signature 'other'"):
        open_source(FIRST, signature="other")


def test_a_second_module_is_asked_by_its_address(engine: Any, server: Server) -> None:
    url = server.answer("/publisher/second/1", SECOND.read_bytes(), Content_Type="application/tar+gzip")
    found = results(engine, open_source(url), "cpu")
    assert list(found) == ["sum", "y"]
    np.testing.assert_allclose(found["y"], Y, 1e-6)


def test_a_module_has_its_own_weights() -> None:
    with pytest.raises(UsageError, match="it has its own weights"):
        open_source(SECOND, weights={})


def test_a_module_without_signatures_says_what_to_do() -> None:
    with pytest.raises(SourceError, match="has no signature"):
        open_source(UNSIGNED)


def test_a_conversion_tells_how_far_the_module_is(server: Server, tmp_path: Path) -> None:
    url = server.answer("/publisher/second/1", SECOND.read_bytes(), Content_Type="application/tar+gzip")
    told: list[tuple[str, int, int]] = []
    totfjs.convert(url, tmp_path / "web", verify="off", progress=lambda *step: told.append(step))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[:3] == ["reading", "downloading", "unpacking"]
