"""What Keras wrote into a SavedModel of each of its objects: in `keras_metadata.pb`, or where Keras 2.4 kept it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading.configuration import parse_object
from totfjs.sources.keras.reading.problems import damaged, unsafe
from totfjs.sources.keras.reading.saved_objects import FILE, SavedObjects
from totfjs.wire import Message, WireError

METADATA = "keras_metadata.pb"
_LARGEST = 256 << 20
_NODES, _PATH, _KIND, _JSON = 1, 3, 4, 5  # fields of SavedMetadata, and of the SavedObject in it


@dataclass(frozen=True)
class Described:
    """An object: the kind of object, such as `_tf_keras_layer`, and what Keras wrote of it."""

    directory: Path
    kind: str
    text: memoryview

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """The JSON of the object."""
        return parse_object(self.directory, "its metadata", bytes(self.text))


def described_objects(directory: Path) -> Mapping[str, Described]:
    """What is written of each object, by its path from the model, such as `root.layer-0`."""
    try:
        found = _of_file(directory) if (directory / METADATA).is_file() else SavedObjects(directory).metadata()
        return {path: Described(directory, kind, text) for path, kind, text in found}
    except WireError as error:
        raise damaged(directory, f"its metadata: {error}") from error


def is_described(directory: Path) -> bool:
    """Whether a directory is a SavedModel in which Keras describes a model."""
    if (directory / METADATA).is_file():
        return True
    try:
        return (directory / FILE).is_file() and "root" in described_objects(directory)
    except KerasFileError:
        return False


def _of_file(directory: Path) -> Iterator[tuple[str, str, memoryview]]:
    file = directory / METADATA
    if file.stat().st_size > _LARGEST:
        raise unsafe(directory, f"its {METADATA} has {file.stat().st_size:,} bytes")
    for each in Message(file.read_bytes()).messages(_NODES):
        yield each.text(_PATH), each.text(_KIND), each.data(_JSON)
