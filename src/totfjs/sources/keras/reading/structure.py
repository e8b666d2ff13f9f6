"""An HDF5 file as groups, arrays and attributes of its own: links that leave it or turn back are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from totfjs.sources.keras.reading.datasets import Claims, array_of
from totfjs.sources.keras.reading.headers import text_references
from totfjs.sources.keras.reading.heap import LONGEST, Heap
from totfjs.sources.keras.reading.problems import damaged, reading, unreadable, unsafe
from totfjs.sources.keras.reading.window import Place, Window
from totfjs.weights.array import Array

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_NAMES = 200_000
_MOST_OBJECTS = 200_000
_DEEPEST = 64


class Tree:
    """An open HDF5 file. Names are followed step by step; arrays read the file when asked, after it is closed."""

    def __init__(self, file: h5py.File, window: Window) -> None:
        self.root: h5py.Group = file["/"]
        self._heap = Heap(window)
        # Groups that were opened on the way to arrays, by the group that the way starts from, which is kept.
        self._met: dict[tuple[int, tuple[str, ...]], Any] = {}
        self._kept: list[h5py.Group] = []
        self.path, self._window, self._claims = window.place.shown, window, Claims(window.place, self._heap)

    def group(self, parent: h5py.Group, name: str) -> h5py.Group:
        """The group below another at a name such as `layers/dense`."""
        found = self._child(parent, name)
        if not isinstance(found, h5py.Group):
            raise damaged(self.path, f"{name!r} is not a group")
        return found

    def array(self, parent: h5py.Group, name: str) -> Array:
        """The array below a group at a name such as `dense/kernel:0`."""
        found = self._child(parent, name)
        if not isinstance(found, h5py.Dataset):
            raise damaged(self.path, f"{name!r} is not an array")
        return array_of(found, self._claims)

    def has(self, parent: h5py.Group, name: str) -> bool:
        """Whether a group has something directly below it under a name."""
        return parent.get(name, getlink=True) is not None

    def arrays(self, top: h5py.Group) -> Iterator[tuple[str, Array]]:
        """Every array below a group, with its name from there."""
        seen = {_address(top)}
        waiting: list[tuple[str, h5py.Group, int]] = [("", top, 0)]
        count = 0
        while waiting:
            prefix, group, depth = waiting.pop()
            if depth > _DEEPEST:
                raise unsafe(self.path, f"its groups are nested deeper than {_DEEPEST} levels")
            for name in group:
                if not _is_unicode(name):
                    raise damaged(self.path, "a name in it is not UTF-8")
                found, full, count = self._step(group, name), prefix + name, count + 1
                if count > _MOST_OBJECTS:
                    raise unsafe(self.path, f"it has more than {_MOST_OBJECTS:,} groups and arrays")
                if isinstance(found, h5py.Dataset):
                    yield full, array_of(found, self._claims)
                    continue
                if not isinstance(found, h5py.Group):
                    raise damaged(self.path, f"{full!r} is neither a group nor an array")
                if _address(found) in seen:
                    raise unsafe(self.path, f"the group {full!r} is in two places, or within itself")
                seen.add(_address(found))
                waiting.append((f"{full}/", found, depth + 1))

    def text(self, holder: h5py.Group, name: str) -> str | None:
        """An attribute that is one text, or None."""
        value = self._attribute(holder, name)
        if value is None:
            return None
        if not isinstance(value, str | bytes):
            raise damaged(self.path, f"its attribute {name!r} is not a text")
        return self._decoded(name, value)

    def names(self, holder: h5py.Group, name: str) -> tuple[str, ...] | None:
        """An attribute that is a list of names, which Keras cuts into `name0`, `name1` … where it is long; or None."""
        whole = self._attribute(holder, name)
        parts = [whole] if whole is not None else list(self._parts(holder, name))
        if not parts:
            return None
        names = tuple(self._decoded(name, each) for part in parts for each in self._listed(name, part))
        if len(set(names)) != len(names):
            raise damaged(self.path, f"its attribute {name!r} has a name twice")
        return names

    def _parts(self, holder: h5py.Group, name: str) -> Iterator[Any]:
        for index in range(_MOST_NAMES):
            part = self._attribute(holder, f"{name}{index}")
            if part is None:
                return
            yield part

    def _listed(self, name: str, value: Any) -> list[Any]:
        if isinstance(value, str | bytes) or getattr(value, "ndim", 0) != 1:
            raise damaged(self.path, f"its attribute {name!r} is not a list of names")
        return list(value)

    def _attribute(self, holder: h5py.Group, name: str) -> Any:
        if name not in holder.attrs:
            return None
        stored = holder.attrs.get_id(name)
        count, kind = prod(stored.shape or ()), stored.get_type()
        if count > _MOST_NAMES or count * kind.get_size() > LONGEST:
            raise unsafe(self.path, f"its attribute {name!r} has {count:,} values")
        if not isinstance(kind, h5py.h5t.TypeStringID) and count:
            raise damaged(self.path, f"its attribute {name!r} is not a text")
        if not isinstance(kind, h5py.h5t.TypeStringID) or not kind.is_variable_str():
            return holder.attrs[name]
        texts = self._texts(holder, name, count)
        return np.array(texts, object) if stored.shape else texts[0]

    def _texts(self, holder: h5py.Group, name: str, count: int) -> list[bytes]:
        references = text_references(self._window, _address(holder), name.encode())
        if references is None or len(references) < count:
            raise unreadable(self.path, f"its attribute {name!r} is not with the others")
        return self._heap.texts(references[:count], f"its attribute {name!r}")

    def _decoded(self, name: str, value: Any) -> str:
        text = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        try:
            return str(text.decode("utf-8"))
        except (UnicodeDecodeError, AttributeError) as error:
            raise damaged(self.path, f"its attribute {name!r} is not UTF-8") from error

    def _child(self, parent: h5py.Group, name: str) -> Any:
        *groups, last = name.split("/")
        at: Any = parent
        for depth, part in enumerate(groups):
            key = (id(parent), tuple(groups[: depth + 1]))
            at = self._met[key] if key in self._met else self._met.setdefault(key, self._step(at, part))
            if not isinstance(at, h5py.Group):
                raise damaged(self.path, f"{name!r} lies inside an array")
        self._kept.append(parent)
        return self._step(at, last)

    def _step(self, group: h5py.Group, name: str) -> Any:
        if name in ("", ".", ".."):
            raise damaged(self.path, f"{name!r} is no name of a group or an array")
        encoded = name.encode("utf-8", "surrogateescape")
        if not group.id.links.exists(encoded):
            raise damaged(self.path, f"{name!r} is missing in {group.name!r}")
        link = group.id.links.get_info(encoded)
        if link.type != h5py.h5l.TYPE_HARD:
            kind = "a link to another file" if link.type == h5py.h5l.TYPE_EXTERNAL else "a symbolic link"
            raise unsafe(self.path, f"{name!r} in {group.name!r} is {kind}")
        found = h5py.h5o.open(group.id, encoded)
        if isinstance(found, h5py.h5g.GroupID):
            return h5py.Group(found)
        return h5py.Dataset(found) if isinstance(found, h5py.h5d.DatasetID) else found


@contextmanager
def open_tree(place: Place) -> Iterator[Tree]:
    """Open an HDF5 file in its place; whatever its parser raises is an error that names the file."""
    with reading(place.shown), Window(_without_user_block(place)) as window, h5py.File(window, "r") as file:
        yield Tree(file, window)


def find_signature(place: Place) -> int | None:
    """Where the HDF5 file begins: at 0, or behind a user block of 512, 1024, 2048 … bytes; None if it is none."""
    with Window(place) as window:
        offset = 0
        while offset < place.length:
            if window.read_at(offset, len(SIGNATURE)) == SIGNATURE:
                return offset
            offset = max(offset * 2, 512)
    return None


def _without_user_block(place: Place) -> Place:
    start = find_signature(place)
    if start is None:
        raise damaged(place.shown, "it is not an HDF5 file")
    return replace(place, start=place.start + start, length=place.length - start)


def file_place(path: Path) -> Place:
    """The whole of a file."""
    with reading(path):
        return Place(path, 0, path.stat().st_size)


def _is_unicode(name: Any) -> bool:
    """Whether h5py could decode a name: what it does otherwise depends on its version."""
    return isinstance(name, str) and not any("\ud800" <= letter <= "\udfff" for letter in name)


def _address(found: Any) -> int:
    return int(h5py.h5o.get_info(found.id).addr)
