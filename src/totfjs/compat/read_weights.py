"""`tensorflowjs.read_weights`: the arrays of a web model's weights, as TensorFlow.js sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import UsageError
from totfjs.weights.buffers import Buffers
from totfjs.weights.entry import Entry
from totfjs.weights.read import read_manifest, read_span

Buffer = bytes | bytearray | memoryview
Groups = list[list[dict[str, Any]]] | list[dict[str, Any]]


def read_weights(weights_manifest: list[dict[str, Any]], base_path: str | Path, flatten: bool = False) -> Groups:
    """The groups of a manifest as lists of `{"name", "data"}`, or with `flatten` all of them as one list."""
    _check(weights_manifest)
    entries = iter(read_manifest(weights_manifest, base_path).values())
    return _grouped([[_item(next(entries)) for _ in group["weights"]] for group in weights_manifest], flatten)


def decode_weights(
    weights_manifest: list[dict[str, Any]], data_buffers: Buffer | list[Buffer], flatten: bool = False
) -> Groups:
    """The same from memory: a buffer for each group, or one alone where there is one group."""
    _check(weights_manifest)
    buffers = data_buffers if isinstance(data_buffers, list) else [data_buffers]
    if len(buffers) != len(weights_manifest):
        raise UsageError(
            f"The manifest has {len(weights_manifest)} groups, and {len(buffers)} buffers are given.",
            remedy="Join the shards of each group: give one buffer for a group.",
        )
    spans = (Buffers.holding([buffer]) for buffer in buffers)
    found = [read_span(span, group["weights"]) for span, group in zip(spans, weights_manifest, strict=True)]
    return _grouped([[_item(entry) for entry in entries.values()] for entries in found], flatten)


def _check(manifest: Any) -> None:
    groups = manifest if isinstance(manifest, list) else [None]
    if not all(isinstance(group, Mapping) and "weights" in group for group in groups):
        raise UsageError(
            f"The weights_manifest is {type(manifest).__name__}, not a list of groups.",
            remedy='Give the "weightsManifest" of a model.json.',
        )


def _grouped(groups: list[list[dict[str, Any]]], flatten: bool) -> Groups:
    return [item for group in groups for item in group] if flatten else groups


def _item(entry: Entry) -> dict[str, Any]:
    values = entry.values.numpy()
    return {"name": entry.name, "data": _encoded(values) if values.dtype == object else values}


def _encoded(strings: np.ndarray) -> np.ndarray:
    """Strings as their bytes."""
    found = np.empty(strings.shape, object)
    found.reshape(-1)[:] = list(_bytes(strings.reshape(-1)))
    return found


def _bytes(strings: Sequence[str | bytes] | np.ndarray) -> Iterator[bytes]:
    return (string.encode() if isinstance(string, str) else string for string in strings)
