"""A data set from a folder of the user's own, whatever style its files are named in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from jax_to_tfjs_demo.data import checked, idx
from jax_to_tfjs_demo.data.catalogue import Entry, File
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError


def read(entry: Entry, directory: Path) -> Dataset:
    """The four files of a folder. They need not be the published ones, but what they are has to fit together."""
    paths = _found(entry, directory)
    parts = {file: _array(entry, file, path) for file, path in paths.items()}
    arrays = {file: array for file, (array, _) in parts.items()}
    dataset = entry.dataset(arrays)
    _require_pairs(dataset, entry, directory)
    others = [paths[file].name for file, (_, known) in parts.items() if not known]
    return replace(dataset, note=_note(entry, directory, others))


def _found(entry: Entry, directory: Path) -> dict[File, Path]:
    if not directory.is_dir():
        raise _unsuited(entry, f"There is no folder {directory}.")
    found = {file: _first(directory, file) for file in entry.files}
    missing = [file.plain_name for file, path in found.items() if path is None]
    if missing:
        raise _unsuited(entry, f"{directory} lacks {_listed(missing)}.")
    return {file: path for file, path in found.items() if path is not None}


def _first(directory: Path, file: File) -> Path | None:
    return next((directory / name for name in file.names if (directory / name).is_file()), None)


def _array(entry: Entry, file: File, path: Path) -> tuple[np.ndarray, bool]:
    """What a file holds, and whether it is the published one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DemoError(f"{path} cannot be read: {error.strerror}.", remedy="Mend its permissions.") from None
    content = idx.unpacked(data, str(path))
    array = idx.parse(content, str(path))
    owner = checked.owner(data, content)
    if owner is not None and owner != (entry, file):
        real, part = owner
        raise DemoError(
            f"{path} is {part.plain_name} of {real.title}, not {file.plain_name} of {entry.title}.",
            remedy=f"Rename the file, or load {real.title} with `--data {real.name}`.",
        )
    _require_form(file, path, array)
    return array, owner is not None


def _require_form(file: File, path: Path, array: np.ndarray) -> None:
    if array.shape[1:] != file.dims[1:] or not len(array):
        wanted = " × ".join(["n", *map(str, file.dims[1:])])
        got = " × ".join(map(str, array.shape))
        raise DemoError(
            f"{path} holds an array of {got}, where {wanted} is wanted.",
            remedy=f"Put {file.plain_name} there, which holds {' × '.join(map(str, file.dims))}.",
        )


def _require_pairs(dataset: Dataset, entry: Entry, directory: Path) -> None:
    for images, labels, use in (
        (dataset.train_images, dataset.train_labels, "training"),
        (dataset.test_images, dataset.test_labels, "scoring"),
    ):
        if len(images) != len(labels):
            raise _unsuited(
                entry, f"{directory} has {len(images):,} images and {len(labels):,} labels for {use}: they must match."
            )
        if labels.max() >= len(entry.classes):
            raise _unsuited(entry, f"{directory} has the label {labels.max()}, where 0 to 9 are wanted.")


def _note(entry: Entry, directory: Path, others: list[str]) -> str | None:
    if not others:
        return None
    are = "is not the published file" if len(others) == 1 else "are not the published files"
    return f"{_listed(others)} in {directory} {are} of {entry.title}; used as they are."


def _unsuited(entry: Entry, message: str) -> DemoError:
    names = _listed([file.plain_name for file in entry.files])
    return DemoError(
        message,
        remedy=f"Name the folder that holds {names}, each plain or with .gz, by --data-dir or {entry.variable}_DIR.",
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
