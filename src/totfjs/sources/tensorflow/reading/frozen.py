"""Frozen graphs (GraphDef), as `.pb` or as text → Saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from totfjs.sources.tensorflow.program import Body, Node, Ref
from totfjs.sources.tensorflow.reading.graph_def import read_graph
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.sources.tensorflow.saved import Port, Saved, Signature

NAME = "graph"
_INPUTS = ("Placeholder", "PlaceholderWithDefault")


def read_frozen(path: Path, outputs: Sequence[str] | None = None) -> Saved:
    """A GraphDef whose variables are constants. Its inputs are its placeholders."""
    with reading(path):
        file = Stored(path)
        program = read_graph(file.message, file)
        signature = Signature(NAME, _inputs(program.main), {})
        return Saved(program, {NAME: signature}, path=path)


def _inputs(body: Body) -> dict[str, Port]:
    return {node.name: _port(node) for node in body.nodes.values() if node.op in _INPUTS}


def _port(node: Node) -> Port:
    return Port(Ref(node.name), str(node.attrs.get("dtype", "")), node.attrs.get("shape"))
