"""What backends do to a verification: times, surroundings, missing kernels, and failures that stay their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.verification.models import affine, write
from totfjs.errors import EngineError, UsageError
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType
from totfjs.verification import verify
from totfjs.verification.measure import quantile
from totfjs.verification.tolerance import HALF


def spectrum() -> Graph:
    """A graph that wasm has no kernel for."""
    builder = Builder(("cpu",))
    x = builder.input("x", DType.COMPLEX64, (symbol("b"), 4))
    return distinct(builder.build({"y": builder.op("FFT", x)}))


class Engine:
    """Engines that are not here: each backend computes what it is told to, or fails as it is told to."""

    def __init__(self, real: Any, told: Mapping[str, Any], fault: Mapping[str, Exception]) -> None:
        self.real, self.told, self.fault = real, told, fault

    def warm(self, backend: str) -> None:
        """Nothing has to start."""

    def surroundings(self, backend: str) -> dict[str, Any]:
        if backend in self.fault:
            raise self.fault[backend]
        return {"engine": "browser", **self.told.get(backend, {})}

    @contextmanager
    def load(self, document: Any, shards: Any, backend: str) -> Iterator[Any]:
        assert iter(shards) is not shards, "a browser that died cannot be given the weights again"
        with self.real.load(document, shards, "cpu") as session:
            yield session


def test_a_missing_kernel_fails_by_the_node_that_needs_it_and_hides_no_other_backend(
    tmp_path: Path, engine: Any
) -> None:
    found = verify(write(spectrum(), tmp_path / "web"), backends="wasm,cpu", engine=engine)
    assert {row.backend: row.passed for row in found.rows} == {"wasm": False, "cpu": True}
    reason = found.failures[0].reason
    assert "cannot be computed: TensorFlow.js failed: Kernel 'Complex' not registered for backend 'wasm'" in reason
    assert "It is Placeholder 'x' on wasm: it has no complex numbers, and 1 more." in reason
    assert "Use another backend" in reason


def test_of_all_backends_those_that_cannot_run_here_are_told_and_fail_nothing(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {
        "webgl": EngineError("TensorFlow.js failed: this browser has no WebGL.", remedy="Use another."),
        "webgpu": EngineError("TensorFlow.js failed: this browser has no WebGPU adapter.", remedy="Use another."),
        "wasm-threads": UsageError("The engine node has no backend 'wasm-threads'.", remedy="Use another."),
    }
    found = verify(write(affine(), tmp_path / "web"), backends="all", engine=Engine(engine, {}, faults))  # type: ignore[arg-type]
    assert found.passed
    assert found.backends == ("cpu", "wasm")
    assert found.not_run["webgl"] == "TensorFlow.js failed: this browser has no WebGL. Use another."
    assert set(found.not_run) == set(faults)


def test_of_all_backends_one_that_fails_otherwise_fails(tmp_path: Path, engine: Any) -> None:
    faults = {"webgl": EngineError("TensorFlow.js failed: the shader does not compile.", remedy="Use another.")}
    found = verify(write(affine(), tmp_path / "web"), backends="all", engine=Engine(engine, {}, faults))  # type: ignore[arg-type]
    assert found.passed is False
    assert [row.backend for row in found.failures] == ["webgl"]
    assert not found.not_run


def test_a_backend_that_is_named_has_to_run(tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("totfjs.runtime.wanted.require_browser", lambda: None)
    faults = {"webgl": EngineError("TensorFlow.js failed: this browser has no WebGL.", remedy="Use another.")}
    found = verify(write(affine(), tmp_path / "web"), backends="webgl", engine=Engine(engine, {}, faults))  # type: ignore[arg-type]
    assert found.passed is False
    assert found.failures[0].reason == (
        "cannot be computed: TensorFlow.js failed: this browser has no WebGL. Use another."
    )


def test_textures_of_16_bit_floats_loosen_the_tolerance_of_that_backend_alone(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("totfjs.runtime.wanted.require_browser", lambda: None)
    half = Engine(engine, {"webgl": {"float32": False}}, {})
    x = np.ones((1, 3), np.float32)
    pairs = {"x": x, "y": (x * 2 + np.arange(3, dtype=np.float32)) * np.float32(1.01)}
    found = verify(write(affine(), tmp_path / "web"), pairs=pairs, backends="cpu,webgl", engine=half)  # type: ignore[arg-type]
    assert {row.backend: (row.passed, row.tolerance) for row in found.rows} == {
        "cpu": (False, 1e-4),
        "webgl": (True, HALF),
    }


@pytest.mark.parametrize("runs", [3, 1])
def test_as_many_inferences_are_timed_as_are_asked_for(runs: int, tmp_path: Path, engine: Any) -> None:
    timing = verify(write(affine(), tmp_path / "web"), backends="cpu", runs=runs, engine=engine).timing["cpu"]
    assert timing.runs == runs
    assert 0 <= timing.median <= timing.p95
    # those of its four weights at least, whatever ran in this engine before
    assert timing.tensors_bytes >= 16
    assert timing.load > 0


def test_nothing_is_timed_on_demand_and_a_few_are_by_default(tmp_path: Path, engine: Any) -> None:
    directory = write(affine(), tmp_path / "web")
    assert verify(directory, backends="cpu", runs=0, engine=engine).timing == {}
    found = verify(directory, backends="cpu", engine=engine)
    assert found.timing["cpu"].runs >= 1
    assert found.milliseconds["cpu"] == found.timing["cpu"].median
    assert found.environment["cpu"]["engine"] == engine.name
    assert "tfjs-core" in found.environment["cpu"]["versions"]


def testquantiles_are_those_of_numpy() -> None:
    for numbers in ([3.0], [1.0, 4.0], [0.5, 1.0, 2.0, 9.0], list(np.random.default_rng(0).random(37))):
        for share in (0.5, 0.95):
            assert quantile(sorted(numbers), share) == pytest.approx(np.quantile(numbers, share))
