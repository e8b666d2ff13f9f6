"""Finds the checkpoint that a user names: a step, the directory of a model, or its best."""

from __future__ import annotations

from pathlib import Path

from jax_to_tfjs_demo.checkpoints import disk, listing
from jax_to_tfjs_demo.checkpoints.listing import Record
from jax_to_tfjs_demo.errors import DemoError

BEST = "best"


def locate(path: str | Path, step: int | str | None = None) -> Record:
    """The complete checkpoint at `path`.

    `path` is a step (`checkpoints/jax_mnist/3`), a model's directory, which stands for its latest step, or
    `checkpoints/jax_mnist/best`. `step` chooses one of a model's directory: its number, or "best".
    """
    given = Path(path)
    if step is not None:
        given = given / str(step)
    if disk.is_complete(given):
        return _of(given.parent, int(given.name))
    if given.name == BEST and not given.exists():
        found = disk.best(disk.steps(given.parent))
        return _of(given.parent, found) if found is not None else _refused(given)
    found = max(disk.steps(given), default=None)
    return _of(given, found) if found is not None else _refused(given)


def _of(directory: Path, step: int) -> Record:
    return next(record for record in listing.of_model(directory) if record.complete and record.step == step)


def _refused(path: Path) -> Record:
    """Raises what is wrong with a path at which there is no complete checkpoint, and says which ones there are."""
    raise DemoError(_reason(path), remedy=_remedy(path))


def _reason(path: Path) -> str:
    if not path.exists():
        return f"There is no checkpoint {path}."
    if path.is_dir() and disk.step_of(path) is not None:
        return f"{path} is torn: the training was interrupted while it wrote it."
    if path.is_dir() and disk.torn(path):
        return f"{path} holds only checkpoints that were never finished."
    if path.is_dir() and any(disk.steps(child) for child in listing.directories(path)):
        return f"{path} holds directories of models, and is not a checkpoint."
    if disk.is_complete(path.parent):
        return f"{path} lies inside of a checkpoint."
    if path.is_dir() and not any(path.iterdir()):
        return f"There is no checkpoint in {path} yet."
    return f"{path} is not a checkpoint of a training."


def _remedy(path: Path) -> str:
    if disk.is_complete(path.parent):
        return f"Name {path.parent.as_posix()}."
    near = [record for place in (path, path.parent) for record in listing.find(place) if record.complete]
    if near:
        return f"Name one of {', '.join(dict.fromkeys(record.path.as_posix() for record in near))}."
    short = next((part.removesuffix("_mnist") for part in path.parts if part.endswith("_mnist")), "jax")
    return f"Train a model first: `uv run app train {short}`."
