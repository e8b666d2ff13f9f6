"""`convert`: pick the source, run the passes, write the target, prove the result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from totfjs import __version__
from totfjs.errors import InputSpecError, SourceError, UsageError
from totfjs.garbage import uncollected
from totfjs.graph.encode import distinct, programs
from totfjs.graph.encode import weights as weights_of
from totfjs.graph.graph import Graph
from totfjs.graph.ops import BACKENDS, Backend, spec
from totfjs.graph.validate import check_legal
from totfjs.passes import optimize
from totfjs.sources.resolve import is_checkpoint, open_source
from totfjs.targets import Written, check_output, write_graph_model, write_weights
from totfjs.verification import Verification, begin, plan, prove
from totfjs.weights.patterns import as_quantization
from totfjs.weights.shards import parse_size

TARGETS = ("auto", "graph", "weights")
# Keys of `userDefinedMetadata` that mean something to TensorFlow.js or to totfjs.
_RESERVED = ("totfjs", "signature", "structuredOutputKeys")
# What a long step reports: its name, how much is done, and of how much (0 when that is not known).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model; dims that are text are decided when the model runs."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Result:
    """What `convert` made: the files, the model's inputs and outputs, what to know, and the proof."""

    path: Path
    target: str
    files: tuple[str, ...]
    bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    notes: tuple[str, ...]
    verification: Verification

    def json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        tensors = {"inputs": self.inputs, "outputs": self.outputs}
        described = {key: [vars(item) for item in items] for key, items in tensors.items()}
        return {
            "path": str(self.path),
            "target": self.target,
            "files": list(self.files),
            "bytes": self.bytes,
            **described,
            "notes": list(self.notes),
            "verification": self.verification.json(),
        }


@uncollected()
def convert(
    source: Any,
    output: str | Path,
    *,
    to: str = "auto",
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    signature: str | None = None,
    tags: Sequence[str] = ("serve",),
    outputs: str | Sequence[str] | None = None,
    quantize: Any = None,
    shard_size: int | str = "4MiB",
    metadata: Mapping[str, Any] | None = None,
    backends: str | Sequence[Backend] = BACKENDS,
    verify: str | Sequence[str] = "auto",
    force: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Compile `source` into a TensorFlow.js model at `output`, and run it there against the source.

    `source` is a path, `package.module:name`, or the model itself; `inputs` maps names to dims, dynamic ones as text.
    """
    report = progress or (lambda stage, done, total: None)
    backends = cast("Sequence[Backend]", _names(backends))
    _check_arguments(to, backends, shard_size, signature, tags)
    _check_inputs(inputs)
    _check_metadata(metadata)
    check_output(output, force=force)
    settings: dict[str, Any] = {"quantize": as_quantization(quantize), "shard_size": shard_size, "force": force}
    outputs = _names(outputs)
    if to == "weights" or (to == "auto" and is_checkpoint(source)):
        _check_no_model(source, inputs, outputs)
        return _convert_weights(source if weights is None else weights, output, settings, report)
    chosen = plan(verify, backends)
    try:
        chosen.warm()
        report("reading", 0, 0)
        opened = open_source(source, inputs=inputs, weights=weights, outputs=outputs)
        report("compiling", 0, 0)
        lowered = opened.graph(backends)
        proof = begin(chosen, opened, lowered)
        graph = distinct(optimize(lowered))
        if not graph.outputs:
            raise SourceError("The model returns no arrays.", remedy="Return an array, or a dict or tuple of arrays.")
        check_legal(graph)
        document, content = model_json(graph, metadata, opened.description), weights_of(graph)
        written = write_graph_model(output, document, content, **settings, progress=_writing(report))
        report("verifying", 0, 0)
        verification = prove(proof, Path(os.path.realpath(output)), quantized=quantize is not None)
    finally:
        chosen.close()
    notes = (*opened.notes, *map(str, written.notes), *_running_notes(graph))
    return _result("graph", written, graph, notes, verification)


def model_json(
    graph: Graph, metadata: Mapping[str, Any] | None = None, description: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The `model.json` of a graph, without its weights; `description` is the source's own."""
    dims = {name: [str(size) for size in graph.type(value).shape] for name, value in graph.inputs.items()}
    return {
        "format": "graph-model",
        "generatedBy": f"totfjs {__version__}",
        "convertedBy": f"totfjs {__version__}",
        **programs(graph),
        "userDefinedMetadata": {**(metadata or {}), "totfjs": {"inputs": dims, **(description or {})}},
    }


def _convert_weights(source: Any, output: str | Path, settings: dict[str, Any], report: Progress) -> Result:
    from totfjs.checkpoints import left_out, read_named

    if callable(source):
        raise UsageError(
            "Weights alone come from a checkpoint or a tree of arrays, not from a model.",
            remedy="Give the checkpoint as the source, or the arrays as weights=.",
        )
    named, dropped = read_named(source), left_out(source)
    written = write_weights(output, named, **settings, progress=_writing(report))
    notes = [f"Left out, as only training needs it: {', '.join(dropped)}."] if dropped else []
    skipped = Verification.skipped("weights alone compute nothing: there is nothing to compare")
    notes += map(str, written.notes)
    return Result(written.path, "weights", written.files, written.bytes, (), (), tuple(notes), skipped)


def _result(target: str, written: Written, graph: Graph, notes: tuple[str, ...], verification: Verification) -> Result:
    ins, outs = (tensors(graph, named) for named in (graph.inputs, graph.outputs))
    return Result(written.path, target, written.files, written.bytes, ins, outs, notes, verification)


def tensors(graph: Graph, named: Mapping[str, Any]) -> tuple[Tensor, ...]:
    """The inputs or outputs of a graph as records."""
    types = {name: graph.type(value) for name, value in named.items()}
    return tuple(
        Tensor(name, kind.dtype.value, tuple(size if isinstance(size, int) else str(size) for size in kind.shape))
        for name, kind in types.items()
    )


def _running_notes(graph: Graph) -> Iterator[str]:
    waits = sorted({node.op for node in graph if node.array is None and spec(node.op).asynchronous})
    if waits:
        yield f"The model needs `await model.executeAsync(...)`: it holds {', '.join(waits)}."
    for kind, names in (("inputs", list(graph.inputs)), ("outputs", list(graph.outputs))):
        if sorted(names, key=_javascript_order) != names:
            first = ", ".join(sorted(names, key=_javascript_order))
            yield f"JavaScript puts names that are numbers first: {kind} given as an array have the order {first}."


def _javascript_order(name: str) -> tuple[bool, int]:
    number = name.isascii() and name.isdigit() and str(int(name)) == name
    return (not number, int(name) if number else 0)


def _writing(report: Progress) -> Callable[[int, int], None]:
    return lambda done, total: report("writing", done, total)


def _names(names: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Names as the user gives them: several, or text with commas."""
    if names is None:
        return None
    listed = names.split(",") if isinstance(names, str) else names
    return tuple(name.strip() for name in listed if name.strip())


def _check_no_model(source: Any, inputs: Any, outputs: Any) -> None:
    if inputs is not None or outputs is not None:
        raise UsageError(
            f"{source} is converted as weights alone, which have no inputs and outputs.",
            remedy=f"Name the code of the model as the source, and add --weights {source}.",
        )


def _check_arguments(
    to: str, backends: Sequence[str], shard_size: int | str, signature: str | None, tags: Sequence[str]
) -> None:
    if to not in TARGETS:
        raise UsageError(f"There is no target {to!r}.", remedy=f"Choose one of {', '.join(TARGETS)}.")
    unknown = [backend for backend in backends if backend not in BACKENDS]
    if unknown or not backends:
        raise UsageError(
            f"There is no backend {', '.join(unknown)}." if unknown else "No backend is given.",
            remedy=f"Choose from {', '.join(BACKENDS)}.",
        )
    if signature is not None or tuple(tags) != ("serve",):
        raise UsageError("Only SavedModels have signatures and tags.", remedy="Leave --signature and --tags out.")
    parse_size(shard_size)


def _check_inputs(inputs: Any) -> None:
    """Names are what a page feeds by: text, and not empty."""
    if inputs is None or (isinstance(inputs, Mapping) and all(isinstance(name, str) and name for name in inputs)):
        return
    raise InputSpecError(
        f"The inputs {inputs!r} have no names.", remedy='Give each input a name, as in {"image": ("b", 28, 28, 1)}.'
    )


def _check_metadata(metadata: Any) -> None:
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The metadata are not JSON: {error}.", remedy="Give text, numbers, lists and dicts."
        ) from None
    if not isinstance(metadata, Mapping | None):
        raise UsageError(f"The metadata {metadata!r} have no keys.", remedy='Give a dict, as in {"labels": [...]}.')
    for key in metadata or ():
        if key in _RESERVED:
            raise UsageError(f"The metadata key {key!r} is taken.", remedy="Choose another key.")


def read_metadata(files: Mapping[str, str | Path]) -> dict[str, Any]:
    """The JSON that each file holds, by key, for `userDefinedMetadata`."""
    read: dict[str, Any] = {}
    for key, path in files.items():
        try:
            read[key] = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The metadata file {path} cannot be read: {getattr(error, 'strerror', None) or error}.",
                remedy="Give a JSON file.",
            ) from error
    return read
