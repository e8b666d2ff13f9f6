"""TensorFlow.js in a real Firefox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.errors import EngineError
from totfjs.runtime import Engine, open_engine
from totfjs.runtime.browsers.find import find_browser


@pytest.fixture
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.delenv("TOTFJS_BROWSER", raising=False)
    if find_browser("firefox") is None:
        pytest.skip("Firefox is not installed")
    with open_engine("firefox") as engine:
        yield engine
    assert list(folder.iterdir()) == []


def dense(engine: Engine, backend: str) -> list[list[float]]:
    with engine.load(graphs.dense(), [graphs.dense_weights()], backend) as session:
        return list(session.execute({"x": np.array([[1, 2], [3, 4]], np.float32)})["out"].tolist())


def test_firefox_computes_on_processors(opened: Engine) -> None:
    for backend, threads in (("cpu", None), ("wasm", 1), ("wasm-threads", 2)):
        assert dense(opened, backend) == [[16, 29, 42], [22, 39, 56]]
        told = opened.surroundings(backend)
        assert "Firefox/" in told["agent"] and told.get("threads") == threads


def test_firefox_computes_on_a_gpu_or_says_that_it_has_none(opened: Engine) -> None:
    for backend, name in (("webgl", "WebGL"), ("webgpu", "WebGPU adapter")):
        try:
            assert dense(opened, backend) == [[16, 29, 42], [22, 39, 56]]
            assert opened.surroundings(backend)["device"]
        except EngineError as error:
            assert error.what == f"TensorFlow.js failed: this browser has no {name}."
            assert error.remedy.startswith("Use another backend, or another browser by TOTFJS_BROWSER")
