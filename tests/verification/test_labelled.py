from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.verification.models import GraphSource, write
from totfjs.errors import UsageError
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType, TensorType
from totfjs.verification import verify
from totfjs.verification.labelled import accuracy, labels_for, most_confused

b = symbol("b")
LOGITS = TensorType(DType.FLOAT32, (b, 3))


def classifier(batch: Any = b) -> Graph:
    """Which of three entries is the largest."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (batch, 3))
    return distinct(builder.build({"logits": x * builder.const(np.float32(2))}))


@pytest.mark.parametrize("labels", [[0, 2], [[0], [2]], [0.0, 2.0], np.eye(3)[[0, 2]]])
def test_labels_are_classes_or_one_hot(labels: Any) -> None:
    found = labels_for({"logits": LOGITS, "text": TensorType(DType.STRING, (b,))}, np.asarray(labels), 2)
    assert (found.output, found.classes.tolist()) == ("logits", [0, 2])


@pytest.mark.parametrize(
    ("outputs", "labels", "text"),
    [
        ({"a": LOGITS, "b": LOGITS}, np.zeros(2), "2 of a, b may be it"),
        ({"a": TensorType(DType.FLOAT32, (b, 3, 3))}, np.zeros(2), "0 of a may be it"),
        ({"a": LOGITS}, np.zeros(3), "which are not 2 classes"),
        ({"a": LOGITS}, np.array(["cat", "dog"]), "which are not 2 classes"),
        ({"a": LOGITS}, np.array([0.5, 1]), "not all numbers of classes"),
        ({"a": LOGITS}, np.array([-1, 1]), "not all numbers of classes"),
    ],
)
def test_labels_that_say_no_class_are_refused(outputs: Mapping[str, TensorType], labels: np.ndarray, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        labels_for(outputs, labels, 2)


@pytest.mark.parametrize(
    ("output", "classes"),
    [
        (np.array([[0.1, 0.9], [3, 1]], np.float32), [1, 0]),
        (np.array([[0.4], [0.6]], np.float32), [0, 1]),
        (np.array([[-0.4], [1.6]], np.float32), [0, 1]),
        (np.array([1, 0], np.int32), [1, 0]),
        (np.array([True, False]), [1, 0]),
    ],
)
def test_an_output_says_a_class(output: np.ndarray, classes: list[int]) -> None:
    kind = TensorType(DType.FLOAT32, (b, 2))
    found = accuracy(labels_for({"y": kind}, np.array(classes), 2), {"cpu": {"y": output}}, None)
    assert found is not None
    assert found.share == {"cpu": 1.0}


def test_accuracy_agreement_and_confusion_are_counted() -> None:
    labels = labels_for({"logits": LOGITS}, np.array([0, 1, 2, 2]), 4)
    source, backend = np.eye(3)[[0, 1, 2, 0]], np.eye(3)[[0, 1, 0, 0]]
    found = accuracy(labels, {"wasm": {"logits": backend}}, {"logits": source})
    assert found is not None
    assert found.share == {"source": 0.75, "wasm": 0.5}
    assert found.agreement == {"wasm": 0.75}
    assert found.max_abs_error == found.json()["max_abs_error"] == {"wasm": 1.0}
    assert found.confusion["wasm"] == ((1, 0, 0), (0, 1, 0), (2, 0, 0))
    assert list(most_confused(found.confusion["wasm"])) == [(2, 0, 2)]
    assert found.json()["confusion"]["source"] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]


@pytest.mark.parametrize(
    ("backend", "error"), [([1.0, np.inf, np.nan], 0.0), ([1.5, np.inf, np.nan], 0.5), ([1.0, 2.0, 3.0], np.inf)]
)
def test_the_largest_error_is_infinite_where_a_number_is_missing(backend: list[float], error: float) -> None:
    outputs, source = np.array([backend], np.float32), np.array([[1, np.inf, np.nan]], np.float32)
    found = accuracy(labels_for({"y": LOGITS}, np.array([1]), 1), {"cpu": {"y": outputs}}, {"y": source})
    assert found is not None
    assert found.max_abs_error == {"cpu": error}


def test_the_most_confused_come_first() -> None:
    matrix = ((5, 1, 0), (3, 5, 2), (0, 0, 5))
    assert list(most_confused(matrix, 2)) == [(1, 0, 3), (1, 2, 2)]


@pytest.mark.parametrize("batch", [b, 4])
def test_a_labelled_dataset_runs_in_batches(batch: Any, tmp_path: Path, engine: Any) -> None:
    directory = write(classifier(batch), tmp_path / "web")
    x = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)
    labels = x.argmax(-1)
    labels[0] = (labels[0] + 1) % 3
    reported: list[tuple[str, int, int]] = []
    found = verify(
        directory, labelled={"x": x, "labels": labels}, batch_size=4, engine=engine,
        progress=lambda *step: reported.append(step),
    )  # fmt: skip
    assert found.passed
    assert found.accuracy is not None
    assert found.accuracy.share == {"cpu": 0.9, "wasm": 0.9}
    assert found.accuracy.agreement == {}
    assert ("running on wasm", 4, 10) in reported
    assert found.json()["accuracy"]["examples"] == 10


def test_the_source_classifies_the_examples_too_and_has_to_give_the_same_numbers(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write(classifier(), tmp_path / "web")
    x = np.eye(3, dtype=np.float32)
    for wrong in (0.0, 5.0):
        source = GraphSource(classifier(), wrong=wrong * np.array([0.0, 0.0, 1.0], np.float32))  # type: ignore[arg-type]
        monkeypatch.setattr("totfjs.verification.against.open_source", lambda *_, source=source, **__: source)
        found = verify(directory, "a source", labelled={"x": x, "labels": np.arange(3)}, backends="cpu", engine=engine)
        assert found.accuracy is not None
        assert found.passed is (wrong == 0)
        assert {row.sizes["b"] for row in found.rows} == {1, 2, 3}
        assert found.accuracy.share == {"source": 1.0 if wrong == 0 else pytest.approx(1 / 3), "cpu": 1.0}
        assert found.accuracy.agreement == {"cpu": found.accuracy.share["source"]}
