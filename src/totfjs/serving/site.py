"""The files that are served: the page of the bundle, and those of the web models in a directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totfjs.errors import ModelFileError
from totfjs.serving.content import MODEL_TYPES, PAGE_TYPES, type_of

_DEEPEST, _MOST = 4, 1000


class LeadsOutsideError(Exception):
    """A file is a link to something outside of the directory that is served."""


@dataclass(frozen=True)
class Found:
    """A file to serve, what as, and whether it is one of a model."""

    path: Path
    kind: str
    of_model: bool


@dataclass(frozen=True)
class Site:
    """The directory with the models, or the model, and the folder of the page."""

    root: Path
    page: Path

    @classmethod
    def of(cls, given: str | Path, page: Path) -> Site:
        """The site of what the user named: a web model, its model.json, or a directory of models."""
        path = Path(given)
        root = path.parent if path.name == "model.json" and not path.is_dir() else path
        if not root.is_dir():
            raise ModelFileError(f"There is no directory {root}.", remedy="Give a directory with a model.json.")
        site = cls(root.absolute(), page)
        if not site.models():
            raise ModelFileError(
                f"There is no web model in {root}: no model.json, also not in its directories.",
                remedy="Give the directory that totfjs convert wrote.",
            )
        return site

    def models(self) -> list[str]:
        """The paths of the models below the root, as URLs write them; an empty one is the root itself."""
        return sorted(_models(self.root, (), [_MOST]))

    def find(self, names: tuple[str, ...]) -> Found | None:
        """The file that the names of a URL lead to."""
        match names:
            case ("",):
                return self._of_page("page.html")
            case ("_totfjs", name):
                return self._of_page(name)
            case ("model", *rest) if rest:
                return self._of_model(tuple(rest))
        return None

    def _of_page(self, name: str) -> Found | None:
        path = self.page / name
        return Found(path, type_of(path, PAGE_TYPES), False) if _is_file(path) else None

    def _of_model(self, names: tuple[str, ...]) -> Found | None:
        """A file in the directory of a model, or below it."""
        folders = [self.root.joinpath(*names[:count]) for count in range(len(names))]
        if not any(_is_file(folder / "model.json") for folder in folders):
            return None
        root, path = Path(os.path.realpath(self.root)), Path(os.path.realpath(self.root.joinpath(*names)))
        if not path.is_relative_to(root):
            raise LeadsOutsideError("/".join(names))
        if any(name.startswith(".") for name in path.relative_to(root).parts) or not _is_file(path):
            return None
        return Found(path, type_of(Path(names[-1]), MODEL_TYPES), True)


def _models(folder: Path, above: tuple[str, ...], left: list[int]) -> Iterator[str]:
    left[0] -= 1
    if left[0] < 0:
        return
    if _is_file(folder / "model.json"):
        yield "/".join(above)
        return
    if len(above) == _DEEPEST:
        return
    for name in _folders(folder):
        yield from _models(folder / name, (*above, name), left)


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(each.name for each in entries if _is_open(each))
    except OSError:
        return []


def _is_open(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def _is_file(path: Path) -> bool:
    """Whether there is a plain file: no pipe or device, which may never end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False
