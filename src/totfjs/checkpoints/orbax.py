"""Reads Orbax checkpoints (an item, a step, or the directory of steps) with tensorstore; Orbax itself is not needed."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.checkpoints.checkpoint import Checkpoint, Tree, damaged, insert
from totfjs.checkpoints.orbax_records import check_finished, is_finished, shardings, written_at
from totfjs.checkpoints.recent import Recent
from totfjs.errors import CheckpointError, MissingDependencyError
from totfjs.weights.array import PIECE, Array, Dense

_METADATA = "_METADATA"
# Arrays up to this size are read whole, larger ones by slabs when they are streamed.
WHOLE = 4 * PIECE
_STEP = re.compile(r"(?:.*_)?(\d+)")
_SEQUENCE = 1
_NO_ARRAY = ("None", "string", "Dict", "List", "Tuple", "NamedTuple")


def is_orbax(path: Path) -> bool:
    """Whether a directory is an item, a step or a directory of steps."""
    return (path / _METADATA).is_file() or bool(_items(path)) or bool(_steps(path)) or bool(_interrupted(path))


def read_orbax(path: Path, step: int | None = None) -> Checkpoint:
    """Read the structure of the latest finished step, or of the named one; arrays are read when asked for."""
    check_finished(path)
    steps, unfinished = _steps(path), _interrupted(path)
    if step is not None and step not in steps:
        found = f"it has {', '.join(map(str, sorted(steps)))}" if steps else "it is not a directory of steps"
        raise CheckpointError(f"{path} has no step {step}: {found}.", remedy="Name a step that is there.")
    if unfinished and not steps and not _items(path) and not (path / _METADATA).is_file():
        raise CheckpointError(
            f"{path} holds only checkpoints that were never finished: {', '.join(unfinished)}.",
            remedy="Let the training write one to its end.",
        )
    if steps:
        step = max(steps) if step is None else step
        path = steps[step]
    items = [path] if (path / _METADATA).is_file() else _items(path)
    for item in items:
        check_finished(item)
    trees = {item.name: _read_item(item) for item in items}
    before = {item: f"{item.name}/" if len(items) > 1 else "" for item in items}
    lying = {before[item] + name.replace(".", "/"): text for item in items for name, text in shardings(item).items()}
    return Checkpoint(
        trees[items[0].name] if len(items) == 1 else trees,
        "orbax",
        _custom(items[0]) if len(items) == 1 else {},
        step,
        tuple(sorted(steps)),
        unfinished,
        written_at(path),
        lying,
    )


class Stored(Array):
    """An array in a tensorstore, read by slabs of its own chunks."""

    def __init__(self, store: Any, name: str, path: Path, recent: Recent) -> None:
        super().__init__(store.dtype.numpy_dtype, store.shape)
        self._store, self._name, self._path, self._recent = store, name, path, recent

    @property
    def key(self) -> Hashable:
        """The checkpoint and the name in it."""
        return ("orbax", str(self._path), self._name)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield slabs of whole chunks, which are what can be decoded at once, cut into pieces."""
        if not self.shape:
            yield from Dense(self._read(...)).chunks(limit)
            return
        if self.nbytes <= WHOLE or self._recent.get(self._name) is not None:
            yield from Dense(self.numpy()).chunks(limit)
            return
        rows = max(int(self._store.chunk_layout.read_chunk.shape[0]), 1)
        for start in range(0, self.shape[0] if self.size else 0, rows):
            yield from Dense(self._read(slice(start, min(start + rows, self.shape[0])))).chunks(limit)

    def numpy(self) -> np.ndarray:
        """Return the whole, which is kept for a while."""
        whole = self._recent.get(self._name)
        return self._recent.keep(self._name, Dense(self._read(...)).numpy()) if whole is None else whole

    def _read(self, where: Any) -> np.ndarray:
        try:
            return np.asarray(self._store[where].read(order="C").result())
        except (ValueError, MemoryError) as error:
            raise damaged(self._path, f"{self._name} cannot be read ({_first_line(error)})") from error


def _steps(path: Path) -> dict[int, Path]:
    """The finished steps."""
    children = sorted(child for child in path.iterdir() if child.is_dir())
    named = [(match, child) for child in children if (match := _STEP.fullmatch(child.name)) and is_finished(child)]
    return {int(match[1]): child for match, child in named if (child / _METADATA).is_file() or _items(child)}


def _interrupted(path: Path) -> tuple[str, ...]:
    """The names of steps that were begun and never finished."""
    children = sorted(child for child in path.iterdir() if child.is_dir())
    return tuple(child.name for child in children if not is_finished(child))


def _items(path: Path) -> list[Path]:
    children = sorted(child for child in path.iterdir() if child.is_dir())
    return [
        child
        for child in children
        if (child / _METADATA).is_file() and not _STEP.fullmatch(child.name) and is_finished(child)
    ]


def _custom(item: Path) -> dict[str, Any]:
    found = _metadata(item).get("custom_metadata")
    return found if isinstance(found, dict) else {}


def _metadata(item: Path) -> dict[str, Any]:
    try:
        found = json.loads((item / _METADATA).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(item, f"its {_METADATA} cannot be read") from error
    if not isinstance(found, dict) or not isinstance(found.get("tree_metadata"), dict):
        raise damaged(item, f"its {_METADATA} describes no tree")
    return found


def _read_item(item: Path) -> Tree:
    metadata = _metadata(item)
    try:
        leaves = [_leaf(record) for record in metadata["tree_metadata"].values()]
    except (TypeError, KeyError, AttributeError) as error:
        raise damaged(item, f"its {_METADATA} describes a leaf without keys") from error
    context = _tensorstore().Context() if any(is_array for *_, is_array in leaves) else None
    opening = {path: _open(item, ".".join(path), metadata, context) for path, _, is_array in leaves if is_array}
    tree: dict[str, Tree] = {}
    recent = Recent()
    for path, _, is_array in leaves:
        insert(tree, path, _opened(item, ".".join(path), opening[path], recent) if is_array else None)
    sequences = {path[:depth] for path, kinds, _ in leaves for depth, kind in enumerate(kinds) if kind == _SEQUENCE}
    return _listed(tree, sequences)


def _leaf(record: dict[str, Any]) -> tuple[tuple[str, ...], list[int], bool]:
    keys = record["key_metadata"]
    value = record["value_metadata"]
    is_array = value["value_type"] not in _NO_ARRAY and not value.get("skip_deserialize")
    path = tuple(str(key["key"]) for key in keys)
    if not path:
        raise KeyError("key_metadata")
    return path, [key["key_type"] for key in keys], is_array


def _open(item: Path, name: str, metadata: dict[str, Any], context: Any) -> Any:
    tensorstore = _tensorstore()
    file = {"driver": "file", "path": f"{item.resolve().as_posix()}/"}
    if (item / "manifest.ocdbt").is_file():
        kvstore = {"driver": "ocdbt", "base": file, "path": f"{name}/"}
    elif ".." in name.replace("\\", "/").split("/"):
        raise damaged(item, f"{name!r} lies outside it")
    else:
        kvstore = {**file, "path": f"{file['path']}{name}/"}
    spec: dict[str, Any] = {"driver": "zarr3" if metadata.get("use_zarr3") else "zarr", "kvstore": kvstore}
    if metadata.get("store_array_data_equal_to_fill_value"):
        spec["fill_missing_data_reads"] = False  # a lost chunk must not read as zeros
    return tensorstore.open(spec, read=True, context=context)


def _opened(item: Path, name: str, opening: Any, recent: Recent) -> Stored:
    try:
        return Stored(opening.result(), name, item, recent)
    except ValueError as error:
        raise damaged(item, f"{name} cannot be opened ({_first_line(error)})") from error


def _listed(tree: Tree, sequences: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> Tree:
    """Turn the dicts at `sequences` into lists, and leave out of the others what is no array."""
    if not isinstance(tree, dict):
        return tree
    inner = {key: _listed(value, sequences, (*path, key)) for key, value in tree.items()}
    if path in sequences and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return {key: value for key, value in inner.items() if value is not None}


def _tensorstore() -> Any:
    try:
        import tensorstore
    except ImportError as error:
        raise MissingDependencyError(
            "Orbax checkpoints are read with tensorstore, which is not installed.",
            remedy="Run `pip install 'totfjs[checkpoints]'`.",
        ) from error
    return tensorstore


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0].split(" [")[0] if str(error) else type(error).__name__
