"""Layers models that the old package wrote become models of Keras 3."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import totfjs
from tests.compat import old
from totfjs.compat.converters import deserialize_keras_model, load_keras_keras_model, load_keras_model, save_keras_model
from totfjs.errors import MissingDependencyError, ModelFileError, TotfjsError, UsageError, WeightFileError

IMAGE = np.random.default_rng(0).normal(size=(2, 5, 5, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old.unpacked("models", tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def expected(models: Path) -> dict[str, np.ndarray]:
    """The weights that tf-keras wrote."""
    with h5py.File(models / "tiny.h5") as file:
        weights = file["model_weights"]
        return {f"{layer}/{name}": weights[layer][layer][f"{name}:0"][()]
                for layer in ("conv", "dense") for name in ("kernel", "bias")}  # fmt: skip


def check(model: Any, expected: dict[str, np.ndarray]) -> None:
    found = {weight.path.removeprefix("tiny/"): np.asarray(weight.value) for weight in model.weights}
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("load", [load_keras_model, load_keras_keras_model])
@pytest.mark.parametrize("case", ["layers", "layers-split", "layers-metadata", "layers-saved", "layers-keras"])
def test_a_model_beside_its_weights(load: Any, case: str, models: Path, expected: dict[str, np.ndarray]) -> None:
    check(load(str(models / case / "model.json")), expected)


def test_the_model_computes_what_the_page_computes(models: Path) -> None:
    model = load_keras_model(models / "layers/model.json")
    page = totfjs.run(models / "layers", {"conv_input": IMAGE})["dense"]
    np.testing.assert_allclose(np.asarray(model(IMAGE)), page, atol=1e-5)


def test_quantized_weights_are_those_of_the_page(models: Path) -> None:
    model = load_keras_model(models / "layers-uint8/model.json")
    page = totfjs.run(models / "layers-uint8", {"conv_input": IMAGE})["dense"]
    np.testing.assert_allclose(np.asarray(model(IMAGE)), page, atol=1e-5)


def test_weights_may_lie_elsewhere(models: Path, tmp_path: Path, expected: dict[str, np.ndarray]) -> None:
    (tmp_path / "model.json").write_bytes((models / "layers/model.json").read_bytes())
    check(load_keras_model(tmp_path / "model.json", weights_path_prefix=str(models / "layers")), expected)
    with pytest.raises(UsageError, match="no directory"):
        load_keras_model(tmp_path / "model.json", weights_path_prefix="/nowhere")
    with pytest.raises(WeightFileError):
        load_keras_model(tmp_path / "model.json")


def test_weights_may_be_in_memory(models: Path, expected: dict[str, np.ndarray]) -> None:
    """The old package looked for a directory all the same."""
    data = (models / "layers/group1-shard1of1.bin").read_bytes()
    for buffers in (data, [data], [bytearray(data[:100]), memoryview(data)[100:]]):
        check(load_keras_model(models / "layers/model.json", weights_data_buffers=buffers), expected)


def test_buffers_and_a_directory_exclude_each_other(models: Path) -> None:
    with pytest.raises(UsageError, match="mutually exclusive"):
        load_keras_model(models / "layers/model.json", weights_path_prefix=".", weights_data_buffers=[b""])


def test_without_weights_the_model_is_fresh(models: Path, tmp_path: Path, expected: dict[str, np.ndarray]) -> None:
    (tmp_path / "model.json").write_bytes((models / "layers/model.json").read_bytes())
    model = load_keras_model(tmp_path / "model.json", load_weights=False, use_unique_name_scope=True)
    assert model.name == "tiny" and model.count_params() == sum(array.size for array in expected.values())
    assert not np.allclose(np.asarray(model.weights[0].value), expected["conv/kernel"])


@pytest.mark.parametrize("form", [str, bytes, json.loads, io.StringIO])
def test_a_model_in_memory(form: Any, models: Path, expected: dict[str, np.ndarray]) -> None:
    text = (models / "layers/model.json").read_text()
    config = text.encode() if form is bytes else form(text)
    data = (models / "layers/group1-shard1of1.bin").read_bytes()
    check(deserialize_keras_model(config, [io.BytesIO(data)]), expected)


def test_a_model_in_memory_may_lack_weights(models: Path) -> None:
    assert deserialize_keras_model((models / "layers/model.json").read_text()).name == "tiny"
    with pytest.raises(UsageError, match="not a list"):
        deserialize_keras_model((models / "layers/model.json").read_text(), b"123")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "holds no JSON"),
        ("[]", "has no modelTopology"),
        ('{"weightsManifest": []}', "has no modelTopology"),
        ('{"modelTopology": {"node": []}}', "is a graph model"),
        ('{"modelTopology": {"class_name": "Sequential", "config": []}}', "has no weightsManifest"),
    ],
)
def test_what_is_no_layers_model_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelFileError, match=said):
        load_keras_model(tmp_path / "model.json")


@pytest.mark.parametrize("path", ["none.json", "."])
def test_the_path_is_that_of_the_json(path: str, tmp_path: Path) -> None:
    with pytest.raises(TotfjsError):
        load_keras_model(tmp_path / path)


def test_no_code_of_the_web_model_is_run(models: Path, tmp_path: Path) -> None:
    document = json.loads((models / "layers/model.json").read_text())
    layers = document["modelTopology"]["model_config"]["config"]["layers"]
    layers.append({"class_name": "Lambda", "config": {"name": "x", "function": ["4wEAAAA=", None, None]}})
    with pytest.raises(TotfjsError, match="Lambda"):
        deserialize_keras_model(document)
    with pytest.raises(TotfjsError, match="Lambda"):
        deserialize_keras_model(document, [(models / "layers/group1-shard1of1.bin").read_bytes()])


def test_without_keras_it_says_what_to_install(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingDependencyError, match="Keras cannot be imported") as missing:
        load_keras_model(models / "layers/model.json")
    assert "pip install keras" in missing.value.remedy


def test_without_a_backend_of_keras_it_says_which_to_choose(models: Path, tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("import no_such_backend")
    code = "import sys\nfrom totfjs.compat.converters import load_keras_model\nload_keras_model(sys.argv[1])"
    command = [sys.executable, "-c", code, str(models / "layers/model.json")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "MissingDependencyError" in done.stderr and "KERAS_BACKEND=jax" in done.stderr


def test_there_and_back_again(tmp_path: Path, models: Path, expected: dict[str, np.ndarray]) -> None:
    model = load_keras_model(models / "layers/model.json")
    save_keras_model(model, str(tmp_path / "web"), weight_shard_size_bytes=50)
    check(load_keras_model(tmp_path / "web/model.json"), expected)
