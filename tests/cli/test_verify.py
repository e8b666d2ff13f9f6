"""The flags of `totfjs verify`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.verification.models import affine, write
from totfjs.cli import main
from totfjs.runtime.model_files import read_model

X = np.random.default_rng(0).random((4, 3))
Y = X.astype(np.float32) * 2 + np.arange(3, dtype=np.float32)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web model, and pairs as guides save them."""
    monkeypatch.chdir(tmp_path)
    np.save("test_input.npy", X)
    np.save("expected_output.npy", Y)
    np.save("labels.npy", np.argmax(Y, axis=-1))
    np.savez("labelled.npz", x=X, labels=np.argmax(Y, axis=-1))
    np.save("wrong.npy", Y + np.array([0, 1, 0], np.float32))
    return write(affine(), tmp_path / "web")


def verify(*arguments: str) -> int:
    return main(["verify", *arguments, "--backends", "cpu"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["web", "--pairs", "test_input.npy", "expected_output.npy"],
        ["--pairs", "test_input.npy", "expected_output.npy", "web"],
        ["--pairs", ".", "web"],
    ],
)
def test_pairs_as_guides_save_them(arguments: list[str], directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "b=4" in lines[1]
    assert "  The input x is given as float64, and runs as float32." in lines
    assert lines[-1].startswith("verified on cpu against the given pairs")


@pytest.mark.parametrize(
    "arguments", [["--labelled", "labelled.npz"], ["--inputs", "test_input.npy", "--labels", "labels.npy"]]
)
def test_labelled_data(arguments: list[str], directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("web", *arguments, "--batch-size", "3", "--json") == 0
    found = json.loads(capsys.readouterr().out)["accuracy"]
    assert (found["examples"], found["share"]) == (4, {"cpu": 1.0})


def test_inputs_of_the_users_own(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("web", "--inputs", "test_input.npy", "--json") == 0
    assert [row["sizes"] for row in json.loads(capsys.readouterr().out)["rows"]] == [{"b": 4}]


def test_tolerances(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = ["web", "--pairs", "test_input.npy", "wrong.npy"]
    assert verify(*pairs) == 3
    assert verify(*pairs, "--tolerance", "0.5") == 0
    assert verify(*pairs, "--tolerance", "y=0.5", "--tolerance", "1e-6") == 0
    assert "tolerance 1e-06 of the largest value of an output; cpu 5e-01;" in capsys.readouterr().out


def test_runs_and_seed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("web", "--runs", "7", "--seed", "3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["timing"]["cpu"]["runs"] == 7


def test_a_report_is_written_also_of_a_failure(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("web", "--pairs", "test_input.npy", "wrong.npy", "--report", "report.html") == 3
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "the given pairs" in page


def test_bisect_names_a_node_on_failure(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = read_model(directory)
    shard = directory / document.json["weightsManifest"][0]["paths"][0]
    weights = np.fromfile(shard, np.float32)
    weights[weights == 2] = 3
    described = dict(document.json)
    described["userDefinedMetadata"] = {}
    (directory / "model.json").write_text(json.dumps(described))
    weights.tofile(shard)
    assert verify("web", "--pairs", "test_input.npy", "expected_output.npy", "--bisect", "--json") == 3
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False
    assert found["bisection"]


def test_bisect_is_quiet_when_all_is_right(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("web", "--bisect", "--json") == 0
    assert json.loads(capsys.readouterr().out)["bisection"] is None


def test_all_runs_what_can_run_and_tells_the_rest(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "web", "--backends", "all", "--engine", "mini-racer"]) == 0
    text = capsys.readouterr().out
    assert "not run: webgl: The engine mini-racer has no backend 'webgl'." in text
    assert text.splitlines()[-1].startswith("verified on cpu, wasm against")
