"""What the `modelTopology` of a graph model says before any type is known: nodes, ops, functions, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from totfjs.graph.ops import vocabulary

Json = Mapping[str, Any]
# Named among the ops that wait: tables that the model fills before it runs.
TABLES = "tables to fill"


@dataclass(frozen=True)
class Program:
    """The nodes of a graph and of its functions, of which `constants` hold weights; how often each other op occurs.

    `waits` are the ops on the way to an output for which a page has to call executeAsync.
    """

    nodes: int = 0
    constants: int = 0
    ops: Mapping[str, int] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


def program_of(document: Json) -> Program:
    """The program of a `model.json`; of a layers model there is none."""
    topology = document.get("modelTopology") or {}
    nodes = topology.get("node") or ()
    functions = (topology.get("library") or {}).get("function") or ()
    inner = [node for function in functions for node in function.get("nodeDef") or ()]
    ops = Counter(node["op"] for node in (*nodes, *inner))
    constants = ops.pop("Const", 0)
    outputs = [
        entry["name"] for entry in ((document.get("signature") or {}).get("outputs") or {}).values() if "name" in entry
    ]
    waits = {node["op"] for node in (*_reached(nodes, outputs), *inner) if _waits(node["op"])}
    if (document.get("modelInitializer") or {}).get("node"):
        waits.add(TABLES)
    return Program(
        len(nodes) + len(inner),
        constants,
        dict(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        tuple(function["signature"]["name"] for function in functions),
        tuple(sorted(waits)),
    )


def _waits(op: str) -> bool:
    found = vocabulary().get(op)
    return found is not None and found.asynchronous


def _reached(nodes: Sequence[Json], outputs: Iterable[str]) -> Iterator[Json]:
    """The nodes on the way to the outputs; all where no output is named."""
    named = {node["name"]: node for node in nodes if "name" in node}
    open_, seen = [_node(text) for text in outputs] or list(named), set[str]()
    while open_:
        name = open_.pop()
        if name not in seen and name in named:
            seen.add(name)
            yield named[name]
            open_.extend(_node(text) for text in named[name].get("input") or ())


def _node(text: str) -> str:
    return text.removeprefix("^").partition(":")[0]
