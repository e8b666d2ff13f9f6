"""The files that are served: the page of the bundle with the web models in a directory, or a site of the user's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totfjs.errors import ModelFileError
from totfjs.serving.content import MODEL_TYPES, PAGE_TYPES, SITE_TYPES, type_of
from totfjs.serving.headers import MODEL_POLICY, PAGE_POLICY

_DEEPEST, _MOST = 4, 1000


class LeadsOutsideError(Exception):
    """A file is a link to something outside of the directory that is served."""


@dataclass(frozen=True)
class Found:
    """A file to serve, what as, and whether other sites may be given it. `policy` is what it may do as a page; None:
    what it says itself."""

    path: Path
    kind: str
    policy: str | None
    of_model: bool = False


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
            case ("model", *rest) if rest and rest[-1]:
                return self._of_model(tuple(rest))
        return None

    def _of_page(self, name: str) -> Found | None:
        path = self.page / name
        return Found(path, type_of(path, PAGE_TYPES), PAGE_POLICY) if _is_file(path) else None

    def _of_model(self, names: tuple[str, ...]) -> Found | None:
        """A file in the directory of a model, or below it."""
        folders = [self.root.joinpath(*names[:count]) for count in range(len(names))]
        if not any(_is_file(folder / "model.json") for folder in folders):
            return None
        path = _inside(self.root, names)
        return None if path is None else Found(path, type_of(Path(names[-1]), MODEL_TYPES), MODEL_POLICY, True)


@dataclass(frozen=True)
class OwnSite:
    """A directory with a page of the user's own, `index.html`."""

    root: Path

    @classmethod
    def of(cls, given: str | Path) -> OwnSite | None:
        """The site in a directory; None where there is no page, or where it is a web model itself."""
        root = Path(given)
        is_site = _is_file(root / "index.html") and not _is_file(root / "model.json")
        return cls(root.absolute()) if is_site else None

    def models(self) -> list[str]:
        """No page of totfjs shows a model here; the site itself is at the empty path."""
        return [""]

    def find(self, names: tuple[str, ...]) -> Found | None:
        """The file that the names of a URL lead to; that of a folder is its page."""
        names = (*names[:-1], names[-1] or "index.html")
        path = _inside(self.root, names)
        return None if path is None else Found(path, type_of(Path(names[-1]), SITE_TYPES), None, True)


def _inside(root: Path, names: tuple[str, ...]) -> Path | None:
    """The plain file that names lead to from a root, if it is not hidden."""
    real, path = Path(os.path.realpath(root)), Path(os.path.realpath(root.joinpath(*names)))
    if not path.is_relative_to(real):
        raise LeadsOutsideError("/".join(names))
    hidden = any(name.startswith(".") for name in path.relative_to(real).parts)
    return None if hidden or not _is_file(path) else path


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
