"""Writes a layers model: `model.json` and shards, as `tf.loadLayersModel` reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Protocol

from totfjs import __version__
from totfjs.sizes import parse_size
from totfjs.targets.output import replacing
from totfjs.targets.written import Notes, Written, with_checksums, write_json
from totfjs.weights.array import Array
from totfjs.weights.entry import Entry, entries
from totfjs.weights.patterns import Request
from totfjs.weights.shards import SHARD_SIZE, Group, Progress, write_shards


class Layers(Protocol):
    """What is written: topology, groups of weights, and the compile state with the weights of its optimizer."""

    @property
    def topology(self) -> Mapping[str, Any]:
        """The `modelTopology`."""

    @property
    def groups(self) -> Sequence[Sequence[tuple[str, Array]]]:
        """The weights, each group in files of its own."""

    @property
    def training(self) -> Mapping[str, Any] | None:
        """The `trainingConfig`."""

    @property
    def optimizer(self) -> Sequence[tuple[str, Array]]:
        """The weights of the optimizer, which are never quantized."""


def write_layers_model(
    output: str | Path,
    model: Layers,
    *,
    metadata: Mapping[str, Any] | None = None,
    quantize: Request = None,
    shard_size: int | str = SHARD_SIZE,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write the model whole or not at all."""
    size, notes = parse_size(shard_size), Notes()
    groups = _ordered(
        [*_model_entries(model, quantize, notes), _Entries(entries(model.optimizer, None, notes), True)], size
    )
    with replacing(output, force=force) as directory:
        written = [each.write(directory, size, progress, index) for index, each in enumerate(groups, start=1)]
        manifest = [group.json() for group in written]
        document = _document(model, with_checksums(metadata, written))
        length = write_json(directory / "model.json", {**document, "weightsManifest": manifest})
    paths = [path for group in written for path in group.paths]
    return Written(Path(output), ("model.json", *paths), length + sum(group.nbytes for group in written), notes.all())


class _Entries:
    """The entries of a group, and whether they are those of the optimizer."""

    def __init__(self, items: list[Entry], optimizer: bool = False) -> None:
        self.items, self.optimizer = items, optimizer

    def shards(self, size: int) -> list[int]:
        """The bytes of each shard."""
        total = sum(entry.nbytes for entry in self.items)
        return [min(size, total - size * index) for index in range(ceil(total / size))]

    def write(self, directory: Path, size: int, progress: Progress | None, index: int) -> Group:
        """Write the shards."""
        group = write_shards(directory, self.items, size, progress, index)
        if not self.optimizer:
            return group
        return replace(group, weights=tuple({**line, "group": "optimizer"} for line in group.weights))


def _model_entries(model: Layers, quantize: Request, notes: Notes) -> list[_Entries]:
    """The entries of each group; patterns of quantization hold for all groups together."""
    whole = iter(entries([item for group in model.groups for item in group], quantize, notes))
    return [_Entries([next(whole) for _ in group]) for group in model.groups]


def _ordered(groups: Sequence[_Entries], size: int) -> list[_Entries]:
    """The groups that hold anything; TensorFlow.js misreads a last shard that is larger than equal ones before it."""
    filled = [group for group in groups if group.items]
    sizes = [each for group in filled for each in group.shards(size)]
    if len(filled) > 1 and len(set(sizes[:-1])) == 1 and sizes[-1] > sizes[0]:
        return [filled[-1], *filled[:-1]]
    return filled


def _document(model: Layers, metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """The `model.json` without its weights."""
    made = f"totfjs {__version__}"
    document: dict[str, Any] = {"format": "layers-model", "generatedBy": made, "convertedBy": made}
    if metadata:
        document["userDefinedMetadata"] = dict(metadata)
    document["modelTopology"] = dict(model.topology)
    if model.training is not None:
        document["trainingConfig"] = dict(model.training)
    return document
