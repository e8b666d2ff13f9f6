"""Writes TensorFlow.js itself into a directory of the user's site, for pages that have no bundler."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from totfjs import __version__
from totfjs.loader.place import place
from totfjs.runtime.bundled import bundled
from totfjs.weights.disk import writing

_LIST = "runtime.json"
# the list does not hold its own hash
_SELF = "the list"
_LAST = ("tensorflow.js", _LIST)


@dataclass(frozen=True)
class ExportedRuntime:
    """What was written: TensorFlow.js of a version, as `files` in `path`, of so many bytes together."""

    path: Path
    version: str
    files: tuple[str, ...]
    bytes: int

    def json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {**asdict(self), "path": str(self.path), "files": list(self.files)}


def export_runtime(directory: str | Path) -> ExportedRuntime:
    """Writes the module `tensorflow.js`, its parts, their types and licences into a directory.

    It is TensorFlow.js as it is published: core, converter, layers and the backends cpu, wasm, webgl and webgpu, of
    which a page fetches those that it starts. Files that this command wrote before are replaced or, where nothing needs
    them any more, removed; others are left, and refused.
    """
    path = Path(directory)
    told = json.loads(bundled("loader/runtime.json").read_text(encoding="utf-8"))
    contents = dict(_contents(told["files"]))
    known = _known(path)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    document = {"generatedBy": f"totfjs {__version__}", "tensorflowjs": told["version"], "sha256": hashes}
    contents[_LIST] = (json.dumps(document, indent=1) + "\n").encode()
    ordered = {name: contents[name] for name in [*sorted(contents.keys() - {*_LAST}), *_LAST]}
    place(path, ordered, lambda file: known.get(file.name) == (_SELF if file.name == _LIST else _hash(file)))
    _remove(path, {name: known[name] for name in known.keys() - contents.keys()})
    return ExportedRuntime(path, told["version"], tuple(sorted(contents)), sum(map(len, contents.values())))


def _contents(names: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        yield name, bundled(f"web/{name}").read_bytes()
    yield "tensorflow.d.ts", bundled("loader/tensorflow.d.ts").read_bytes()
    yield "LICENCES.txt", bundled("LICENCES.txt").read_bytes()


def _known(directory: Path) -> dict[str, str]:
    """The files that were written here before, with their hashes; a list that is damaged knows none."""
    try:
        found = json.loads((directory / _LIST).read_bytes())["sha256"]
        return {_LIST: _SELF, **{str(name): str(value) for name, value in found.items() if Path(name).name == name}}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _hash(path: Path) -> str | None:
    with writing(path):
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _remove(directory: Path, stale: dict[str, str]) -> None:
    """Removes parts of another version, which nobody has changed since."""
    for name, value in stale.items():
        path = directory / name
        if not path.is_symlink() and _hash(path) == value:
            with writing(path):
                path.unlink()
