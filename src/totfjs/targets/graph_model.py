"""Writes a graph model: `model.json` and shards, as `tf.loadGraphModel` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from totfjs.sizes import parse_size
from totfjs.targets.output import replacing
from totfjs.targets.written import Notes, Written, with_checksums, write_json
from totfjs.weights.array import Array
from totfjs.weights.entry import entries
from totfjs.weights.patterns import Request
from totfjs.weights.shards import SHARD_SIZE, Progress, write_shards

_KEYS = (
    "format",
    "generatedBy",
    "convertedBy",
    "signature",
    "modelTopology",
    "userDefinedMetadata",
    "modelInitializer",
    "initializerSignature",
)


def write_graph_model(
    output: str | Path,
    topology: Mapping[str, Any],
    weights: Iterable[tuple[str, Array]],
    *,
    quantize: Request = None,
    shard_size: int | str = SHARD_SIZE,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write the model whole or not at all. `topology` is the object of `model.json` without its `weightsManifest`."""
    size, notes = parse_size(shard_size), Notes()
    with replacing(output, force=force) as directory:
        group = write_shards(directory, entries(weights, quantize, notes), size, progress)
        described = with_checksums(topology.get("userDefinedMetadata"), [group])
        document = _ordered({**topology, **({"userDefinedMetadata": described} if described else {})})
        length = write_json(directory / "model.json", {**document, "weightsManifest": [group.json()]})
    return Written(Path(output), ("model.json", *group.paths), length + group.nbytes, notes.all())


def _ordered(topology: Mapping[str, Any]) -> dict[str, Any]:
    """Known keys in the official order, then any others as given."""
    first = {key: topology[key] for key in _KEYS if key in topology}
    return first | {key: value for key, value in topology.items() if key not in first}
