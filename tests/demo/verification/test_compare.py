from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jax_to_tfjs_demo.conversion import Origin, convert, count, fingerprint
from jax_to_tfjs_demo.data import Dataset, digits, scaled
from jax_to_tfjs_demo.models import find
from jax_to_tfjs_demo.verification import compare, compared

MODEL = find("jax")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    whole = digits.read()
    few = {name: getattr(whole, name)[:48] for name in ("train_images", "train_labels", "test_images", "test_labels")}
    return Dataset(name="few", classes=whole.classes, **few)


@pytest.fixture(scope="module")
def params() -> Mapping[str, Any]:
    return MODEL.init(3)


def origin(params: Mapping[str, Any], name: str = "none") -> Origin:
    return Origin("jax_mnist", "JAX", "c/1", 1, None, name, "few", count(params), fingerprint(params))


def test_source_and_web_model_are_counted_on_all_test_images(
    dataset: Dataset, params: Mapping[str, Any], tmp_path: Path
) -> None:
    convert(MODEL, params, tmp_path / "web", origin(params), verify="off")
    heard: list[str] = []
    found = compare(
        tmp_path / "web", MODEL, params, dataset,
        backends=("cpu", "wasm"), report=lambda stage, done, total: heard.append(stage),
    )  # fmt: skip
    given = np.argmax(MODEL.logits(params, scaled(dataset.test_images)), axis=-1)
    assert found.source == pytest.approx(float((given == dataset.test_labels).mean()))
    assert [(score.backend, score.accuracy, score.different) for score in found.scores] == [
        ("cpu", found.source, 0),
        ("wasm", found.source, 0),
    ]
    assert all(0 < score.max_abs_error < 1e-4 for score in found.scores)
    assert (found.passed, found.failures, found.images) == (True, (), 48)
    assert found.sizes.brotli < found.sizes.raw
    assert "running on wasm" in heard
    plain = json.loads(json.dumps(found.json()))
    assert (plain["passed"], plain["scores"][0]["backend"], plain["bar"]) == (True, "cpu", "all predictions are equal")


def test_another_network_fails_with_the_number_of_images(
    dataset: Dataset, params: Mapping[str, Any], tmp_path: Path
) -> None:
    convert(MODEL, params, tmp_path / "web", origin(params), verify="off")
    found = compare(tmp_path / "web", MODEL, MODEL.init(4), dataset)
    assert not found.passed
    assert any("of 48 predictions differ from those in JAX" in line for line in found.failures)
    assert any("differs by" in line for line in found.failures)


def test_a_checkpoint_is_compared_in_every_way_to_store_it(
    dataset: Dataset, params: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = list(compared(MODEL, params, origin(params), dataset, report=lambda name: lambda *step: None))
    assert [each.quantization for each in found] == ["none", "uint16", "float16", "uint8"]
    assert [each.passed for each in found[:2]] == [True, True]
    errors = [each.scores[0].max_abs_error for each in found]
    assert errors[0] < errors[1] < errors[2] < errors[3]
    assert found[3].sizes.raw < found[2].sizes.raw < found[0].sizes.raw
    assert not list(tmp_path.iterdir())
