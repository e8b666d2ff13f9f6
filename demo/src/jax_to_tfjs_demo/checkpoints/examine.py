"""All that a checkpoint holds, as `examine` shows it: metadata, arrays with dims, dtypes and devices, and progress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jax_to_tfjs_demo.checkpoints import disk
from jax_to_tfjs_demo.checkpoints.listing import Record
from jax_to_tfjs_demo.checkpoints.locate import locate
from jax_to_tfjs_demo.errors import DemoError


@dataclass(frozen=True)
class ArrayRecord:
    """One array: its path in the item, and how it lay on devices when it was saved."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int
    sharding: str

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        count = 1
        for dim in self.shape:
            count *= dim
        return count


@dataclass(frozen=True)
class Item:
    """The arrays of one item of a checkpoint: the model's parameters, or the optimizer's state."""

    name: str
    arrays: tuple[ArrayRecord, ...]

    @property
    def numbers(self) -> int:
        """How many numbers all arrays hold."""
        return sum(array.numbers for array in self.arrays)

    @property
    def bytes(self) -> int:
        """The bytes of all arrays in memory; files are smaller, because they are compressed."""
        return sum(array.bytes for array in self.arrays)

    @property
    def tree(self) -> Mapping[str, Any]:
        """The arrays in dicts by the parts of their names."""
        found: dict[str, Any] = {}
        for array in self.arrays:
            *parents, leaf = array.name.split("/")
            place = found
            for part in parents:
                place = place.setdefault(part, {})
            place[leaf] = array
        return found


@dataclass(frozen=True)
class Examination:
    """One checkpoint in full: where it stands among the others, its files, its items, and what training noted."""

    record: Record
    files: tuple[tuple[str, int], ...]
    metadata: Mapping[str, Any]
    model: Item
    optimizer: Item
    progress: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The same in the types of JSON."""
        return {
            **self.record.as_json(),
            "files": [{"name": name, "bytes": size} for name, size in self.files],
            "metadata": dict(self.metadata),
            "items": {item.name: _item_json(item) for item in (self.model, self.optimizer)},
            "progress": dict(self.progress),
        }


def examine(path: str | Path, step: int | str | None = None) -> Examination:
    """Reads the structure of the checkpoint that `path` names (see `locate`); the arrays themselves are not read."""
    import totfjs  # only examining needs it: names and errors come at once

    record = locate(path, step)
    try:
        weights = totfjs.inspect(record.path).weights
    except totfjs.TotfjsError as error:
        raise DemoError(f"{record.path} cannot be read: {error}", remedy="Remove it and take another.") from error
    return Examination(
        record,
        tuple(_files(record.path)),
        disk.metadata_of(record.path),
        _item(disk.MODEL, weights),
        _item(disk.OPTIMIZER, weights),
        disk.progress_of(record.path),
    )


def _item(name: str, weights: Iterable[Any]) -> Item:
    arrays = [
        ArrayRecord(
            weight.name.removeprefix(f"{name}/"), weight.dtype, tuple(weight.shape), weight.bytes, weight.sharding
        )
        for weight in weights
        if weight.name.startswith(f"{name}/")
    ]
    return Item(name, tuple(arrays))


def _files(path: Path) -> list[tuple[str, int]]:
    return [
        (file.relative_to(path).as_posix(), file.stat().st_size) for file in sorted(path.rglob("*")) if file.is_file()
    ]


def _item_json(item: Item) -> dict[str, Any]:
    return {"numbers": item.numbers, "bytes": item.bytes, "arrays": [asdict(array) for array in item.arrays]}
