"""A graph loaded on a backend, of which any values may be fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from totfjs.errors import EngineError
from totfjs.graph.frames import frames_of, has_frames
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.types import DType
from totfjs.runtime import Engine, Session

# Bytes that are fetched in one run.
AT_ONCE = 64 * 1024 * 1024
_ROUTES = ("Switch", "Enter", "NextIteration", "LoopCond")
_HANDLES = (DType.RESOURCE, DType.VARIANT)


@dataclass
class Device:
    """A model on a backend, loaded when it is first run, and again after it threw."""

    engine: Engine
    backend: str
    document: Mapping[str, Any]
    shards: Sequence[Any]
    _session: Session | None = field(default=None, repr=False)

    def run(self, inputs: Mapping[str, np.ndarray], names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """The outputs, or the tensors of these names; raises EngineError when the model cannot be run."""
        try:
            if self._session is None:
                self._session = self.engine.load(self.document, self.shards, self.backend)
            return self._session.execute(inputs, names)
        except EngineError:
            self.close()
            raise

    def fed(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs by the names that the loaded model has for them, in order."""
        if self._session is None:
            self._session = self.engine.load(self.document, self.shards, self.backend)
        return dict(zip((port.name for port in self._session.inputs), inputs.values(), strict=True))

    def values(self, inputs: Mapping[str, np.ndarray], wanted: Sequence[Value]) -> dict[Value, np.ndarray]:
        """Any values of the graph."""
        # With its port, a name is never taken for that of an output of the signature.
        found = self.run(inputs, [f"{value.node}:{value.port}" for value in wanted])
        return dict(zip(wanted, found.values(), strict=True))

    def close(self) -> None:
        """Frees the weights."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(EngineError):
                session.close()


def in_reach(graph: Graph) -> list[Node]:
    """The nodes whose values can be fetched: those that compute, outside of loops."""
    inside = {name for name, frames in frames_of(graph).items() if frames} if has_frames(graph) else frozenset()
    return [node for node in graph.operations if node.op not in _ROUTES and node.name not in inside]


def fetched(graph: Graph, node: Node) -> Iterator[Value]:
    """The values of a node that are tensors."""
    return (value for value in node.values if graph.type(value).dtype not in _HANDLES)


def chunks(values: Iterable[Value], sizes: Mapping[Value, int]) -> Iterator[list[Value]]:
    """Values in order, as many at a time as may be fetched in one run."""
    chunk: list[Value] = []
    held = 0
    for value in values:
        size = sizes.get(value, 0)
        if chunk and held + size > AT_ONCE:
            yield chunk
            chunk, held = [], 0
        chunk.append(value)
        held += size
    if chunk:
        yield chunk


def first_to_throw(device: Device, graph: Graph, nodes: Sequence[Node], inputs: Mapping[str, Any]) -> Node | None:
    """The node at which the model throws: the last of the shortest run of nodes that does. None when none does."""
    low, high = 0, len(nodes)
    if not _throws(device, graph, nodes, inputs):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _throws(device, graph, nodes[:middle], inputs) else (middle, high)
    return nodes[low]


def _throws(device: Device, graph: Graph, nodes: Sequence[Node], inputs: Mapping[str, Any]) -> bool:
    """Whether these nodes cannot be run; only what none of them reads is fetched."""
    read = {value.node for node in nodes for value in node.inputs}
    ends = [value for node in nodes if node.name not in read for value in list(fetched(graph, node))[:1]]
    try:
        device.values(inputs, ends)
    except EngineError:
        return True
    return False
