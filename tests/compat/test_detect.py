"""What a path looks like in the old package's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat import old
from totfjs.compat.detect import detected


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old.unpacked("models", tmp_path_factory.mktemp("old"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tiny.h5", "keras"),
        ("tiny.keras", "keras_keras"),
        ("keras_saved", "keras_saved_model"),
        ("saved", "tf_saved_model"),
        ("saved/saved_model.pb", "tf_saved_model"),
        ("module", "tf_saved_model"),
        ("frozen.pb", "tf_frozen_model"),
        ("layers", "tfjs_layers_model"),
        ("layers/model.json", "tfjs_layers_model"),
        ("layers-weights", "tfjs_layers_model"),
        ("graph", "tfjs_graph_model"),
        ("labels.json", None),
        ("none.h5", None),
    ],
)
def test_models_are_told_apart(path: str, expected: str | None, models: Path) -> None:
    assert detected(str(models / path)) == expected


@pytest.mark.parametrize("address", ["https://tfhub.dev/google/x/1", "http://127.0.0.1/x"])
def test_addresses_are_those_of_modules(address: str) -> None:
    assert detected(address) == "tf_hub"


@pytest.mark.parametrize("text", ["[", "[]", "\x00"])
def test_a_json_that_is_no_model_looks_like_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(text)
    assert detected(str(tmp_path)) is None


def test_a_module_without_its_graph_is_one_of_hub(tmp_path: Path) -> None:
    (tmp_path / "tfhub_module.pb").touch()
    assert detected(str(tmp_path)) == "tf_hub"
