"""Frozen graphs (GraphDef), in binary or as text → Saved; what else ends in `.pb` is told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from totfjs.errors import SourceError
from totfjs.sources.tensorflow.program import Body, Node, Program, Ref
from totfjs.sources.tensorflow.reading.graph_def import read_graph
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.sources.tensorflow.reading.text_format import read_text
from totfjs.sources.tensorflow.saved import Port, Saved, Signature
from totfjs.wire import VARINT, Message, WireError, fields

NAME = "graph"
_INPUTS = ("Placeholder", "PlaceholderWithDefault")
# Nodes that nobody reads, and that are no results.
_NO_OUTPUTS = (
    *_INPUTS, "Const", "NoOp", "Assert", "Print", "PrintV2", "CheckNumerics", "Assign", "AssignVariableOp", "SaveV2",
    "RestoreV2", "VarIsInitializedOp", "IsVariableInitialized", "InitializeTableV2", "InitializeTable",
    "InitializeTableFromTextFileV2", "LookupTableImportV2", "MergeV2Checkpoints", "VarHandleOp", "VariableV2",
)  # fmt: skip
_VARIABLES = ("VarHandleOp", "VariableV2", "Variable")
_SHOWN = 8


def read_frozen(path: Path, outputs: Sequence[str] | None = None) -> Saved:
    """A GraphDef whose variables are constants. Its inputs are its placeholders; `outputs` are nodes."""
    if path.suffix.lower() == ".meta":
        raise _graph_without_values(path)
    with reading(path):
        program = _program(path)
        if any(node.op in _VARIABLES for node in program.main.nodes.values()):
            raise _graph_without_values(path)
        found = () if outputs is not None else tuple(_ends(program.main))
        signature = Signature(NAME, _inputs(program.main), {name: Port(Ref(name), "") for name in found})
        notes = () if outputs is not None else (_guessed(path, found),)
        return Saved(program, {NAME: signature}, path=path, notes=notes)


def _program(path: Path) -> Program:
    if path.suffix.lower() == ".pbtxt":
        return read_graph(Message(read_text(path, "GraphDef")))
    if path.name == "keras_metadata.pb":
        raise _other(path, "the metadata of a Keras model", "Give the directory that it lies in.")
    file = Stored(path)
    _check_kind(path, file.data)
    return read_graph(file.message, file)


def _check_kind(path: Path, data: memoryview) -> None:
    """Refuses what is no GraphDef, as far as its first field tells; other files have their own way out."""
    number, kind, value = next(fields(data))
    whole = Message(data)
    if (number, kind) == (1, VARINT) and whole.has(7):
        raise _other(path, "an ONNX model", "Convert the model in the framework that made it.")
    if (number, kind) == (1, VARINT) and whole.has(2):
        raise _other(path, "a SavedModel without its directory", "Give the directory, with a saved_model.pb in it.")
    if number not in (1, 2, 3, 4) or (number == 1 and not _is_node(value)):
        raise _other(path, "not a graph of TensorFlow", "Give a SavedModel, or a frozen graph (GraphDef).")


def _is_node(value: int | memoryview) -> bool:
    """Whether a first field may be a node: with a name and an op."""
    if isinstance(value, int):
        return False
    try:
        return bool(Message(value).text(1) and Message(value).text(2))
    except WireError:
        return False


def _other(path: Path, what: str, remedy: str) -> SourceError:
    return SourceError(f"{path} is {what}.", remedy=remedy)


def _graph_without_values(path: Path) -> SourceError:
    return SourceError(
        f"{path} is a graph without the values of its variables, which lie in a checkpoint.",
        remedy="Load both with TensorFlow (tf.compat.v1.train.import_meta_graph) and save a SavedModel.",
    )


def _inputs(body: Body) -> dict[str, Port]:
    return {node.name: _port(node) for node in body.nodes.values() if node.op in _INPUTS}


def _port(node: Node) -> Port:
    return Port(Ref(node.name), str(node.attrs.get("dtype", "")), _shape(node))


def _shape(node: Node) -> tuple[int | None, ...] | None:
    """The shape of a placeholder. Graphs of producers before version 24 write an unknown one as that of a scalar."""
    shapes = node.attrs.get("_output_shapes")
    if shapes:
        return shapes[0]  # type: ignore[no-any-return]
    return node.attrs.get("shape")


def _ends(body: Body) -> Iterator[str]:
    """The nodes that no other node reads."""
    read = {ref.node for node in body.nodes.values() for ref in node.inputs}
    return (name for name, node in body.nodes.items() if name not in read and node.op not in _NO_OUTPUTS)


def _guessed(path: Path, found: Sequence[str]) -> str:
    if not found:
        raise SourceError(f"{path} has no node that gives a result.", remedy="Name its outputs with --outputs.")
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    names = f"{', '.join(found[:_SHOWN])}{more}"
    return f"The outputs are the nodes that no other node reads: {names} (--outputs to choose)."
