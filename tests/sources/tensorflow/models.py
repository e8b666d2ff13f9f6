"""The model fixtures: what was fed to TensorFlow and what it gave, by the names of the source."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tests.sources.tensorflow.fixture import parts
from totfjs.sources.tensorflow import load

FOLDER = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "models"
REFERENCE, FROZEN = "reference.npz", "graph.pb"


@dataclass(frozen=True)
class Model:
    """A model, in a zip file or a folder."""

    path: Path

    def __str__(self) -> str:
        return self.path.name.removesuffix(".zip")

    def open(self, place: Path) -> Any:
        """The model as a source; a zip file is unpacked first."""
        if self.path.is_dir():
            place = self.path
        else:
            with zipfile.ZipFile(self.path) as archive:
                archive.extractall(place)
        return load(place / FROZEN if (place / FROZEN).exists() else place, outputs=self._about["outputs"] or None)

    def inputs(self, source: Any) -> dict[str, np.ndarray]:
        """What was fed, as a page feeds it."""
        given = dict(zip(self._about["inputs"], self._arrays("in_"), strict=True))
        if len(given) == 1:
            return dict(zip(source.inputs, _fed([*given.values()]), strict=True))
        return dict(zip(given, _fed([*given.values()]), strict=True))

    def outputs(self, source: Any) -> dict[str, np.ndarray]:
        """What TensorFlow gave, by the names of the source."""
        expected = parts("y", self._arrays("out_"))
        names = list(source.signature.outputs)
        return {names[int(key[1:].partition(".")[0])] + key.partition(".")[2]: value for key, value in expected.items()}

    @cached_property
    def _stored(self) -> dict[str, np.ndarray]:
        if self.path.is_dir():
            content = (self.path / REFERENCE).read_bytes()
        else:
            with zipfile.ZipFile(self.path) as archive:
                content = archive.read(REFERENCE)
        with np.load(io.BytesIO(content)) as stored:
            return dict(stored)

    @property
    def _about(self) -> dict[str, Any]:
        return dict(json.loads(str(self._stored["about"])))

    def _arrays(self, prefix: str) -> list[np.ndarray]:
        return [self._stored[f"{prefix}{at}"] for at in range(len(self._stored)) if f"{prefix}{at}" in self._stored]


def _fed(arrays: list[np.ndarray]) -> list[np.ndarray]:
    return list(parts("x", arrays).values())


def models() -> tuple[Model, ...]:
    """All models."""
    return tuple(Model(path) for path in sorted(FOLDER.glob("*.zip")))
