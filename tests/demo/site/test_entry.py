"""What the page is told of a model, and which models it takes."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.site.entry import Accuracy, entry_of
from jax_to_tfjs_demo.verification import note
from tests.demo.site import network
from tests.demo.verification.test_measured import comparison

Change = Callable[[dict[str, Any]], None]


def changed(model: Path, folder: Path, change: Change) -> Path:
    copy = Path(shutil.copytree(model, folder / "copy"))
    document = json.loads((copy / "model.json").read_text())
    change(document)
    (copy / "model.json").write_text(json.dumps(document))
    return copy


def test_it_tells_where_a_model_came_from_and_how_large_it_is(models: list[Path]) -> None:
    entry = entry_of(models[1])
    assert (entry.name, entry.model, entry.framework, entry.quantization) == ("small_uint8", "small", "JAX", "uint8")
    assert entry.accuracy == Accuracy(network.trained()[1], "training")
    assert entry.files[0] == entry.path == "models/small_uint8/model.json"
    sizes = [path.read_bytes() for path in models[1].iterdir()]
    assert entry.bytes == sum(map(len, sizes))
    assert entry.gzip == sum(len(gzip.compress(each, 9, mtime=0)) for each in sizes)
    assert entry.brotli < entry.bytes


def test_a_model_of_somebody_else_is_told_by_its_weights(models: list[Path], tmp_path: Path) -> None:
    def forget(document: dict[str, Any]) -> None:
        del document["userDefinedMetadata"]["demo"]

    entry = entry_of(changed(models[1], tmp_path, forget))
    assert (entry.model, entry.framework, entry.quantization) == ("copy", None, "uint8")
    assert (entry.accuracy, entry.parameters, entry.data) == (None, None, None)
    assert entry_of(changed(models[0], tmp_path / "float", forget)).quantization == "none"


def test_what_was_measured_comes_before_what_training_says(models: list[Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(models[0], tmp_path / "copy"))
    note(comparison(copy, 0.5))
    assert entry_of(copy).accuracy == Accuracy(0.5, "converted")


def test_a_shard_that_is_missing_is_named(models: list[Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(models[0], tmp_path / "copy"))
    [shard] = copy.glob("*.bin")
    shard.unlink()
    with pytest.raises(DemoError, match=rf"copy is not whole: {shard.name} is missing"):
        entry_of(copy)


def test_a_shard_elsewhere_is_none(models: list[Path], tmp_path: Path) -> None:
    def escape(document: dict[str, Any]) -> None:
        document["weightsManifest"][0]["paths"] = ["../secret"]

    (tmp_path / "secret").write_text("x")
    with pytest.raises(DemoError, match="secret is missing"):
        entry_of(changed(models[0], tmp_path, escape))


def test_a_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no web model"):
        entry_of(tmp_path)


def test_a_model_of_other_things_is_refused(tmp_path: Path) -> None:
    kernel = np.ones((3, 2), np.float32)
    totfjs.convert(lambda x: x @ kernel, tmp_path / "line", inputs={"x": ("b", 3)}, verify="off")
    with pytest.raises(DemoError, match="does not take images of 28 × 28 and tell ten digits apart"):
        entry_of(tmp_path / "line")


def test_a_model_of_clothes_is_refused(tmp_path: Path) -> None:
    network.write(tmp_path / "clothes", data="fashion")
    with pytest.raises(DemoError, match="reads clothes, and the page is for digits"):
        entry_of(tmp_path / "clothes")
