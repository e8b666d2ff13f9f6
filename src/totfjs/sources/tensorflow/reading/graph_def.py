"""GraphDef and FunctionDef → Program. Functions are read when they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Argument, Body, Node, Program, Ref
from totfjs.sources.tensorflow.reading.attributes import attribute, attributes
from totfjs.wire import Message, WireError


def read_graph(message: Message) -> Program:
    """A GraphDef."""
    nodes = _by_name([_node(each, _graph_ref) for each in message.messages(1)])
    versions = message.message(4)
    functions = Functions(message.message(2))
    return Program(Body("", nodes), functions, versions=(versions.integer(1), versions.integer(2)))


class Functions(Mapping[str, Body]):
    """The functions of a library by name."""

    def __init__(self, library: Message) -> None:
        self._stored = {each.message(1).text(1): each for each in library.messages(1)}
        self._read = lru_cache(None)(lambda name: read_function(self._stored[name]))

    def __getitem__(self, name: str) -> Body:
        if name not in self._stored:
            raise KeyError(name)
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def read_function(message: Message) -> Body:
    """A FunctionDef. Results are in the order of its signature."""
    signature = message.message(1)
    shapes = {entry.integer(1): entry.message(2) for entry in message.messages(7)}
    arguments = tuple(_argument(index, each, shapes) for index, each in enumerate(signature.messages(2)))
    names = {argument.name for argument in arguments}
    returned = {entry.text(1): entry.text(2) for entry in message.messages(4)}
    results = {each.text(1): _function_ref(returned[each.text(1)]) for each in signature.messages(3)}
    nodes = _by_name([_node(each, _function_ref) for each in message.messages(3)])
    if names & set(nodes):
        raise WireError(f"{signature.text(1)} has a node of the name of an argument")
    controls = tuple(entry.text(2) for entry in message.messages(6))
    return Body(signature.text(1), nodes, arguments, results, controls)


def _argument(index: int, message: Message, attrs: Mapping[int, Message]) -> Argument:
    shape = None
    if index in attrs:
        noted = {entry.text(1): entry.message(2) for entry in attrs[index].messages(1)}
        shapes = attribute(noted["_output_shapes"]) if "_output_shapes" in noted else ()
        shape = shapes[0] if shapes else None
    return Argument(message.text(1), dtype_name(message.integer(3)), shape)


def _node(message: Message, ref: type[Ref] | object) -> Node:
    inputs = tuple(message.texts(3))
    data = tuple(ref(text) for text in inputs if not text.startswith("^"))  # type: ignore[operator]
    controls = tuple(text[1:] for text in inputs if text.startswith("^"))
    origin = tuple(message.message(6).texts(1)) if message.has(6) else ()
    return Node(message.text(1), message.text(2), data, controls, attributes(message, 5), origin)


def _graph_ref(text: str) -> Ref:
    name, _, index = text.partition(":")
    return Ref(name, "", _number(index))


def _function_ref(text: str) -> Ref:
    name, _, rest = text.partition(":")
    output, _, index = rest.partition(":")
    return Ref(name, output, _number(index))


def _number(text: str) -> int:
    if text and not text.isdecimal():
        raise WireError(f"an output has the number {text!r}")
    return int(text or 0)


def _by_name(nodes: list[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        if node.name in found:
            raise WireError(f"two nodes are called {node.name}")
        found[node.name] = node
    return found
