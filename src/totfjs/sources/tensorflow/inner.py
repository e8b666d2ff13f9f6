"""Nodes that lie in the functions of a model, made outputs of its graph: TensorFlow 2 keeps the layers in functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from totfjs.errors import UsageError
from totfjs.sources.tensorflow.order import in_order
from totfjs.sources.tensorflow.program import Body, Function, Node, Program, Ref

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
# Nobody asks for what these give.
_DULL = (*_CALLS, "VarHandleOp", "ReadVariableOp", "VariableV2", "Const", "Identity", "Placeholder", "NoOp")
_MOST_CALLS = 1 << 12
_SHOWN = 5


class Place(NamedTuple):
    """A node of a function, and the calls that lead to it from the main graph."""

    calls: tuple[Node, ...]
    node: Node

    @property
    def name(self) -> str:
        """The name that the node has once the functions are written where they are called."""
        return "/".join(node.name for node in (*self.calls, self.node))


def found_inside(program: Program, wanted: Sequence[str], name: str) -> Place | None:
    """The node of this name in the functions that are called on the way to the wanted nodes of the graph."""
    places = [place for place in _places(program, wanted) if name in (place.node.name, place.name)]
    if len(places) > 1:
        shown = ", ".join(place.name for place in places[:_SHOWN])
        raise UsageError(
            f"{len(places)} nodes are called {name!r}, as the model calls several functions.",
            remedy=f"Name the calls before it, as in {shown}.",
        )
    return places[0] if places else None


def alike(program: Program, wanted: Sequence[str], name: str) -> list[str]:
    """Names of nodes that the user may have meant."""
    nodes = [*program.main.nodes.values(), *(place.node for place in _places(program, wanted))]
    names = dict.fromkeys(node.name for node in nodes if node.op not in _DULL)
    holding = [each for each in names if name.lower() in each.lower()]
    return (holding or get_close_matches(name, names, _SHOWN))[:_SHOWN]


def given_out(program: Program, place: Place, index: int) -> tuple[Program, Ref]:
    """A program in which the main graph has an output of the node, and where it has it."""
    ref = Ref(place.node.name, "", index)
    functions: dict[str, Body] = dict(program.functions)
    node: Node | None = None
    for at in reversed(range(len(place.calls))):
        call = place.calls[at]
        inner = functions[_called(call)]
        inner = inner if node is None else _with(inner, node)
        key = "/".join((*(each.name for each in place.calls[: at + 1]), str(ref)))
        functions[key] = replace(inner, results={**inner.results, key: ref})
        node = replace(call, attrs={**call.attrs, "f": Function(key, call.attrs["f"].attrs)})
        ref = Ref(call.name, "", len(inner.results))
    main = program.main if node is None else _with(program.main, node)
    return replace(program, main=main, functions=functions), ref


def _with(body: Body, node: Node) -> Body:
    return replace(body, nodes={**body.nodes, node.name: node})


def _places(program: Program, wanted: Sequence[str]) -> Iterator[Place]:
    """The nodes of all functions that are called, each after the calls that lead to it."""
    stack: list[tuple[tuple[Node, ...], Body]] = [((), program.main)]
    for _ in range(_MOST_CALLS):
        if not stack:
            return
        calls, body = stack.pop()
        needed = wanted if not calls else [ref.node for ref in body.results.values()]
        for node in in_order(body, needed, _arguments(body)):
            if calls:
                yield Place(calls, node)
            inner = program.functions.get(_called(node))
            if inner is not None and _called(node) not in map(_called, calls):
                stack.append(((*calls, node), inner))


def _arguments(body: Body) -> Mapping[str, object]:
    return {argument.name: argument for argument in body.arguments}


def _called(node: Node) -> str:
    """The function that a node calls; empty for a node that calls none."""
    function = node.attrs.get("f") if node.op in _CALLS else None
    return function.name if isinstance(function, Function) else ""
