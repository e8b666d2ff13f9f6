"""TensorFlow.js in a real browser, on every backend that browsers have."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.runtime import open_engine


@pytest.mark.parametrize("backend", ["webgl", "webgpu", "wasm-threads"])
def test_backends_of_browsers_compute(backend: str) -> None:
    with open_engine("browser") as opened, opened.load(graphs.binary("AddV2"), [], backend) as session:
        x = np.arange(5, dtype=np.float32)
        assert session.execute({"x": x, "y": x})["z"].tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_a_browser_runs_the_backends_of_other_engines_too(backend: str) -> None:
    with open_engine("browser") as opened, opened.load(graphs.identity("int32"), [], backend) as session:
        assert session.execute({"x": np.array([3, -4], np.int32)})["y"].tolist() == [3, -4]
        assert opened.surroundings(backend)["engine"] == "browser"
