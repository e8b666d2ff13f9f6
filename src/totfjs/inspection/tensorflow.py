"""What a SavedModel or a frozen graph holds: tags, signatures, ops and which of them are not converted, variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.inspection.values import values_of
from totfjs.inspection.weight import Holder, Weight
from totfjs.sources.tensorflow import is_saved_model
from totfjs.sources.tensorflow.ops import table
from totfjs.sources.tensorflow.program import Body, Function, Program, Ref
from totfjs.sources.tensorflow.reading import read_saved
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.reading.variables import VARIABLES
from totfjs.sources.tensorflow.saved import Port, Saved, Signature
from totfjs.sources.tensorflow.values import Variable

_MOST_FUNCTIONS = 1 << 12


@dataclass(frozen=True)
class SignatureInfo:
    """A signature: its inputs and outputs, how often each op occurs in what they need, and ops that nothing lowers."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    ops: Mapping[str, int]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class TensorFlowInfo(Holder):
    """A SavedModel or a frozen graph; `tags` are those of each graph in it, the signatures those of the one shown."""

    format: str
    version: str
    tags: tuple[tuple[str, ...], ...]
    signatures: Mapping[str, SignatureInfo]
    assets: tuple[str, ...]

    def __str__(self) -> str:
        written = f", written by TensorFlow {self.version}" if self.version else ""
        lines = [f"{self.path}: {self.format}{written}"]
        lines += [f"  tags {'; '.join(','.join(tags) or '(none)' for tags in self.tags)}"] if self.tags else []
        for name, signature in self.signatures.items():
            lines += [f"  signature {name}", *(f"    {line}" for line in _lines(signature))]
        size = sum(weight.bytes for weight in self.weights)
        lines.append(f"  {self.parameters:,} parameters in {len(self.weights)} variables, {size:,} bytes")
        lines += [f"    {weight}" for weight in self.weights]
        lines += [f"  assets {', '.join(self.assets)}"] if self.assets else []
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        return {**super().json(), "signatures": {name: vars(each) for name, each in self.signatures.items()}}


def inspect_tensorflow(path: Path, *, values: bool = False) -> TensorFlowInfo:
    """Describes a SavedModel, or a frozen graph."""
    directory = path if path.is_dir() else path.parent
    if not is_saved_model(path):
        saved = read_saved(path, ())
        return _info(path, saved, "frozen graph", "", (), values)
    from totfjs.sources.tensorflow.reading.meta_graph import SERVE, read_meta_graphs

    with reading(directory):
        graphs = read_meta_graphs(directory)
        tags = tuple(graph.tags for graph in graphs)
        saved = read_saved(directory, SERVE if SERVE in tags else tags[0])
        return _info(directory, saved, "SavedModel", graphs[0].tensorflow, tags, values)


def _info(
    path: Path, saved: Saved, kind: str, version: str, tags: tuple[tuple[str, ...], ...], values: bool
) -> TensorFlowInfo:
    variables = [value for value in saved.resources.values() if isinstance(value, Variable)]
    weights = tuple(
        Weight(
            each.name, str(each.array.dtype), each.array.shape, each.array.nbytes, each.dtype,
            values=values_of(each.array) if values else None,
        )
        for each in variables
    )  # fmt: skip
    with reading(path):
        signatures = {name: _signature(saved, each) for name, each in saved.signatures.items()}
    return TensorFlowInfo(path, weights, kind, version, tags, signatures, tuple(saved.assets))


def _signature(saved: Saved, signature: Signature) -> SignatureInfo:
    ops = Counter(_ops(saved.program, [port.ref for port in signature.outputs.values()]))
    known = {*table(), *saved.program.functions, *VARIABLES}
    return SignatureInfo(
        {name: _kind(port) for name, port in signature.inputs.items()},
        {name: _kind(port) for name, port in signature.outputs.items()},
        dict(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        tuple(sorted(op for op in ops if op not in known)),
    )


def _ops(program: Program, outputs: list[Ref]) -> Iterator[str]:
    """The ops that results need, each function once, without what only holds programs together."""
    called: set[str] = set()
    stack: list[tuple[Body, list[str]]] = [(program.main, [ref.node for ref in outputs])]
    while stack and len(called) < _MOST_FUNCTIONS:
        body, names = stack.pop()
        seen: set[str] = set()
        while names:
            name = names.pop()
            node = body.nodes.get(name)
            if name in seen or node is None:
                continue
            seen.add(name)
            names += [ref.node for ref in node.inputs]
            yield node.op
            for inner in _functions(node.attrs.values() if node.op not in _PLAIN else ()):
                if inner not in called and inner in program.functions:
                    called.add(inner)
                    function = program.functions[inner]
                    stack.append((function, [ref.node for ref in function.results.values()]))


_PLAIN = ("Const", "Identity", "ReadVariableOp", "VarHandleOp", "Placeholder")


def _functions(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, Function):
            yield value.name
        elif isinstance(value, tuple):
            yield from (each.name for each in value if isinstance(each, Function))


def _kind(port: Port) -> str:
    """A type as in `float32[?, 3]`; empty where the file does not say it."""
    if not port.dtype:
        return "?"
    sizes = "..." if port.shape is None else ", ".join("?" if size is None else str(size) for size in port.shape)
    return f"{port.dtype}[{sizes}]"


def _lines(signature: SignatureInfo) -> Iterator[str]:
    yield from (f"in   {name}: {kind}" for name, kind in signature.inputs.items())
    yield from (f"out  {name}: {kind}" for name, kind in signature.outputs.items())
    if signature.ops:
        yield "ops  " + ", ".join(f"{op} {count}" for op, count in signature.ops.items())
    if signature.unknown:
        yield "not converted  " + ", ".join(signature.unknown)
