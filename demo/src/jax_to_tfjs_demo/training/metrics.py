"""metrics.jsonl: one line an epoch, each written whole or not at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.training.compressed import Compressed

FILE = "metrics.jsonl"


@dataclass(frozen=True)
class EpochScore:
    """What an epoch came to: on all test images, and, by `train_`, on the training images while they were learnt.

    `confusion[true][guessed]` counts test images; `weights` says what is left of a model that is pruned.
    """

    epoch: int
    loss: float
    accuracy: float
    train_loss: float
    train_accuracy: float
    seconds: float
    images_per_second: float
    confusion: tuple[tuple[int, ...], ...] = dataclasses.field(repr=False)
    weights: Compressed | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a line of the file."""
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in row.items() if name in known}
        weights = Compressed(**row["weights"]) if row.get("weights") else None
        return cls(**{**values, "confusion": tuple(map(tuple, row["confusion"])), "weights": weights})


def read(directory: Path) -> tuple[EpochScore, ...]:
    """The epochs that a training has noted, in their order; none where there is no file."""
    path = directory / FILE
    if not path.is_file():
        return ()
    try:
        return tuple(EpochScore.of(json.loads(line)) for line in path.read_text("utf-8").splitlines())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DemoError(f"{path} is not what training writes: {error}.", remedy=f"Remove {path}.") from error


def add(directory: Path, score: EpochScore) -> None:
    """Adds an epoch's line."""
    _write(directory, [*read(directory), score])


def cut(directory: Path, after: int) -> None:
    """Removes the lines of all epochs after one, which a training is about to write again."""
    found = read(directory)
    kept = [score for score in found if score.epoch <= after]
    if len(kept) < len(found):
        _write(directory, kept)


def _write(directory: Path, scores: Sequence[EpochScore]) -> None:
    """The whole file anew, by a rename: a kill at any instant leaves the old lines or the new ones."""
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f".{FILE}.tmp"
    lines = [json.dumps(dataclasses.asdict(score)) + "\n" for score in scores]
    unfinished.write_text("".join(lines), "utf-8")
    unfinished.replace(directory / FILE)
