"""What is told of SavedModels and frozen graphs."""

from __future__ import annotations

import json
from pathlib import Path

from tests.sources.tensorflow.reading.models import unpacked
from totfjs.inspection import inspect
from totfjs.inspection.tensorflow import TensorFlowInfo


def described(path: Path) -> TensorFlowInfo:
    found = inspect(path)
    assert isinstance(found, TensorFlowInfo)
    return found


def test_signatures_are_shown_with_their_ops_and_variables(tmp_path: Path) -> None:
    found = described(unpacked("two", tmp_path))
    assert found.version == "2.19.1"
    assert list(found.signatures) == ["other", "serving_default"]
    shown = found.signatures["serving_default"]
    assert shown.inputs == {"zebra": "float32[?, 3]", "apple": "float32[?, 4]"}
    assert (shown.ops["MatMul"], shown.unknown) == (1, ())
    assert {weight.name: weight.bytes for weight in found.weights} == {"weight": 48, "bias": 16}
    text = str(found)
    assert "SavedModel, written by TensorFlow 2.19.1" in text
    assert "16 parameters in 2 variables, 64 bytes" in text
    assert json.dumps(found.json())


def test_tags_and_assets_are_shown(tmp_path: Path) -> None:
    assert "tags serve; gpu,serve" in str(described(unpacked("tf1", tmp_path)))
    assert "assets words.txt" in str(described(unpacked("assets", tmp_path)))


def test_a_frozen_graph_has_one_signature(tmp_path: Path) -> None:
    for name in ("graph.pb", "graph.pbtxt"):
        found = described(unpacked("frozen", tmp_path) / name)
        assert (found.format, list(found.signatures)) == ("frozen graph", ["graph"])
        assert found.signatures["graph"].ops["Softmax"] == 1
