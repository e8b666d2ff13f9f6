"""`.weights.json`: weights that Keras cut into several HDF5 files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from totfjs.sources.keras.reading.configuration import LONGEST, parse_object
from totfjs.sources.keras.reading.hdf5 import read_nested, split_optimizer
from totfjs.sources.keras.reading.problems import damaged, reading, unsafe
from totfjs.sources.keras.reading.saved import Saved
from totfjs.sources.keras.reading.structure import file_place
from totfjs.weights.array import Array


def read_shards(path: Path) -> Saved:
    """Read the list of files, and the weights in each of them."""
    with reading(path):
        if path.stat().st_size > LONGEST:
            raise unsafe(path, "it is far too long for a list of files")
        listed = parse_object(path, "its text", path.read_bytes()).get("weight_map")
    if not isinstance(listed, dict):
        raise damaged(path, "it does not say in which files the weights are (weight_map)")
    paths: dict[str, Array] = {}
    for name in dict.fromkeys(_files(path, listed)):
        for key, array in read_nested(file_place(path.with_name(name))).items():
            if key in paths:
                raise damaged(path, f"{key!r} is in two of its files")
            paths[key] = array
    missing = [key for key in listed if not any(each.startswith(f"{key.strip('/')}/") for each in paths)]
    if missing:
        raise damaged(path, f"{missing[0]!r} is in none of its files")
    weights, optimizer = split_optimizer(paths)
    return Saved(path, "Keras weights (HDF5 shards)", "", None, None, weights, optimizer)


def _files(path: Path, listed: Mapping[str, Any]) -> Iterator[str]:
    for names in listed.values():
        for name in names if isinstance(names, list) else [names]:
            if not isinstance(name, str) or not name.endswith(".weights.h5") or set(name) & set("/\\:\0"):
                raise unsafe(path, f"it names the file {name!r}, which is none of the weights beside it")
            yield name
