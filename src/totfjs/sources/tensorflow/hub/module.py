"""A module as a directory: its SavedModel, and what TensorFlow Hub asks of it when nobody says otherwise."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from totfjs.sources.tensorflow.hub.problems import foreign

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
_MARK = "tfhub_module.pb"


class Temporary:
    """A temporary directory, which is removed when nothing refers to this object any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="totfjs-hub-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Module:
    """A module. `kept` lives as long as its files are wanted."""

    path: Path
    kept: Temporary | None = None

    @property
    def first(self) -> bool:
        """Whether it is of the first format, that of hub.Module."""
        return (self.path / _MARK).is_file()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the graph for inference."""
        return () if self.first else ("serve",)

    @property
    def signature(self) -> str | None:
        """The signature that is meant when none is named; None for the one that every SavedModel means."""
        return "default" if self.first else None


def module_in(label: str, directory: Path, kept: Temporary | None = None) -> Module:
    """The module in a directory, or in the only directory there."""
    inner = [directory, *sorted(path for path in directory.iterdir() if path.is_dir())] if directory.is_dir() else []
    found = [path for path in inner if is_module(path)]
    if not found or (directory not in found and len(found) > 1):
        raise foreign(label, "no module of TensorFlow Hub: it has no saved_model.pb")
    return Module(found[0], kept)


def is_module(directory: Path) -> bool:
    """Whether a directory is a SavedModel."""
    return any((directory / name).is_file() for name in _GRAPHS)
