"""`tensorflowjs.write_weights`: groups of named arrays as shards and a manifest."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.compat.quantization import map_layers_to_quantization_dtype
from totfjs.errors import UsageError
from totfjs.weights.array import as_array
from totfjs.weights.disk import sync_directory, write_file, writing
from totfjs.weights.entry import Entry
from totfjs.weights.narrow import narrow
from totfjs.weights.quantize import exact, quantize
from totfjs.weights.shards import write_shards

_MANIFEST = "weights_manifest.json"
# What the page has no dtype for, and a manifest can say all the same: such integers are stored in as few bytes.
_SMALL = ("uint8", "uint16")


def write_weights(
    weight_groups: Sequence[Sequence[Mapping[str, Any]]],
    write_dir: str | Path,
    shard_size_bytes: int = 1024 * 1024 * 4,
    write_manifest: bool = True,
    quantization_dtype_map: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Write groups of `{"name", "data"}` beside whatever the directory holds, and return the weights manifest.

    Each file appears whole, the manifest last. The entries that are given stay as they are.
    """
    groups = _checked(weight_groups)
    if isinstance(shard_size_bytes, bool) or not isinstance(shard_size_bytes, int) or shard_size_bytes < 1:
        raise UsageError(
            f"The shard_size_bytes must be an integer greater than 0, not {shard_size_bytes!r}.",
            remedy="Give a number of bytes, such as 4194304.",
        )
    entries = [list(_entries(group, quantization_dtype_map)) for group in groups]
    directory = Path(write_dir)
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix=".totfjs-", dir=directory)
    with made:
        written = [
            write_shards(Path(made.name), group, shard_size_bytes, None, at, hashed=False)
            for at, group in _numbered(entries)
        ]
        manifest = [group.json() for group in written]
        paths = [path for group in written for path in group.paths]
        if write_manifest:
            write_file(Path(made.name) / _MANIFEST, json.dumps(manifest).encode())
            paths.append(_MANIFEST)
        _move(paths, Path(made.name), directory)
    return manifest


def _numbered(entries: list[list[Entry]]) -> Iterator[tuple[int, list[Entry]]]:
    return enumerate(entries, start=1)


def _move(paths: Sequence[str], source: Path, target: Path) -> None:
    for path in paths:
        with writing(target / path):
            (source / path).replace(target / path)
    sync_directory(target)


def _entries(group: Sequence[Mapping[str, Any]], dtypes: Mapping[str, Any] | None) -> Iterator[Entry]:
    chosen = map_layers_to_quantization_dtype([item["name"] for item in group], dtypes)
    for item in group:
        dtype = chosen.get(item["name"])
        yield _entry(item["name"], item["data"], None if dtype is None else np.dtype(dtype).name)


def _entry(name: str, data: np.ndarray, dtype: str | None) -> Entry:
    array = narrow(name, as_array(data))
    if data.dtype.name in _SMALL and (found := exact(name, array)):
        return Entry(name, *found)
    if dtype is None or array.dtype != np.float32 or not array.size:
        return Entry(name, array)
    return Entry(name, *quantize(name, array, dtype))


def _checked(groups: Any) -> list[list[Mapping[str, Any]]]:
    if not isinstance(groups, list) or not groups:
        raise _malformed("weight_groups must be a list of at least one group.")
    seen: set[str] = set()
    for at, group in enumerate(groups):
        if not isinstance(group, list):
            raise _malformed(f"weight_groups[{at}] must be a list of weights.")
        for index, item in enumerate(group):
            _check_item(f"weight_groups[{at}][{index}]", item, seen)
    return groups


def _check_item(place: str, item: Any, seen: set[str]) -> None:
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
        raise _malformed(f'{place} has no text "name".')
    if not isinstance(item.get("data"), np.ndarray):
        raise _malformed(f'The "data" of {place} is no numpy array.')
    if item["name"] in seen:
        raise _malformed(f"Two weights are named {item['name']!r}: names are unique across all groups.")
    seen.add(item["name"])


def _malformed(what: str) -> UsageError:
    return UsageError(what, remedy='Write groups as [[{"name": "dense/kernel", "data": array}]].')
