"""How Orbax lays a step of training on disk, and what marks it as whole. Needs neither JAX nor Orbax."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The items of a step.
MODEL = "model"
OPTIMIZER = "optimizer"
PROGRESS = "progress"
# Old steps are renamed into this folder before they are deleted, because deleting takes time and a rename does not.
DELETED = ".deleted"
_BEING_WRITTEN = re.compile(r"(\d+)\.orbax-checkpoint-tmp.*")
_METADATA = "_CHECKPOINT_METADATA"


def step_of(path: Path) -> int | None:
    """The step that a directory is or was to become; None when its name says no step."""
    name = path.name
    if name.isdecimal():
        return int(name)
    found = _BEING_WRITTEN.fullmatch(name)
    return int(found[1]) if found else None


def is_complete(path: Path) -> bool:
    """Whether a step was written to its end and has all that was written.

    Orbax writes into a directory of another name, notes when it is done, and renames it last.
    """
    if not path.name.isdecimal():
        return False
    metadata = metadata_of(path)
    items = metadata.get("item_handlers")
    if metadata.get("commit_timestamp_nsecs") is None or not isinstance(items, dict):
        return False
    return all(_is_whole(path / name) for name in items)


def written_at(path: Path) -> float | None:
    """When a step was finished, in seconds since 1970."""
    moment = metadata_of(path).get("commit_timestamp_nsecs")
    return moment / 1e9 if isinstance(moment, int) else None


def steps(directory: Path) -> dict[int, Path]:
    """The complete steps of a directory, in their order."""
    found = {int(child.name): child for child in _directories(directory) if is_complete(child)}
    return dict(sorted(found.items()))


def torn(directory: Path) -> list[Path]:
    """The steps of a directory that were never finished."""
    return [child for child in _directories(directory) if step_of(child) is not None and not is_complete(child)]


def progress_of(path: Path) -> Mapping[str, Any]:
    """What training noted of a step; empty when there is nothing."""
    return _json(path / PROGRESS / "metadata")


def best(found: Mapping[int, Path]) -> int | None:
    """The step of the highest accuracy, the later one of equals."""
    scores = {step: progress_of(path).get("accuracy") for step, path in found.items()}
    known = {step: score for step, score in scores.items() if isinstance(score, int | float)}
    return max(known, key=lambda step: (known[step], step), default=None)


def sweep(directory: Path) -> None:
    """Removes what interrupted trainings left: torn steps, and old ones on their way out."""
    for path in torn(directory):
        shutil.rmtree(path)
    sweep_deleted(directory)


def sweep_deleted(directory: Path) -> None:
    """Removes the old steps that were put aside for it."""
    shutil.rmtree(directory / DELETED, ignore_errors=True)


def _is_whole(item: Path) -> bool:
    """Whether an item has its record: `_METADATA` beside arrays, a file named as what it holds else."""
    return any((item / name).is_file() for name in ("_METADATA", "metadata", item.name))


def _directories(directory: Path) -> list[Path]:
    return sorted(child for child in directory.iterdir() if child.is_dir()) if directory.is_dir() else []


def metadata_of(path: Path) -> Mapping[str, Any]:
    """What Orbax notes of a step: its items, and when it was begun and finished."""
    return _json(path / _METADATA)


def _json(path: Path) -> Mapping[str, Any]:
    """The object in a file; an empty one where it is missing or cut off."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
