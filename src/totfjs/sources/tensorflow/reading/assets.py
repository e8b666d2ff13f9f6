"""Files that a SavedModel brings along (vocabularies), by the names that flow through its graph instead of paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from totfjs.sources.tensorflow.reading.meta_graph import MetaGraph
from totfjs.sources.tensorflow.reading.problems import damaged, reading, unsafe
from totfjs.sources.tensorflow.reading.signatures import ref_of
from totfjs.wire import Message

_FOLDER = "assets"
_COLLECTION = "saved_model_assets"
_MOST_ASSETS = 1 << 12
_LARGEST = 1 << 28
# Fields of AssetFileDef, CollectionDef and Any.
_TENSOR, _FILE_NAME = 1, 2
_ANY_LIST, _VALUES, _VALUE = 5, 1, 2


class Assets(Mapping[str, bytes]):
    """The contents of the files by name, each read when it is asked for; none lies outside of the model's directory."""

    def __init__(self, directory: Path, names: Iterator[str]) -> None:
        self._folder = directory / _FOLDER
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        path = self._folder / name
        with reading(path):
            if not path.resolve(strict=True).is_relative_to(self._folder.parent.resolve()):
                raise unsafe(path, "it is a link to a file outside of the model's directory")
            if path.stat().st_size > _LARGEST:
                raise unsafe(path, f"it has more than {_LARGEST} bytes")
            return path.read_bytes()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def asset_tensors(graph: MetaGraph) -> dict[str, str]:
    """The name of the file that each asset tensor stands for, by the tensor's node."""
    found: dict[str, str] = {}
    for each in _definitions(graph):
        if len(found) == _MOST_ASSETS:
            raise damaged(graph.directory, f"it has more than {_MOST_ASSETS} assets")
        found[ref_of(each.message(_TENSOR).text(1)).node] = _checked(graph, each.text(_FILE_NAME))
    return found


def _definitions(graph: MetaGraph) -> Iterator[Message]:
    yield from graph.assets()
    if _COLLECTION in graph.collections:  # where TensorFlow 1 kept them at first
        for each in graph.collections[_COLLECTION].message(_ANY_LIST).messages(_VALUES):
            yield each.message(_VALUE)


def _checked(graph: MetaGraph, name: str) -> str:
    """A name that leads to a file below the folder of assets, on every system."""
    parts = name.replace("\\", "/").split("/")
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or PureWindowsPath(name).root
    if absolute or ".." in parts or "\0" in name or not name:
        raise unsafe(graph.directory, f"it names the asset {name!r}, which is no file in its folder")
    return name
