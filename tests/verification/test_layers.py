"""A layers model is verified and described, also where its inputs and outputs have other names than the source's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

import totfjs
from tests.sources.keras.row import randomised

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


def model() -> Any:
    given = keras.Input((4,), name="my input")
    hidden = layers.Dense(3, activation="hard_silu", name="first")(given)
    return randomised(keras.Model(given, {"b": layers.Dense(2, name="last")(hidden), "a": hidden}))


@pytest.mark.parametrize("quantize", [None, "uint8"])
def test_convert_proves_a_layers_model(tmp_path: Path, quantize: str | None) -> None:
    result = totfjs.convert(model(), tmp_path / "web", quantize=quantize)
    assert result.target == "layers"
    assert result.verification.passed
    assert {row.output for row in result.verification.rows} == {"a", "b"}


def test_a_layers_model_is_verified_against_its_source_and_against_itself(tmp_path: Path) -> None:
    made = model()
    made.save(tmp_path / "model.keras")
    totfjs.convert(made, tmp_path / "web", verify="off")
    assert totfjs.verify(tmp_path / "web", against=tmp_path / "model.keras").passed
    assert totfjs.verify(tmp_path / "web").passed
    other = model()
    other.layers[-1].bias.assign([5.0, 5.0])
    assert not totfjs.verify(tmp_path / "web", against=other).passed


def test_a_layers_model_is_described_by_its_layers(tmp_path: Path) -> None:
    totfjs.convert(model(), tmp_path / "web", verify="off")
    described = totfjs.inspect(tmp_path / "web")
    assert described.inputs == {"my_input": "float32[b,4]"}
    assert described.outputs == {"first_activation": "float32[b,3]", "last": "float32[b,2]"}
    assert [row.kind for row in described.layers][:2] == ["InputLayer", "Dense"]
    assert "last" in str(described)
    assert "Dense" in str(described)
