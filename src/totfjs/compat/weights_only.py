"""A Keras file of weights alone, as the old package wrote it: a layers model without a topology."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from totfjs import __version__
from totfjs.compat.request import Request
from totfjs.conversion import Result, read_metadata
from totfjs.sources.keras import holds_weights_alone, named_weights
from totfjs.targets.output import replacing
from totfjs.targets.written import Notes, write_json
from totfjs.verification import Verification
from totfjs.weights.array import Array
from totfjs.weights.entry import entries
from totfjs.weights.patterns import as_quantization
from totfjs.weights.shards import write_shards


def holds_only_weights(request: Request) -> bool:
    """Whether this is such a file, on its way to a layers model."""
    return request.source_format == "keras" and request.to == "layers" and holds_weights_alone(str(request.source))


def write_without_model(request: Request) -> Result:
    """Write `model.json` with a manifest and no topology, for `model.loadWeights` and the like."""
    notes, groups = Notes(), list(_groups(named_weights(request.source), request.split_by_layer))
    stored = iter(entries([item for group in groups for item in group], as_quantization(request.quantize), notes))
    document = {"format": "layers-model", "generatedBy": None, "convertedBy": f"totfjs {__version__}"}
    metadata = read_metadata(request.metadata_files)
    with replacing(request.output, force=True) as directory:
        written = [
            write_shards(directory, [next(stored) for _ in group], request.shard_size, None, index, hashed=False)
            for index, group in enumerate(groups, start=1)
        ]
        manifest = {"modelTopology": None, "weightsManifest": [group.json() for group in written]}
        kept = {"userDefinedMetadata": metadata} if metadata else {}
        length = write_json(directory / "model.json", {**document, **kept, **manifest})
    files = ("model.json", *(path for group in written for path in group.paths))
    size = length + sum(group.nbytes for group in written)
    skipped = Verification.skipped("weights alone compute nothing: there is nothing to compare")
    said = (*request.notes, *map(str, notes.all()))
    return Result(Path(request.output), "weights", files, size, (), (), said, skipped)


def _groups(named: list[tuple[str, Array]], split: bool) -> Iterator[list[tuple[str, Array]]]:
    """All weights, or those of each layer."""
    if not split:
        yield named
        return
    for layer in dict.fromkeys(name.partition("/")[0] for name, _ in named):
        yield [item for item in named if item[0].partition("/")[0] == layer]
