"""`inspect`: reads structure and sizes, and the weights themselves only when their values are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.errors import SourceError, TotfjsError
from totfjs.graph.types import FROM_PROTO
from totfjs.inspection.module import ModuleInfo, inspect_module
from totfjs.inspection.values import values_of
from totfjs.inspection.weight import Holder, Weight
from totfjs.runtime.model_files import read_model
from totfjs.sources.description import shown, unpacked
from totfjs.sources.keras.reading import is_keras_file
from totfjs.sources.stablehlo import is_artifact
from totfjs.sources.tensorflow import is_tensorflow_file
from totfjs.weights.read import read_manifest

if TYPE_CHECKING:
    from totfjs.inspection.keras import KerasInfo
    from totfjs.inspection.layers import LayerRow
    from totfjs.inspection.tensorflow import TensorFlowInfo


@dataclass(frozen=True)
class ModelInfo(Holder):
    """A web model: format, who made it, inputs and outputs, how often each op occurs, weights, shards, metadata.

    `arguments` are those of the source which are no plain inputs: trees, complex numbers, other dtypes, limited dims.
    `layers` are those of a layers model.
    """

    format: str
    made_by: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    ops: Mapping[str, int]
    shards: Mapping[str, int]
    metadata: Mapping[str, Any]
    arguments: Mapping[str, str]
    layers: tuple[LayerRow, ...] = ()

    def __str__(self) -> str:
        count, size = sum(self.shards.values()), len(self.shards)
        lines = [f"{self.path}: {self.format}, made by {self.made_by or 'unknown'}"]
        lines += [f"  in   {name}: {kind}" for name, kind in self.inputs.items()]
        lines += [f"  of   {name}: {kind}" for name, kind in self.arguments.items()]
        lines += [f"  out  {name}: {kind}" for name, kind in self.outputs.items()]
        if self.ops:
            lines.append("  ops  " + ", ".join(f"{op} {n}" for op, n in self.ops.items()))
        if self.layers:
            from totfjs.inspection.layers import table

            lines += [f"  {line}" for line in table(self.layers)]
        lines.append(
            f"  {self.parameters:,} parameters in {len(self.weights)} weights, {count:,} bytes in {size} shards"
        )
        return "\n".join([*lines, *(f"    {weight}" for weight in self.weights)])

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        return {**super().json(), "layers": [vars(row) for row in self.layers]}


@dataclass(frozen=True)
class CheckpointInfo(Holder):
    """A checkpoint: its format, its arrays by path, and what Orbax says of its steps.

    `step` is the one shown of all finished `steps`; `unfinished` were interrupted while they were written.
    """

    format: str
    step: int | None
    steps: tuple[int, ...]
    unfinished: tuple[str, ...]
    written: str
    metadata: Mapping[str, Any]

    def __str__(self) -> str:
        size = sum(weight.bytes for weight in self.weights)
        lines = [f"{self.path}: {self.format} checkpoint, {self.parameters:,} numbers, {size:,} bytes"]
        if self.step is not None:
            lines.append(f"  step {self.step} of {', '.join(map(str, self.steps))}")
        if self.written:
            lines.append(f"  finished {self.written}")
        if self.unfinished:
            lines.append(f"  never finished, and left out: {', '.join(self.unfinished)}")
        return "\n".join([*lines, *(f"    {weight}" for weight in self.weights)])


def inspect(
    path: str | Path, *, values: bool = False
) -> ModelInfo | CheckpointInfo | ModuleInfo | KerasInfo | TensorFlowInfo:
    """Describes a web model, a Keras or TensorFlow file, a checkpoint or a StableHLO module; with `values`, numbers."""
    given = Path(path)
    if not given.exists():
        raise SourceError(f"There is nothing at {path}.", remedy="Check the path.")
    if given.name == "model.json" or (given / "model.json").is_file():
        return _web_model(given, values)
    if is_keras_file(given):
        from totfjs.inspection.keras import inspect_keras  # only Keras files need HDF5

        return inspect_keras(given, values=values)
    if is_tensorflow_file(given):
        from totfjs.inspection.tensorflow import inspect_tensorflow

        return inspect_tensorflow(given, values=values)
    if is_artifact(given):
        return inspect_module(given, values=values)
    return _checkpoint(given, values)


def _checkpoint(path: Path, values: bool) -> CheckpointInfo:
    found = read_checkpoint(path)
    named = [("/".join(keys), array) for keys, array in leaves(found.tree)]
    weights = tuple(
        Weight(
            name, str(array.dtype), array.shape, array.nbytes, str(array.dtype), found.shardings.get(name, ""),
            values_of(array) if values else None,
        )
        for name, array in named
    )  # fmt: skip
    return CheckpointInfo(
        path, weights, found.format, found.step, found.steps, found.unfinished, found.written, found.metadata
    )


def _web_model(path: Path, values: bool) -> ModelInfo:
    files = read_model(path)
    document = files.json
    entries = read_manifest(document.get("weightsManifest") or (), files.directory)
    weights = [
        Weight(
            name, entry.dtype, entry.shape, entry.nbytes, entry.affine.dtype if entry.affine else entry.dtype,
            values=values_of(entry.values) if values else None,
        )
        for name, entry in entries.items()
    ]  # fmt: skip
    signature = document.get("signature") or {}
    topology = document.get("modelTopology") or {}
    ops = Counter(node["op"] for node in topology.get("node", ()) if node["op"] != "Const")
    metadata = dict(document.get("userDefinedMetadata") or {})
    dims = (metadata.get("totfjs") or {}).get("inputs", {})
    shards = [name for group in document.get("weightsManifest") or () for name in group["paths"]]
    inputs = {name: _kind(entry, dims.get(name)) for name, entry in (signature.get("inputs") or {}).items()}
    outputs = {name: _kind(entry, None) for name, entry in (signature.get("outputs") or {}).items()}
    layers: tuple[LayerRow, ...] = ()
    if "node" not in topology:
        inputs, outputs, layers = _layers(files.directory, document)
    return ModelInfo(
        files.directory,
        tuple(weights),
        document.get("format") or "layers-model",
        document.get("convertedBy") or document.get("generatedBy") or "",
        inputs,
        outputs,
        dict(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        {name: (files.directory / name).stat().st_size for name in shards},
        metadata,
        dict(_unlike(inputs, (metadata.get("totfjs") or {}).get("arguments") or {})),
        layers,
    )


def _layers(
    directory: Path, document: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str], tuple[LayerRow, ...]]:
    """Inputs, outputs and layers of a layers model; nothing where it cannot be told."""
    from totfjs.inspection.layers import rows_of
    from totfjs.sources.tfjs.read import read_layers

    try:
        model = read_layers(directory, document)
        rows = rows_of(model.model, True)
        inputs = {name: str(kind) for name, kind in model.inputs.items()}
    except TotfjsError:
        return {}, {}, ()
    given = {row.path: row.outputs for row in rows}
    ends = {ref.layer: given.get(ref.layer, ()) for ref in model.model.output_refs}
    return inputs, {name: ", ".join(kinds) for name, kinds in ends.items()}, rows


def _unlike(inputs: Mapping[str, str], arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The arguments of the source that are described otherwise than an input of their name."""
    for name, packed in arguments.items():
        text = shown(unpacked(packed))
        if text.replace(" ", "") != inputs.get(name, "").replace(" ", ""):
            yield name, text


def _kind(entry: Mapping[str, Any], dims: list[str] | None) -> str:
    sizes = dims or [dim.get("size", "0") for dim in (entry.get("tensorShape") or {}).get("dim", ())]
    dtype = FROM_PROTO.get(entry.get("dtype", ""), "?")
    return f"{dtype}[{', '.join('?' if size == '-1' else size for size in sizes)}]"
