"""What was measured of a web model, noted beside it for whoever shows it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from jax_to_tfjs_demo.verification.compare import Comparison


@dataclass(frozen=True)
class Measured:
    """The share of so many test images that a web model read rightly, on a backend of TensorFlow.js."""

    accuracy: float
    images: int
    data: str
    backend: str


def note(found: Comparison) -> None:
    """Notes what a comparison found on its first backend; a web model that ran nowhere has nothing to note."""
    if not found.scores:
        return
    score = found.scores[0]
    measured = Measured(score.accuracy, found.images, found.data, score.backend)
    path = _beside(Path(found.directory))
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_text(json.dumps({**asdict(measured), "of": _of(Path(found.directory))}), encoding="utf-8")
    fresh.replace(path)


def noted(directory: str | Path) -> Measured | None:
    """What was noted of the web model that lies in a directory now; None of one that was not measured."""
    directory = Path(directory)
    try:
        found = json.loads(_beside(directory).read_bytes())
        return Measured(**found) if found.pop("of") == _of(directory) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _beside(directory: Path) -> Path:
    # not within, where a conversion suffers nothing but the files of a web model
    whole = directory.absolute()
    return whole.with_name(f"{whole.name}.measured.json")


def _of(directory: Path) -> str:
    """Which web model it is: `model.json` tells the hashes of all weights."""
    return hashlib.sha256((directory / "model.json").read_bytes()).hexdigest()
