"""The op fixtures: graphs that TensorFlow wrote, with what it computed of them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.sources.tensorflow.program import Ref
from totfjs.sources.tensorflow.reading.graph_def import read_graph
from totfjs.sources.tensorflow.saved import Port, Saved, Signature
from totfjs.sources.tensorflow.source import TensorFlowModel
from totfjs.sources.tensorflow.values import Variable
from totfjs.weights.array import Dense
from totfjs.wire import Message

FOLDER = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "ops"


@dataclass(frozen=True)
class Fixture:
    """A row of a family, by its place in the archive."""

    family: str
    number: int
    about: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.family}: {self.about['name']}"

    @property
    def refused(self) -> str:
        """A part of the refusal that is expected; empty where the row is to be converted."""
        return str(self.about["refused"])

    @property
    def tolerance(self) -> float:
        """How far results may be off, relative to the largest magnitude."""
        return float(self.about["tolerance"])

    def model(self) -> TensorFlowModel:
        """The graph as a source with one signature: inputs x0, x1, …, outputs in TensorFlow's order."""
        program = read_graph(Message(_read(self.family, f"{self.number}.pb")))
        shapes = [None if shape is None else tuple(shape) for shape in self.about["shapes"]]
        ports = zip(self.about["inputs"], self.about["dtypes"], shapes, strict=True)
        inputs = {f"x{at}": Port(_ref(name), dtype, shape) for at, (name, dtype, shape) in enumerate(ports)}
        outputs = {f"y{at}": Port(_ref(name), "") for at, name in enumerate(self.about["outputs"])}
        saved = Saved(program, {}, self._variables(), assets=self._files())
        return TensorFlowModel(saved, Signature("fixture", inputs, outputs))

    def _variables(self) -> dict[str, Variable]:
        names = self.about.get("kept", ())
        arrays = zip(names, self._arrays("kept_", len(names)), strict=True)
        return {name: Variable(name, array.dtype.name, Dense(array)) for name, array in arrays}

    def _files(self) -> dict[str, bytes]:
        return {name: text.encode() for name, text in self.about.get("files", {}).items()}

    def inputs(self) -> dict[str, np.ndarray]:
        """What is fed, as a page feeds it."""
        return parts("x", self._arrays("in_", len(self.about["inputs"])))

    def outputs(self) -> dict[str, np.ndarray]:
        """What TensorFlow computed, in the dtypes of TensorFlow.js."""
        return parts("y", self._arrays("out_", len(self.about["outputs"])))

    def _arrays(self, prefix: str, count: int) -> list[np.ndarray]:
        with np.load(io.BytesIO(_read(self.family, f"{self.number}.npz"))) as stored:
            return [stored[f"{prefix}{at}"] for at in range(count)]


def parts(prefix: str, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays by name in the dtypes of TensorFlow.js; complex ones in two parts."""
    found: dict[str, np.ndarray] = {}
    for at, array in enumerate(arrays):
        if array.dtype.kind == "c":
            found[f"{prefix}{at}.real"], found[f"{prefix}{at}.imag"] = (
                np.array(part, np.float32, order="C") for part in (array.real, array.imag)
            )
        else:
            kind = {"i": np.int32, "u": np.int32, "f": np.float32, "S": object}.get(array.dtype.kind, array.dtype)
            found[f"{prefix}{at}"] = array.view(np.int32) if array.dtype == np.uint32 else array.astype(kind)
    return found


@cache
def fixtures() -> tuple[Fixture, ...]:
    """All rows of all families."""
    found = []
    for path in sorted(FOLDER.glob("*.zip")):
        rows = json.loads(_read(path.stem, "index.json"))["rows"]
        found += [Fixture(path.stem, number, about) for number, about in enumerate(rows)]
    return tuple(found)


@cache
def _archive(family: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO((FOLDER / f"{family}.zip").read_bytes()))


def _read(family: str, name: str) -> bytes:
    return _archive(family).read(name)


def _ref(name: str) -> Ref:
    node, _, index = name.partition(":")
    return Ref(node, "", int(index or 0))
