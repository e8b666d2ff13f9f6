"""What the old package wrote, unpacked."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ZIP = Path(__file__).parents[1] / "fixtures/compat/old.zip"


@cache
def arrays() -> dict[str, np.ndarray]:
    """The arrays that both packages write."""
    with zipfile.ZipFile(ZIP) as archive, archive.open("arrays.npz") as file:
        return {name.replace("|", "/"): array for name, array in np.load(file).items()}


def files(prefix: str) -> dict[str, bytes]:
    """The files under a directory of the zip."""
    with zipfile.ZipFile(ZIP) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{prefix}/")]
        return {name.removeprefix(f"{prefix}/"): archive.read(name) for name in names}


def unpacked(prefix: str, directory: Path) -> Path:
    """A directory of the zip on disk, or a single file."""
    with zipfile.ZipFile(ZIP) as archive:
        for name in archive.namelist():
            if name == prefix or name.startswith(f"{prefix}/"):
                archive.extract(name, directory)
    return directory / prefix


def document(case: str) -> dict[str, Any]:
    """The `model.json` of a case of the models."""
    found: dict[str, Any] = json.loads(files(f"models/{case}")["model.json"])
    return found
