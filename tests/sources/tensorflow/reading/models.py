"""The SavedModels that TensorFlow wrote, unpacked, with what it computed of them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[3] / "fixtures" / "tensorflow" / "saved"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.zip")))


def unpacked(name: str, directory: Path) -> Path:
    """The directory of a model."""
    with zipfile.ZipFile(FOLDER / f"{name}.zip") as archive:
        archive.extractall(directory / name)
    return directory / name / "model"


def cases(name: str) -> list[dict[str, Any]]:
    """What was asked of a model: the signature, and inputs and outputs in the dtypes of TensorFlow.js."""
    with zipfile.ZipFile(FOLDER / f"{name}.zip") as archive:
        found: list[dict[str, Any]] = json.loads(archive.read("cases.json"))
    return [{**case, "inputs": _arrays(case["inputs"]), "outputs": _arrays(case["outputs"])} for case in found]


def _arrays(listed: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: _array(**about) for name, about in listed.items()}


def _array(dtype: str, shape: list[int], values: list[Any]) -> np.ndarray:
    if dtype == "string":
        return np.array(values, object).reshape(shape)
    kind = {"i": "int32", "u": "int32", "f": "float32"}.get(np.dtype(dtype).kind, dtype)
    return np.array(values, dtype).astype(kind).reshape(shape)
