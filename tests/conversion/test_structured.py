"""Outputs by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import pytest

import totfjs
from totfjs.conversion.result import javascript_order
from totfjs.errors import UsageError


def keys(directory: Path) -> Any:
    return json.loads((directory / "model.json").read_text())["userDefinedMetadata"].get("structuredOutputKeys")


def test_keys_have_the_order_in_which_the_page_sees_the_outputs(tmp_path: Path) -> None:
    def several(x: Any) -> dict[str, Any]:
        return {"z": x, "10": x + 1, "2": x + 2, "a": x + 3}

    result = totfjs.convert(several, tmp_path / "web", inputs={"x": ("b",)}, structured_outputs=True)
    assert result.verification.passed
    assert keys(tmp_path / "web") == ["2", "10", "z", "a"]
    assert set(keys(tmp_path / "web")) == {tensor.name for tensor in result.outputs}


@pytest.mark.parametrize(
    ("names", "order"),
    [(["b", "a"], ["b", "a"]), (["b", "1", "0"], ["0", "1", "b"]), (["01", "1", "-1"], ["1", "01", "-1"])],
)
def test_numbers_come_first_in_javascript(names: list[str], order: list[str]) -> None:
    assert javascript_order(names) == order


def test_models_have_no_keys_unless_they_are_asked_for(tmp_path: Path) -> None:
    totfjs.convert(lambda x: x, tmp_path / "web", inputs={"x": (2,)}, verify="off")
    assert keys(tmp_path / "web") is None


def test_a_layers_model_has_none(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(UsageError, match="Only a graph model") as refused:
        totfjs.convert(model, tmp_path / "web", structured_outputs=True)
    assert "--to graph" in refused.value.remedy
