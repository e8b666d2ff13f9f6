"""JSON of Keras files."""

from __future__ import annotations

from pathlib import Path

import pytest

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading.configuration import parse_model, parse_object

PATH = Path("model.keras")


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, "ü"]}', '{"a": [1, 2.5, null, "ü"]}'.encode()])
def test_an_object_is_plain_values(text: str | bytes) -> None:
    assert parse_object(PATH, "it", text) == {"a": [1, 2.5, None, "ü"]}


def test_infinity_may_be_an_argument_of_a_layer() -> None:
    assert parse_object(PATH, "it", '{"low": -Infinity}') == {"low": float("-inf")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": NaN}', "it holds NaN"),
        ('{"a": 1, "a": 2}', "a name is there twice"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": 1', "is not JSON"),
        ("", "is not JSON"),
        ("3", "is not a JSON object"),
        (b"\xff", "is not UTF-8"),
        ('{"a":' * 151 + "{}" + "}" * 151, "is nested deeper than 150 levels"),
    ],
)
def test_what_is_wrong_is_told(text: str | bytes, reason: str) -> None:
    with pytest.raises(KerasFileError, match=f"model.keras is .*: it.*{reason}|{reason}"):
        parse_object(PATH, "it", text)


def test_a_sequential_of_keras_1_has_a_list_for_its_config() -> None:
    model = parse_model(PATH, "it", '{"class_name": "Sequential", "config": []}')
    assert model["config"] == []


@pytest.mark.parametrize("text", ["{}", '{"class_name": "A"}', '{"class_name": 1, "config": {}}', '{"config": {}}'])
def test_a_model_has_a_class_and_a_config(text: str) -> None:
    with pytest.raises(KerasFileError, match="it is no model"):
        parse_model(PATH, "it", text)
