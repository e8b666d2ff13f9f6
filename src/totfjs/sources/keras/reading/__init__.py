"""Keras files as data: HDF5, `.keras` and SavedModels are parsed, never executed, and hostile ones are refused."""

from __future__ import annotations

from pathlib import Path

from totfjs.sources.keras.reading.saved import Listed, Nested, Saved

__all__ = ["Listed", "Nested", "Saved", "is_keras_file", "read_saved"]

_SUFFIXES = (".h5", ".hdf5", ".keras")


def is_keras_file(path: str | Path) -> bool:
    """Whether a path looks like a Keras model or its weights: by its suffix, or as a directory that Keras wrote."""
    path = Path(path)
    return path.suffix.lower() in _SUFFIXES or (path / "keras_metadata.pb").is_file()


def read_saved(path: str | Path) -> Saved:
    """Read a Keras file without running anything in it; weights stay in the file until they are asked for."""
    raise NotImplementedError
