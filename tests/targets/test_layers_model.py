"""The files of a layers model: groups of shards, the optimizer's weights apart, in an order that is read rightly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from totfjs.errors import OutputExistsError
from totfjs.targets.layers_model import write_layers_model
from totfjs.weights.array import Array, Dense


@dataclass(frozen=True)
class Made:
    groups: tuple[tuple[tuple[str, Array], ...], ...]
    optimizer: tuple[tuple[str, Array], ...] = ()
    topology: dict[str, Any] = field(default_factory=lambda: {"class_name": "Model", "config": {}})
    training: dict[str, Any] | None = None


def named(name: str, count: int) -> tuple[str, Array]:
    return name, Dense(np.arange(count, dtype=np.float32))


def written(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / "model.json").read_text(encoding="utf-8")))


def test_each_group_has_shards_of_its_own(tmp_path: Path) -> None:
    result = write_layers_model(tmp_path / "web", Made(((named("a/w", 10),), (named("b/w", 4),))), shard_size=16)
    assert result.files == (
        "model.json", "group1-shard1of3.bin", "group1-shard2of3.bin", "group1-shard3of3.bin", "group2-shard1of1.bin",
    )  # fmt: skip
    manifest = written(tmp_path / "web")["weightsManifest"]
    assert [[line["name"] for line in group["weights"]] for group in manifest] == [["a/w"], ["b/w"]]


def test_a_larger_group_after_equal_ones_is_written_first(tmp_path: Path) -> None:
    write_layers_model(tmp_path / "web", Made(((named("a/w", 2),), (named("b/w", 9),))))
    manifest = written(tmp_path / "web")["weightsManifest"]
    assert [group["weights"][0]["name"] for group in manifest] == ["b/w", "a/w"]


def test_weights_of_the_optimizer_are_told_from_the_models(tmp_path: Path) -> None:
    made = Made(((named("a/w", 4),),), (("iter", Dense(np.int32(3))), named("a/w/m", 4)), training={"loss": "mse"})
    write_layers_model(tmp_path / "web", made, quantize="uint8", metadata={"labels": [1]})
    document = written(tmp_path / "web")
    assert document["format"] == "layers-model"
    assert document["trainingConfig"] == {"loss": "mse"}
    assert document["userDefinedMetadata"]["labels"] == [1]
    assert document["userDefinedMetadata"]["totfjs"]["shards"] == {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in (tmp_path / "web").glob("*.bin")
    }
    optimizer, model = document["weightsManifest"]
    assert model["weights"][0]["quantization"]["dtype"] == "uint8"
    assert [(line["name"], line["group"], "quantization" in line) for line in optimizer["weights"]] == [
        ("iter", "optimizer", False), ("a/w/m", "optimizer", False),
    ]  # fmt: skip


def test_a_model_without_weights_has_no_files_of_them(tmp_path: Path) -> None:
    result = write_layers_model(tmp_path / "web", Made(((),)))
    assert result.files == ("model.json",)
    assert written(tmp_path / "web")["weightsManifest"] == []


def test_an_output_is_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    write_layers_model(tmp_path / "web", Made(((named("a/w", 2),),)))
    with pytest.raises(OutputExistsError, match="exists already"):
        write_layers_model(tmp_path / "web", Made(((named("a/w", 3),),)))
    write_layers_model(tmp_path / "web", Made(((named("a/w", 3),),)), force=True)
    assert written(tmp_path / "web")["weightsManifest"][0]["weights"][0]["shape"] == [3]
