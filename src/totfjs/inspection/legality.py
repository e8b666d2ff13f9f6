"""On which backends the specs of its ops let a web model run, and which nodes stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from totfjs.errors import TotfjsError
from totfjs.graph.decode import decode
from totfjs.graph.graph import Graph
from totfjs.graph.lists import shared_lists
from totfjs.graph.ops import BACKENDS, OpError, vocabulary
from totfjs.graph.ops.spec import no_kernel
from totfjs.graph.validate import SHARED, violations
from totfjs.weights.entry import Entry

Json = Mapping[str, Any]
# Elements up to which constants are read: axes, shapes, permutations, and no weights.
VISIBLE = 256
_NO_KERNEL = no_kernel().reason


@dataclass(frozen=True)
class Obstacle:
    """A node that some backends refuse or get wrong, and why."""

    node: str
    op: str
    backends: tuple[str, ...]
    effect: str
    reason: str


@dataclass(frozen=True)
class Legality:
    """The obstacles of a model. `untold` says what of it could not be judged: then no obstacle promises nothing."""

    obstacles: tuple[Obstacle, ...] = ()
    untold: str = ""

    @property
    def backends(self) -> Mapping[str, bool | None]:
        """Whether each backend may run the model; None where that could not be told."""
        stopped = {backend for obstacle in self.obstacles for backend in obstacle.backends}
        return {backend: False if backend in stopped else None if self.untold else True for backend in BACKENDS}

    def json(self) -> dict[str, Any]:
        """The judgement as plain JSON values."""
        obstacles = [{**vars(each), "backends": list(each.backends)} for each in self.obstacles]
        return {"backends": dict(self.backends), "obstacles": obstacles, "untold": self.untold}


def read_graph(document: Json, entries: Mapping[str, Entry]) -> tuple[Graph | None, str]:
    """The graph with its types and without its weights, or why it cannot be had."""
    try:
        weights = {name: entry.values for name, entry in entries.items()}
        return replace(decode(document, weights, visible=VISIBLE), backends=BACKENDS), ""
    except TotfjsError as error:
        return None, error.what
    except OpError as error:
        return None, str(error)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:  # what others write may be anything
        return None, f"its graph is not one that can be read ({type(error).__name__}: {error})"


def legality_of(graph: Graph) -> Legality:
    """What the specs say of every node of a graph whose types are known."""
    found = [
        Obstacle(node.name, node.op, tuple(limit.backends), limit.effect, limit.reason)
        for node, limit in violations(graph, graph.functions)
    ]
    found += [Obstacle(node.name, node.op, BACKENDS, "wrong", SHARED) for node in shared_lists(graph, graph.functions)]
    return Legality(tuple(found))


def legality_by_ops(document: Json, untold: str) -> Legality:
    """What can be said of a graph whose types are not known: ops that a backend does not have at all."""
    topology = document.get("modelTopology") or {}
    functions = (topology.get("library") or {}).get("function") or ()
    nodes = [*(topology.get("node") or ()), *(node for each in functions for node in each.get("nodeDef") or ())]
    return Legality(tuple(_missing(nodes)), untold)


def _missing(nodes: Iterable[Json]) -> Iterator[Obstacle]:
    for node in nodes:
        name, op = str(node.get("name", "")), str(node["op"])
        found = vocabulary().get(op)
        if found is None and op != "Const" and op != "Placeholder":
            yield Obstacle(name, op, BACKENDS, "throws", "TensorFlow.js has no such op")
        for limit in found.limits if found is not None else ():
            if limit.reason == _NO_KERNEL:
                yield Obstacle(name, op, tuple(limit.backends), limit.effect, limit.reason)
