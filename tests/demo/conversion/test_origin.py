from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jax_to_tfjs_demo.conversion import Origin, origin_of
from jax_to_tfjs_demo.errors import DemoError

ORIGIN = Origin("jax_mnist", "JAX", "checkpoints/jax_mnist/3", 3, 0.99, "uint8", "mnist", 421_642, "ab12")


def written(directory: Path, metadata: Any) -> Path:
    (directory / "model.json").write_text(json.dumps({"userDefinedMetadata": metadata}), "utf-8")
    return directory


def test_a_web_model_says_where_it_came_from(tmp_path: Path) -> None:
    assert origin_of(written(tmp_path, ORIGIN.metadata())) == ORIGIN


def test_what_later_versions_say_besides_is_passed_over(tmp_path: Path) -> None:
    later = {"demo": {**ORIGIN.metadata()["demo"], "colour": "blue"}}
    assert origin_of(written(tmp_path, later)) == ORIGIN


@pytest.mark.parametrize("metadata", [{}, None, {"demo": "3"}, {"demo": {"model": "jax_mnist"}}, [1]])
def test_other_web_models_say_nothing(metadata: Any, tmp_path: Path) -> None:
    assert origin_of(written(tmp_path, metadata)) is None


def test_what_is_no_web_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="is no web model: it has no"):
        origin_of(tmp_path)
    with pytest.raises(DemoError, match="There is no") as refused:
        origin_of(tmp_path / "nowhere")
    assert "app convert" in refused.value.remedy
    (tmp_path / "model.json").write_text("{", "utf-8")
    with pytest.raises(DemoError, match="is not JSON"):
        origin_of(tmp_path)
