"""Vocabularies as files of Keras 3 hold them; Keras itself needs TensorFlow for these layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import run
from totfjs.errors import UnsupportedError
from totfjs.passes import optimize
from totfjs.sources.keras import opened
from totfjs.sources.keras.reading.saved import Nested, Saved
from totfjs.sources.keras.source import KerasModel
from totfjs.weights.array import as_array

ANIMALS = ["cat", "dog", "owl"]
ASKED = np.array([["dog", "fish", "cat", "dog"], ["", "owl", "ant", "owl"]], object)
NUMBERS = np.int32([[12, 5, -7, 12], [0, 36, 9, 36]])


def model(kind: str, shape: list[int], dtype: str, assets: dict[str, bytes] | None = None, **config: Any) -> KerasModel:
    """A model of one layer, read from what an archive of Keras 3 holds."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": shape, "keras_history": ["words", 0, 0]}}
    weights = config.pop("weights", {})
    layers = [
        {"class_name": "InputLayer", "config": {"name": "words", "batch_shape": [None, *shape], "dtype": dtype},
         "name": "words", "inbound_nodes": []},
        {"class_name": kind, "module": "keras.layers", "registered_name": None, "config": {"name": "lookup", **config},
         "name": "lookup", "inbound_nodes": [{"args": [tensor], "kwargs": {}}]},
    ]  # fmt: skip
    functional = {"name": "model", "layers": layers, "input_layers": ["words", 0, 0], "output_layers": ["lookup", 0, 0]}
    document = {"class_name": "Functional", "config": functional}
    saved = Saved(Path("model.keras"), "Keras 3 archive", "3.15.1", document, None, Nested(weights), (), assets or {})
    return opened(saved)


def result(engine: Any, keras: KerasModel, asked: np.ndarray, backend: str) -> np.ndarray:
    return next(iter(run(engine, optimize(keras.graph([backend])), {"words": asked}, backend).values()))


STRINGS: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, [[2, 0, 1, 2], [0, 3, 0, 3]]),
    ({"mask_token": ""}, [[3, 1, 2, 3], [0, 4, 1, 4]]),
    ({"vocabulary": ["[UNK]", *ANIMALS]}, [[2, 0, 1, 2], [0, 3, 0, 3]]),
    ({"vocabulary": ["", "[UNK]", *ANIMALS], "mask_token": ""}, [[3, 1, 2, 3], [0, 4, 1, 4]]),
    ({"num_oov_indices": 0}, [[1, -1, 0, 1], [-1, 2, -1, 2]]),
    ({"output_mode": "multi_hot"}, [[1, 1, 1, 0], [1, 0, 0, 1]]),
    ({"output_mode": "count"}, [[1, 1, 2, 0], [2, 0, 0, 2]]),
    ({"output_mode": "count", "mask_token": ""}, [[1, 1, 2, 0], [1, 0, 0, 2]]),
    ({"output_mode": "count", "num_oov_indices": 0}, [[1, 2, 0], [0, 0, 2]]),
    (
        {"output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True},
        [[1, 1, 2, 0, 0, 0], [2, 0, 0, 2, 0, 0]],
    ),
    ({"output_mode": "tf_idf", "idf_weights": [1.0, 2.0, 6.0]}, [[3, 1, 4, 0], [6, 0, 0, 12]]),
    (
        {"output_mode": "tf_idf", "weights": {"layers/string_lookup/vars/idf_weights": np.float32([2, 1, 1, 3])}},
        [[2, 1, 2, 0], [4, 0, 0, 6]],
    ),
]


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize(("config", "expected"), STRINGS)
def test_words_are_looked_up(engine: Any, backend: str, config: dict[str, Any], expected: list[Any]) -> None:
    given = {"vocabulary": ANIMALS, **config}
    if "weights" in given:
        given["weights"] = {path: as_array(values) for path, values in given["weights"].items()}
    found = result(engine, model("StringLookup", [4], "string", **given), ASKED, backend)
    np.testing.assert_allclose(found, expected)


INTEGERS: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, [[1, 0, 0, 1], [0, 2, 0, 2]]),
    ({"mask_token": 0, "num_oov_indices": 3}, [[4, 3, 3, 4], [0, 5, 1, 5]]),
    ({"output_mode": "count"}, [[2, 2, 0], [2, 0, 2]]),
]


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize(("config", "expected"), INTEGERS)
def test_numbers_are_looked_up(engine: Any, backend: str, config: dict[str, Any], expected: list[Any]) -> None:
    keras = model("IntegerLookup", [4], "int64", **{"vocabulary": [12, 36], "oov_token": -1, **config})
    np.testing.assert_allclose(result(engine, keras, NUMBERS, backend), expected)


@pytest.mark.parametrize(("mask", "expected"), [(None, "[UNK] cat dog [UNK]"), ("", " [UNK] cat dog")])
def test_places_become_words_again(engine: Any, mask: str | None, expected: str) -> None:
    keras = model("StringLookup", [4], "int64", vocabulary=ANIMALS[:2], invert=True, mask_token=mask)
    found = result(engine, keras, np.int32([[0, 1, 2, 3]]), "cpu")
    assert " ".join(text if isinstance(text, str) else text.decode() for text in found[0]) == expected


def test_places_become_numbers_again(engine: Any) -> None:
    keras = model("IntegerLookup", [3], "int64", vocabulary=[12, 36], invert=True, mask_token=7, oov_token=-1)
    assert result(engine, keras, np.int32([[0, 2, 9]]), "wasm").tolist() == [[7, 12, -1]]


def test_the_vocabulary_of_an_adapted_layer_is_a_file_of_the_archive(engine: Any) -> None:
    files = {"layers/string_lookup/vocabulary.txt": b"[UNK]\ncat\n\xc3\xbc\n"}
    keras = model("StringLookup", [2], "string", files, vocabulary=None)
    assert result(engine, keras, np.array([["ü", "x"]], object), "cpu").tolist() == [[2, 0]]


@pytest.mark.parametrize(
    ("kind", "dtype", "config", "message"),
    [
        ("StringLookup", "string", {"vocabulary": None}, "does not hold its vocabulary"),
        ("StringLookup", "string", {"vocabulary": ANIMALS, "num_oov_indices": 2, "salt": [1, 2]}, "SipHash"),
        ("StringLookup", "string", {"vocabulary": ANIMALS, "output_mode": "count", "sparse": True}, "sparse tensors"),
        ("StringLookup", "string", {"vocabulary": ANIMALS, "output_mode": "tf_idf"}, "does not hold its idf_weights"),
        ("StringLookup", "int32", {"vocabulary": ANIMALS}, "does not write as text"),
        ("IntegerLookup", "int64", {"vocabulary": [2**40]}, "32 bits"),
        ("IntegerLookup", "int64", {"vocabulary": [2], "num_oov_indices": 2, "oov_method": "farmhash"}, "as text"),
        ("Hashing", "int64", {"num_bins": 4}, "as text"),
        ("Hashing", "string", {"num_bins": 4, "salt": 3}, "SipHash"),
        ("TextVectorization", "string", {"vocabulary": ANIMALS, "split": "character"}, "splits texts at bytes alone"),
        ("TextVectorization", "string", {"vocabulary": ANIMALS, "ngrams": 2}, "n-grams"),
        ("TextVectorization", "string", {"vocabulary": ANIMALS, "ragged": True}, "ragged tensors"),
        ("TextVectorization", "string", {"vocabulary": ANIMALS}, "not one for each item"),
        ("TextVectorization", "int32", {"vocabulary": ANIMALS}, "something else than text"),
    ],
)
def test_what_cannot_be_exact_is_refused(kind: str, dtype: str, config: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        model(kind, [4], dtype, **config).graph(["cpu"])


def test_words_that_have_no_place_are_told_in_a_note() -> None:
    keras = model("StringLookup", [4], "string", vocabulary=ANIMALS, num_oov_indices=0)
    keras.graph(["cpu"])
    assert any("not in its vocabulary gives -1 or nothing" in note for note in keras.notes)


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"output_sequence_length": 3}, [[2, 1, 4], [3, 0, 0], [0, 0, 0]]),
        ({}, [[2, 1, 4, 4], [3, 0, 0, 0], [0, 0, 0, 0]]),
        ({"output_mode": "count"}, [[1, 1, 0, 2], [0, 0, 1, 0], [0, 0, 0, 0]]),
    ],
)
def test_texts_are_split_at_spaces(engine: Any, backend: str, config: dict[str, Any], expected: list[Any]) -> None:
    keras = model("TextVectorization", [1], "string", vocabulary=ANIMALS, standardize=None, **config)
    texts = np.array([["cat ant\towl  owl"], [" dog\n"], [""]], object)
    np.testing.assert_allclose(result(engine, keras, texts, backend), expected)


@pytest.mark.parametrize(
    ("standard", "expected"),
    [("lower_and_strip_punctuation", [[2, 3]]), ("lower", [[2, 1]]), ("strip_punctuation", [[1, 3]])],
)
def test_texts_are_brought_to_a_standard(engine: Any, standard: str, expected: list[Any]) -> None:
    config = {"vocabulary": ANIMALS, "standardize": standard, "output_sequence_length": 2}
    keras = model("TextVectorization", [1], "string", **config)
    assert result(engine, keras, np.array([["CAT (d'o-g)!"]], object), "cpu").tolist() == expected
