"""Models of TensorFlow through the functions of the old package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import totfjs
from tests.compat import old
from totfjs.compat.converters import (
    convert_keras_model_to_graph_model,
    convert_tf_frozen_model,
    convert_tf_hub_module,
    convert_tf_saved_model,
    tf_saved_model_conversion_v2,
)
from totfjs.errors import TotfjsError, UsageError

X = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old.unpacked("models/saved", tmp_path_factory.mktemp("old"))


def metadata(directory: Path) -> Any:
    return json.loads((directory / "model.json").read_text())["userDefinedMetadata"]


@pytest.mark.parametrize("convert", [convert_tf_saved_model, convert_tf_hub_module])
def test_a_saved_model_computes_what_the_old_output_computes(convert: Any, saved: Path, tmp_path: Path) -> None:
    result = convert(str(saved), str(tmp_path / "web"))
    assert result.verification.passed
    theirs = totfjs.run(old.unpacked("models/graph", tmp_path), {"x": X})
    ours = totfjs.run(tmp_path / "web", {"x": X})
    for name in ("best", "logits"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-5)


def test_all_options_at_once(saved: Path, tmp_path: Path) -> None:
    result = convert_tf_saved_model(
        str(saved), str(tmp_path / "web"), "serving_default", "serve", {"float16": "*"}, True, True, True, 8, True,
        True, {"labels": [1]},
    )  # fmt: skip
    found = metadata(tmp_path / "web")
    assert found["labels"] == [1] and set(found["structuredOutputKeys"]) == {"best", "logits"}
    assert len(result.files) > 2


@pytest.mark.parametrize(
    ("options", "said"), [({"signature_def": "other"}, "other"), ({"saved_model_tags": "gpu"}, "gpu")]
)
def test_what_the_model_does_not_have_is_refused(options: Any, said: str, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(TotfjsError, match=said):
        convert_tf_saved_model(str(saved), str(tmp_path / "web"), **options)


@pytest.mark.parametrize("names", ["Identity_1, Identity", ["Identity_1", "Identity"]])
def test_a_frozen_graph_has_the_outputs_that_are_named(names: Any, tmp_path: Path) -> None:
    frozen = old.unpacked("models/frozen.pb", tmp_path)
    result = convert_tf_frozen_model(str(frozen), names, str(tmp_path / "web"), metadata={"a": 1})
    assert result.verification.passed
    assert [tensor.name for tensor in result.outputs] == ["Identity_1", "Identity"]
    theirs = totfjs.run(old.unpacked("models/graph", tmp_path), {"x": X})
    np.testing.assert_allclose(totfjs.run(tmp_path / "web", {"x": X})["Identity_1"], theirs["logits"], atol=1e-5)
    assert metadata(tmp_path / "web")["a"] == 1


def test_no_frozen_graph_is_written(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No frozen TensorFlow graph"):
        convert_tf_saved_model(str(saved), str(tmp_path / "web"), frozen_graph_dir=str(tmp_path))


def test_a_keras_model_of_this_process_becomes_a_graph(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
    result = convert_keras_model_to_graph_model(
        model, str(tmp_path / "web"), quantization_dtype_map={"uint16": True}, metadata={"a": 1}
    )
    assert result.target == "graph" and result.verification.passed
    assert metadata(tmp_path / "web")["a"] == 1
    found = totfjs.run(tmp_path / "web", {result.inputs[0].name: X})[result.outputs[0].name]
    np.testing.assert_allclose(found, np.asarray(model(X)), atol=1e-3)


@pytest.mark.parametrize("convert", [convert_tf_hub_module, tf_saved_model_conversion_v2.convert_tf_hub_module_v1])
def test_a_module_of_the_first_version(convert: Any, tmp_path: Path) -> None:
    module = old.unpacked("models/module", tmp_path)
    result = convert(str(module), str(tmp_path / "web"), quantization_dtype_map={"float16": True})
    assert result.verification.passed
    assert [str(tensor) for tensor in (*result.inputs, *result.outputs)] == ["x: float32[b, 3]", "y: float32[b, 4]"]
