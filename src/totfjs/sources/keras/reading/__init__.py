"""Keras files as data: HDF5, `.keras` and SavedModels are parsed, never executed, and hostile ones are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from totfjs.errors import KerasFileError, SourceError
from totfjs.sources.keras.reading.saved import Listed, Nested, Saved

__all__ = ["Listed", "Nested", "Saved", "is_keras_file", "read_saved"]

_SUFFIXES = (".h5", ".hdf5", ".keras", ".weights.json")
_KNOWN = "a .keras file, an HDF5 file (.h5), or a SavedModel that Keras wrote"


def is_keras_file(path: str | Path) -> bool:
    """Whether a path looks like a Keras model or its weights: by its suffix, or as a directory that Keras wrote."""
    path = Path(path)
    if path.is_dir():
        archive = (path / "config.json").is_file() and (path / "model.weights.h5").is_file()
        return archive or _is_saved_model(path)
    return path.name.lower().endswith(_SUFFIXES)


def read_saved(path: str | Path) -> Saved:
    """Read a Keras file without running anything in it; weights stay in the file until they are asked for."""
    path = Path(path)
    try:
        return _reader(path)(path)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Give the path of a Keras model."
        ) from error


def _reader(path: Path) -> Callable[[Path], Saved]:
    """What reads a file, by its content rather than its name."""
    if path.is_dir():
        return _directory_reader(path)
    with path.open("rb") as file:
        start = file.read(8)
    from totfjs.sources.keras.reading import archive, hdf5, members, shards, structure

    if start.startswith(members.SIGNATURES):
        return archive.read_archive
    if structure.find_signature(structure.file_place(path)) is not None:
        return hdf5.read_hdf5
    if path.name.lower().endswith(".weights.json"):
        return shards.read_shards
    raise _unknown(path)


def _directory_reader(path: Path) -> Callable[[Path], Saved]:
    from totfjs.sources.keras.reading import archive

    if _is_saved_model(path):
        from totfjs.sources.keras.reading.saved_model import read_saved_model

        return read_saved_model
    if archive.is_archive_directory(path):
        return archive.read_directory
    raise _unknown(path)


def _is_saved_model(path: Path) -> bool:
    from totfjs.sources.keras.reading.described import is_described

    return is_described(path)


def _unknown(path: Path) -> KerasFileError:
    return KerasFileError(f"{path} is not a file that Keras wrote.", remedy=f"Give {_KNOWN}.")
