from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.verification.models import GraphSource, affine, write
from totfjs.errors import MissingDependencyError, ModelFileError, UsageError
from totfjs.verification import begin, plan, prove, verify


def test_a_right_model_is_proved_on_both_backends_and_two_batch_sizes(tmp_path: Path) -> None:
    graph = affine()
    chosen = plan("auto")
    found = prove(begin(chosen, GraphSource(graph), graph), write(graph, tmp_path / "web"))
    chosen.close()
    assert found.passed
    assert {(row.backend, row.sizes["b"]) for row in found.rows} == {(b, n) for b in ("cpu", "wasm") for n in (1, 2)}
    assert found.not_run == {name: f"needs a browser: --verify {name}" for name in ("webgl", "webgpu")}


def test_a_model_that_computes_something_else_is_not_proved(tmp_path: Path) -> None:
    graph = affine()
    chosen = plan("wasm")
    found = prove(begin(chosen, GraphSource(graph, wrong=0.5), graph), write(graph, tmp_path / "web"))
    chosen.close()
    assert found.passed is False
    assert found.max_abs_error == pytest.approx(0.5, abs=1e-6)


def test_a_quantized_model_is_held_against_its_own_weights_and_its_deviation_is_told(tmp_path: Path) -> None:
    graph = affine(scale=0.123456)
    directory = write(graph, tmp_path / "web", quantize={"shift": "uint8"})
    chosen = plan("cpu")
    found = prove(begin(chosen, GraphSource(graph, wrong=0.01), graph), directory, quantized=True)
    chosen.close()
    assert found.passed
    assert found.deviation == pytest.approx(0.01 / 2, rel=0.5)


def test_a_model_that_tensorflow_js_cannot_run_fails_its_proof(tmp_path: Path) -> None:
    directory = write(affine(), tmp_path / "web")
    document = json.loads((directory / "model.json").read_text())
    document["modelTopology"]["node"][-1]["op"] = "Cholesky"
    (directory / "model.json").write_text(json.dumps(document))
    chosen = plan("cpu")
    found = prove(begin(chosen, GraphSource(affine()), affine()), directory)
    chosen.close()
    assert found.passed is False
    assert "cannot be computed" in found.failures[0].reason
    assert "Cholesky" in found.failures[0].reason


def test_off_proves_nothing_and_says_so(tmp_path: Path) -> None:
    graph = affine()
    found = prove(begin(plan("off"), GraphSource(graph), graph), tmp_path)
    assert found.passed is None
    assert found.max_abs_error is None
    assert found.not_run == {"all": "verification is off"}


def test_a_costly_model_is_not_proved_by_itself_but_on_demand(tmp_path: Path) -> None:
    graph, costly = affine(), [{"b": 10**10}]
    assert plan("auto").affordable(graph, costly)[0] == ()
    assert plan("cpu,wasm").affordable(graph, costly) == (("cpu", "wasm"), {})
    middling, why = plan("auto").affordable(graph, [{"b": 10**8}])
    assert middling == ("wasm",)
    assert "million multiplications" in why["cpu"]


def test_wishes_that_cannot_be_met_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no backend 'gpu'"):
        plan("gpu")
    monkeypatch.setattr("totfjs.runtime.browsers.find.find_browsers", tuple)
    monkeypatch.delenv("TOTFJS_BROWSER", raising=False)
    with pytest.raises(MissingDependencyError, match="No browser is installed"):
        plan("webgl")


def test_verify_holds_backends_against_the_models_own_graph(tmp_path: Path, engine: object) -> None:
    found = verify(write(affine(), tmp_path / "web"), engine=engine)  # type: ignore[arg-type]
    assert found.passed
    assert found.against == "the model's own graph in numpy"


def test_verify_takes_recorded_pairs(tmp_path: Path, engine: object) -> None:
    directory = write(affine(), tmp_path / "web")
    x = np.ones((2, 3), np.float32)
    np.savez(tmp_path / "pairs.npz", x=x, y=x * 2 + np.arange(3))
    assert verify(directory, pairs=tmp_path / "pairs.npz", engine=engine).passed  # type: ignore[arg-type]
    assert not verify(directory, pairs={"x": x, "y": x}, engine=engine).passed  # type: ignore[arg-type]


def test_pairs_without_the_models_names_are_refused(tmp_path: Path, engine: object) -> None:
    directory = write(affine(), tmp_path / "web")
    with pytest.raises(UsageError, match="It has x: float32\\[b,3\\]; the arrays are image: float64\\[3\\]"):
        verify(directory, pairs={"image": np.ones(3), "y": np.ones(3)}, engine=engine)  # type: ignore[arg-type]


def test_a_pickled_npz_is_refused(tmp_path: Path, engine: object) -> None:
    directory = write(affine(), tmp_path / "web")
    np.savez(tmp_path / "pairs.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ModelFileError, match="not a readable"):
        verify(directory, pairs=tmp_path / "pairs.npz", engine=engine)  # type: ignore[arg-type]
