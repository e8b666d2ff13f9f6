"""What a target reports, and the JSON it writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.errors import OutputError
from totfjs.weights.disk import write_file
from totfjs.weights.entry import Note
from totfjs.weights.shards import Group


@dataclass(frozen=True)
class Written:
    """An output on disk: its files relative to `path`, their bytes together, and what happened to weights."""

    path: Path
    files: tuple[str, ...]
    bytes: int
    notes: tuple[Note, ...]


class Notes:
    """Collects notes; a weight that streams twice is noted once."""

    def __init__(self) -> None:
        self._notes: dict[tuple[type[Note], str], Note] = {}

    def __call__(self, note: Note) -> None:
        """Keep a note."""
        self._notes[type(note), note.name] = note

    def all(self) -> tuple[Note, ...]:
        """The notes in order of their weights' first mention."""
        return tuple(self._notes.values())


def with_checksums(metadata: Mapping[str, Any] | None, groups: Iterable[Group]) -> dict[str, Any]:
    """The `userDefinedMetadata` of a model that also tells what each of its shards must be.

    A page compares a shard with it before it decodes any, so that it can say what is wrong with one.
    """
    given = dict(metadata or {})
    shards = {path: each for group in groups for path, each in group.checksums().items()}
    return {**given, "totfjs": {**given.get("totfjs", {}), "shards": shards}} if shards else given


def write_json(path: Path, content: Any) -> int:
    """Write compact JSON in one line, the same bytes for the same content; return how many."""
    try:
        text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise OutputError(
            f"{path.name} would hold a number that JSON cannot write ({error}).",
            remedy="Report this model: such numbers must be written as constants.",
        ) from error
    encoded = text.encode("ascii")
    write_file(path, encoded)
    return len(encoded)
