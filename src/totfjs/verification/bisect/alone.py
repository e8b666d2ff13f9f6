"""A model of one node, with the operands that it has in place: to run it on a backend, and to hand it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct, programs, weights
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import Call, Operand, spec
from totfjs.graph.ops.spec import Difference, Limit
from totfjs.graph.types import TensorType, dtype_of
from totfjs.runtime import Engine
from totfjs.weights.entry import entries

_SHARD = "group1-shard1of1.bin"


@dataclass(frozen=True)
class Alone:
    """A graph of one node, and what is fed to it."""

    graph: Graph
    inputs: dict[str, np.ndarray]

    def run(self, engine: Engine, backend: str) -> tuple[np.ndarray, ...] | EngineError:
        """What the backend gives, or what it throws."""
        document, data = document_of(self.graph)
        try:
            with engine.load(document, [data], backend) as session:
                return tuple(session.execute(self.inputs).values())
        except EngineError as error:
            return error


def alone(graph: Graph, node: Node, operands: Sequence[Any], results: Sequence[Any]) -> Alone:
    """The model of a node. Constants, and what the runtime reads before it runs the op, stay constants."""
    builder = Builder(())
    held = [_held(graph, node, slot) for slot in range(len(operands))]
    if all(held) and held:
        held[0] = False
    tensors: dict[Value, Tensor] = {}
    fed: dict[str, np.ndarray] = {}
    for slot, (value, operand) in enumerate(zip(node.inputs, operands, strict=True)):
        if value in tensors:
            continue
        array = np.asarray(operand)
        if held[slot]:
            tensors[value] = builder.const(array, name=f"c{slot}")
        else:
            tensors[value] = builder.input(f"x{slot}", dtype_of(array), array.shape)
            fed[f"x{slot}"] = array
    types = tuple(TensorType(kind.dtype, np.shape(item)) for kind, item in zip(node.types, results, strict=True))
    inputs = tuple(tensors[value].value for value in node.inputs)
    copy = builder.add(Node(builder.fresh(node.name), node.op, inputs, node.attrs, types))
    return Alone(
        distinct(builder.build({f"y{at}": builder.tensor(value) for at, value in enumerate(copy.values)})), fed
    )


def _held(graph: Graph, node: Node, slot: int) -> bool:
    inputs = spec(node.op).operand_inputs(len(node.inputs))
    return graph.array(node.inputs[slot]) is not None or inputs[slot].host


def document_of(graph: Graph) -> tuple[dict[str, Any], bytes]:
    """The `model.json` of a graph in memory, and its weights."""
    stored = entries(weights(graph))
    manifest = [{"paths": [_SHARD], "weights": [entry.json() for entry in stored]}]
    document = {"format": "graph-model", **programs(graph), "weightsManifest": manifest}
    return document, b"".join(bytes(piece) for entry in stored for piece in entry.buffers())


def known_of(node: Node, operands: Sequence[Any], backend: str) -> str:
    """What is recorded of a backend that computes such a call otherwise, or cannot; empty where nothing is."""
    found = spec(node.op)
    told = [Operand(TensorType(dtype_of(array), array.shape), array) for array in map(np.asarray, operands)]
    call = Call(node.op, tuple(told), node.attrs, node.name)
    recorded: tuple[Limit | Difference, ...] = (*found.limits, *found.differences)
    reasons = [item.reason for item in recorded if backend in item.backends and item.when(call)]
    return reasons[0] if reasons else ""
