"""The checkpoints on disk, as `check` lists them: read from their own files in milliseconds, without JAX or Orbax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from jax_to_tfjs_demo.checkpoints import disk


@dataclass(frozen=True)
class Record:
    """One checkpoint: complete, or torn because the training was interrupted while it wrote it.

    `accuracy` and `loss` are those of the test images; `date` is when it was finished, or last written to when torn.
    """

    model: str
    step: int
    path: Path
    state: Literal["complete", "torn"]
    date: datetime
    accuracy: float | None
    loss: float | None
    bytes: int
    best: bool

    @property
    def complete(self) -> bool:
        """Whether it was written to its end."""
        return self.state == "complete"

    def as_json(self) -> dict[str, Any]:
        """The record in the types of JSON."""
        return {**vars(self), "path": self.path.as_posix(), "date": self.date.isoformat(timespec="seconds")}


def find(root: str | Path = "checkpoints") -> list[Record]:
    """All checkpoints below `root`, which holds a directory for each model or is such a directory itself."""
    return [record for directory in directories(root) for record in of_model(directory)]


def directories(root: str | Path = "checkpoints") -> list[Path]:
    """The directories of models below `root`, with and without checkpoints in them."""
    given = Path(root)
    if not given.is_dir():
        return []
    if any(disk.step_of(child) is not None for child in given.iterdir()):
        return [given]
    return sorted(child for child in given.iterdir() if child.is_dir() and not child.name.startswith("."))


def of_model(directory: str | Path) -> list[Record]:
    """The checkpoints of one model by their steps, torn ones after the complete one of the same step."""
    given = Path(directory)
    complete = disk.steps(given)
    best = disk.best(complete)
    found = [_record(path, "complete", step == best) for step, path in complete.items()]
    found += [_record(path, "torn", False) for path in disk.torn(given)]
    # a training that runs meanwhile renames and removes some
    return sorted(
        (record for record in found if record.path.exists()), key=lambda one: (one.step, one.state, one.path.name)
    )


def _record(path: Path, state: Literal["complete", "torn"], best: bool) -> Record:
    progress = disk.progress_of(path)
    files = list(_sizes_and_times(path))
    moment = disk.written_at(path) or max((time for _, time in files), default=0.0)
    return Record(
        model=path.absolute().parent.name,
        step=disk.step_of(path) or 0,
        path=path,
        state=state,
        date=datetime.fromtimestamp(moment, UTC),
        accuracy=_number(progress.get("accuracy")),
        loss=_number(progress.get("loss")),
        bytes=sum(size for size, _ in files),
        best=best,
    )


def _sizes_and_times(path: Path) -> Iterator[tuple[int, float]]:
    for file in path.rglob("*"):
        try:
            status = file.stat()
        except OSError:
            continue  # removed meanwhile
        if file.is_file():
            yield status.st_size, status.st_mtime


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
