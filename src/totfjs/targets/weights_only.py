"""Writes weights alone: `weights_manifest.json` and shards, as `tf.io.loadWeights` reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from totfjs.sizes import parse_size
from totfjs.targets.output import replacing
from totfjs.targets.written import Notes, Written, write_json
from totfjs.weights.array import Array
from totfjs.weights.entry import entries
from totfjs.weights.patterns import Request
from totfjs.weights.shards import SHARD_SIZE, Progress, write_shards


def write_weights(
    output: str | Path,
    weights: Iterable[tuple[str, Array]],
    *,
    quantize: Request = None,
    shard_size: int | str = SHARD_SIZE,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write the weights whole or not at all."""
    size, notes = parse_size(shard_size), Notes()
    with replacing(output, force=force) as directory:
        group = write_shards(directory, entries(weights, quantize, notes), size, progress, hashed=False)
        length = write_json(directory / "weights_manifest.json", [group.json()])
    return Written(Path(output), ("weights_manifest.json", *group.paths), length + group.nbytes, notes.all())
