"""What a web model is: the one record of its facts, which `inspect` prints and the report of a proof shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.errors import TotfjsError
from totfjs.graph.dims import symbols_of
from totfjs.graph.graph import Graph, Value
from totfjs.graph.types import FROM_PROTO
from totfjs.inspection.legality import Legality, legality_by_ops, legality_of, read_graph
from totfjs.inspection.program import Program, program_of
from totfjs.inspection.sizes import Group, Storage, by_layer, by_storage
from totfjs.inspection.values import values_of
from totfjs.inspection.weight import Holder, Weight
from totfjs.runtime.model_files import read_model
from totfjs.sources.description import shown, unpacked
from totfjs.weights.entry import Entry
from totfjs.weights.read import read_manifest

if TYPE_CHECKING:
    from totfjs.inspection.layers import LayerRow

Json = Mapping[str, Any]
_LAYERS_MODEL = "It is a layers model: TensorFlow.js chooses the ops of its layers when it runs."


@dataclass(frozen=True)
class ModelInfo(Holder):
    """A web model: format, who made it, inputs and outputs, its program, where it may run, weights, shards, metadata.

    `arguments` are those of the source which are no plain inputs: trees, complex numbers, other dtypes, limited dims.
    `dims` are the dynamic dims of the inputs, and `limits` what is known of them. `layers` are those of a layers model.
    """

    format: str
    made_by: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    shards: Mapping[str, int]
    metadata: Mapping[str, Any]
    arguments: Mapping[str, str]
    layers: tuple[LayerRow, ...] = ()
    program: Program = field(default_factory=Program)
    legality: Legality = field(default_factory=Legality)
    dims: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def ops(self) -> Mapping[str, int]:
        """How often each op occurs, constants left out."""
        return self.program.ops

    @property
    def groups(self) -> tuple[Group, ...]:
        """The weights by layer, in a number of rows that can be taken in."""
        return by_layer(self.weights)

    @property
    def storage(self) -> tuple[Storage, ...]:
        """The weights by the dtypes they have and are stored in."""
        return by_storage(self.weights)

    def __str__(self) -> str:
        return self.text()

    def text(self, full: bool = False) -> str:
        """The description for people; `full` lists every weight and every obstacle."""
        from totfjs.inspection.web_text import lines_of

        return "\n".join(lines_of(self, full))

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        program = vars(self.program)
        return {
            **super().json(),
            "layers": [vars(row) for row in self.layers],
            "ops": dict(self.ops),
            "program": {**program, "functions": list(self.program.functions), "waits": list(self.program.waits)},
            "legality": self.legality.json(),
            "groups": [vars(group) for group in self.groups],
            "storage": [{**vars(row), "saved": row.saved} for row in self.storage],
        }


def inspect_web_model(path: Path, *, values: bool = False) -> ModelInfo:
    """Describes a graph model or a layers model; weights are read only for their `values`."""
    files = read_model(path)
    document = files.json
    entries = read_manifest(document.get("weightsManifest") or (), files.directory)
    own = (document.get("userDefinedMetadata") or {}).get("totfjs") or {}
    graph, layers, inputs, outputs, legality = _read(files.directory, document, entries)
    return ModelInfo(
        files.directory,
        tuple(_weight(entry, values) for entry in entries.values()),
        document.get("format") or "layers-model",
        document.get("convertedBy") or document.get("generatedBy") or "",
        inputs,
        outputs,
        {name: (files.directory / name).stat().st_size for name in _shards(document)},
        dict(document.get("userDefinedMetadata") or {}),
        dict(_unlike(inputs, own.get("arguments") or {})),
        layers,
        program_of(document),
        legality,
        _dims(graph, own.get("inputs") or {}),
        tuple(map(str, own.get("limits") or ())),
    )


_Read = tuple[Graph | None, "tuple[LayerRow, ...]", dict[str, str], dict[str, str], Legality]


def _read(directory: Path, document: Json, entries: Mapping[str, Entry]) -> _Read:
    if "node" not in (document.get("modelTopology") or {}):
        inputs, outputs, layers = _layers(directory, document)
        return None, layers, inputs, outputs, Legality(untold=_LAYERS_MODEL)
    signature = document.get("signature") or {}
    own = ((document.get("userDefinedMetadata") or {}).get("totfjs") or {}).get("inputs") or {}
    inputs = {name: _kind(entry, own.get(name)) for name, entry in (signature.get("inputs") or {}).items()}
    outputs = {name: _kind(entry, None) for name, entry in (signature.get("outputs") or {}).items()}
    graph, untold = read_graph(document, entries)
    if graph is None:
        return None, (), inputs, outputs, legality_by_ops(document, untold)
    return graph, (), inputs or _kinds(graph, graph.inputs), _kinds(graph, graph.outputs), legality_of(graph)


def _kinds(graph: Graph, named: Mapping[str, Value]) -> dict[str, str]:
    kinds = {name: graph.type(value) for name, value in named.items()}
    return {name: f"{kind.dtype}[{', '.join(map(str, kind.shape))}]" for name, kind in kinds.items()}


def _dims(graph: Graph | None, recorded: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The dynamic dims of the inputs: as the graph has them, or as the model records them."""
    if graph is not None:
        return symbols_of(size for value in graph.inputs.values() for size in graph.type(value).shape)
    return tuple(dict.fromkeys(size for sizes in recorded.values() for size in sizes if not size.isdigit()))


def _weight(entry: Entry, values: bool) -> Weight:
    stored = entry.affine.dtype if entry.affine else entry.dtype
    found = values_of(entry.values) if values else None
    return Weight(entry.name, entry.dtype, entry.shape, entry.nbytes, stored, values=found)


def _shards(document: Json) -> Iterator[str]:
    return (name for group in document.get("weightsManifest") or () for name in group["paths"])


def _layers(directory: Path, document: Json) -> tuple[dict[str, str], dict[str, str], tuple[LayerRow, ...]]:
    """Inputs, outputs and layers of a layers model; nothing where it cannot be told."""
    from totfjs.inspection.layers import rows_of
    from totfjs.sources.tfjs.layers import read_layers

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


def _kind(entry: Json, dims: list[str] | None) -> str:
    sizes = dims or [dim.get("size", "0") for dim in (entry.get("tensorShape") or {}).get("dim", ())]
    dtype = FROM_PROTO.get(entry.get("dtype", ""), "?")
    return f"{dtype}[{', '.join('?' if size == '-1' else size for size in sizes)}]"
