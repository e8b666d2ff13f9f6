"""Faults to inject: a web model with one seeded fault, against what it is held, and what bisect has to say of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import totfjs
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.encode import weights as weights_of
from totfjs.graph.types import dtype_of
from totfjs.targets import write_graph_model

Json = dict[str, Any]
BOTH = ("cpu", "wasm")


@dataclass(frozen=True)
class Room:
    """Where a fault is injected: a directory, and patches that end with the test."""

    path: Path
    patch: pytest.MonkeyPatch

    @property
    def model(self) -> Path:
        """Where the web model is written."""
        return self.path / "web"

    def convert(self, source: Any, **options: Any) -> Path:
        """The web model of a source."""
        totfjs.convert(source, self.model, verify="off", **options)
        return self.model


@dataclass(frozen=True)
class Faulty:
    """A web model with a fault, what to compare it with, and what else is asked."""

    directory: Path
    against: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """A row of the table: how a fault is injected, and the node and the blame that bisect has to name."""

    name: str
    make: Callable[[Room], Faulty]
    node: str
    blame: str
    backends: tuple[str, ...] = ()
    run: tuple[str, ...] = BOTH
    step: str = ""

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Seeded normal floats."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def rewritten(directory: Path, change: Callable[[Json], None]) -> Path:
    """The model after its `model.json` was changed."""
    file = directory / "model.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    return directory


def node_of(document: Json, name: str) -> Json:
    """A node of a model by its name."""
    return next(node for node in document["modelTopology"]["node"] if node["name"] == name)


def swapped(directory: Path, name: str) -> Path:
    """The model with the inputs of a node in the other order."""
    return rewritten(directory, lambda document: node_of(document, name)["input"].reverse())


def attribute(directory: Path, name: str, **attrs: Json) -> Path:
    """The model with other attributes of a node."""
    return rewritten(directory, lambda document: node_of(document, name)["attr"].update(attrs))


def reweighed(directory: Path, name: str, change: Callable[[np.ndarray], None]) -> Path:
    """The model with other values of a weight, as if they had been written: no checksum tells."""
    rewritten(directory, lambda document: document["userDefinedMetadata"].get("totfjs", {}).pop("shards", None))
    document = json.loads((directory / "model.json").read_text())
    (group,) = document["weightsManifest"]
    (shard,) = group["paths"]
    data, at = bytearray((directory / shard).read_bytes()), 0
    for entry in group["weights"]:
        dtype = np.dtype((entry.get("quantization") or entry)["dtype"])
        size = int(np.prod(entry["shape"], dtype=int)) * dtype.itemsize
        if entry["name"] == name:
            values = np.frombuffer(data, dtype, count=size // dtype.itemsize, offset=at)
            change(values)
            (directory / shard).write_bytes(data)
            return directory
        at += size
    raise KeyError(name)


def plus(place: int, amount: float) -> Callable[[np.ndarray], None]:
    """Adds to one stored value."""

    def change(values: np.ndarray) -> None:
        values[place] += amount

    return change


def text(value: str) -> Json:
    """A string attribute."""
    return {"s": base64.b64encode(value.encode()).decode()}


def by_hand(
    room: Room, build: Callable[[Builder, dict[str, Tensor]], Any], **inputs: np.ndarray | tuple[Any, ...]
) -> Path:
    """A web model as another converter might write it: nothing is refused, and nothing is optimised."""
    builder = Builder(backends=())
    fed = {name: builder.input(name, *_kind(kind)) for name, kind in inputs.items()}
    graph = distinct(builder.build({"y": build(builder, fed)}))
    from totfjs.conversion import model_json

    document = model_json(graph)
    document["userDefinedMetadata"] = {}
    write_graph_model(room.model, document, weights_of(graph))
    return room.model


def _kind(kind: Any) -> tuple[Any, Any]:
    if isinstance(kind, np.ndarray):
        return dtype_of(kind), kind.shape
    return kind
