"""Makes the directories that trainings write their checkpoints into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jax_to_tfjs_demo.errors import DemoError


@dataclass(frozen=True)
class Prepared:
    """A model's directory, and whether it had to be made."""

    path: Path
    made: bool


def prepare(models: Iterable[str], root: str | Path = "checkpoints") -> list[Prepared]:
    """Makes `root` with a directory for each model; what is there stays as it is."""
    return [_made(Path(root) / model) for model in models]


def _made(path: Path) -> Prepared:
    known = path.is_dir()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(
            f"{path} cannot be made: {error.strerror or error}.",
            remedy="Move the file of that name away, or run the command in a directory that you may write to.",
        ) from error
    return Prepared(path, not known)
