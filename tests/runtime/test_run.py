from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runtime import graphs
from totfjs.errors import ModelFileError
from totfjs.runtime import Engine, run_model

X = {"x": np.array([[1, 2]], np.float32)}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    model = graphs.dense()
    model["weightsManifest"][0]["paths"] = ["a.bin", "b.bin"]
    (tmp_path / "model.json").write_text(json.dumps(model))
    (tmp_path / "a.bin").write_bytes(graphs.dense_weights()[:20])
    (tmp_path / "b.bin").write_bytes(graphs.dense_weights()[20:])
    return tmp_path


def test_a_directory_runs(directory: Path, engine: Engine, backend: str) -> None:
    assert run_model(directory, X, backend=backend, engine=engine)["out"].tolist() == [[16, 29, 42]]


@pytest.mark.parametrize("told", [{"bytes": 20, "sha256": "00"}, {"bytes": 19, "sha256": "00"}, "nothing", {}])
def test_shards_are_those_that_model_json_tells_of(directory: Path, engine: Engine, told: Any) -> None:
    document = json.loads((directory / "model.json").read_text())
    document["userDefinedMetadata"] = {"totfjs": {"shards": {"a.bin": told}}}
    (directory / "model.json").write_text(json.dumps(document))
    if not isinstance(told, dict) or not told:
        assert run_model(directory, X, engine=engine)["out"].tolist() == [[16, 29, 42]]
        return
    reason = "its SHA-256 is another" if told["bytes"] == 20 else "has 20 bytes; 19 were written"
    with pytest.raises(ModelFileError, match=reason):
        run_model(directory, X, engine=engine)


def test_model_json_itself_runs_with_an_engine_of_its_own(directory: Path) -> None:
    assert run_model(directory / "model.json", X, ["xw"])["xw"].tolist() == [[6, 9, 12]]


def write(directory: Path, name: str, content: bytes) -> None:
    (directory / name).write_bytes(content)


DAMAGES = {
    "model.json": [
        (b"", "is not JSON"),
        (b"[]", "is not a TensorFlow.js model"),
        (b"{}", "is not a TensorFlow.js model"),
        (b"\xff\xfe", "is not JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a git-lfs pointer"),
        (b"\n<!DOCTYPE html><html></html>", "is an HTML page"),
    ],
    "b.bin": [
        (b"", "have 20 bytes; model.json expects 36"),
        (b"x" * 20, "have 40 bytes; model.json expects 36"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a git-lfs pointer"),
        (b"<html>404</html>", "is an HTML page"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "message"), [(name, *damage) for name, damages in DAMAGES.items() for damage in damages]
)
def test_damaged_files_are_named(directory: Path, engine: Engine, name: str, content: bytes, message: str) -> None:
    write(directory, name, content)
    with pytest.raises(ModelFileError, match=message) as refused:
        run_model(directory, X, engine=engine)
    assert str(directory) in refused.value.what
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("missing", "message"), [("model.json", "There is no web model at"), ("b.bin", "A weight shard is missing")]
)
def test_missing_files_are_named(directory: Path, engine: Engine, missing: str, message: str) -> None:
    (directory / missing).unlink()
    with pytest.raises(ModelFileError, match=message) as refused:
        run_model(directory, X, engine=engine)
    assert missing in refused.value.what


def test_shards_that_a_browser_would_misread_are_refused(directory: Path, engine: Engine) -> None:
    write(directory, "a.bin", graphs.dense_weights()[:10])
    write(directory, "b.bin", graphs.dense_weights()[10:])
    with pytest.raises(ModelFileError, match="the last one is larger than the others"):
        run_model(directory, X, engine=engine)


def test_shards_outside_of_the_directory_are_refused(directory: Path, engine: Engine) -> None:
    model = graphs.dense()
    model["weightsManifest"][0]["paths"] = ["../weights.bin"]
    write(directory, "model.json", json.dumps(model).encode())
    with pytest.raises(ModelFileError, match=r"names a shard outside of its directory: \.\./weights\.bin"):
        run_model(directory, X, engine=engine)
