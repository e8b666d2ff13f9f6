"""GraphDef and FunctionDef → Program. Nodes are read when they are asked for, functions when they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Argument, Body, Node, Program, Ref
from totfjs.sources.tensorflow.reading.attributes import Attributes, attribute
from totfjs.sources.tensorflow.reading.stored import Stored
from totfjs.wire import LENGTH, Message, WireError, fields

MOST_NODES = 200_000
_MOST_FUNCTIONS = 1 << 16
# Fields of NodeDef.
_NAME, _OP, _INPUT, _ATTR, _ORIGIN = 1, 2, 3, 5, 6


def read_graph(message: Message, file: Stored | None = None) -> Program:
    """A GraphDef; `file` is the one in which its large constants stay."""
    versions = message.message(4)
    functions = Functions(message.message(2), file)
    nodes = Nodes(message.datas(1), _graph_ref, file)
    return Program(Body("", nodes), functions, versions=(versions.integer(1), versions.integer(2)))


class Nodes(Mapping[str, Node]):
    """The nodes of a body by name, in the order of the file."""

    def __init__(self, stored: Iterable[memoryview], ref: Callable[[str], Ref], file: Stored | None) -> None:
        self._ref, self._file = ref, file
        self._read: dict[str, Node] = {}
        self._stored: dict[str, memoryview] = {}
        for each in stored:
            name = first_text(each)
            if name in self._stored:
                raise WireError(f"two nodes are called {name}")
            if len(self._stored) == MOST_NODES:
                raise WireError(f"a graph has more than {MOST_NODES} nodes")
            self._stored[name] = each

    def __getitem__(self, name: str) -> Node:
        if name not in self._read:
            node = _node(self._stored[name], self._ref, self._file)
            if node.name != name:
                raise WireError(f"the node {name} has two names")
            self._read[name] = node
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


class Functions(Mapping[str, Body]):
    """The functions of a library by name."""

    def __init__(self, library: Message, file: Stored | None) -> None:
        self._stored: dict[str, Message] = {}
        for each in library.datas(1):
            name = first_text(_first(each))
            if name in self._stored:
                raise WireError(f"two functions are called {name}")
            if len(self._stored) == _MOST_FUNCTIONS:
                raise WireError(f"it has more than {_MOST_FUNCTIONS} functions")
            self._stored[name] = Message(each)
        self._read = lru_cache(None)(lambda name: read_function(self._stored[name], file))

    def __getitem__(self, name: str) -> Body:
        if name not in self._stored:
            raise KeyError(name)
        body = self._read(name)
        if body.name != name:
            raise WireError(f"the function {name} has two names")
        return body

    def __contains__(self, name: object) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def read_function(message: Message, file: Stored | None = None) -> Body:
    """A FunctionDef. Results are in the order of its signature."""
    signature = message.message(1)
    shapes = {entry.integer(1): entry.message(2) for entry in message.messages(7)}
    arguments = tuple(_argument(index, each, shapes) for index, each in enumerate(signature.messages(2)))
    names = {argument.name for argument in arguments}
    returned = {entry.text(1): entry.text(2) for entry in message.messages(4)}
    wanted = [each.text(1) for each in signature.messages(3)]
    if missing := [name for name in wanted if name not in returned]:
        raise WireError(f"the function {signature.text(1)} does not say what {missing[0]} is")
    results = {name: _function_ref(returned[name]) for name in wanted}
    nodes = Nodes(message.datas(3), _function_ref, file)
    if len(names) < len(arguments) or any(name in nodes for name in names):
        raise WireError(f"the function {signature.text(1)} has two nodes or arguments of one name")
    controls = tuple(entry.text(2) for entry in message.messages(6))
    return Body(signature.text(1), nodes, arguments, results, controls)


def first_text(data: memoryview) -> str:
    """The first field of a message, which is its name; most messages begin with it."""
    return _text(_first(data))


def _text(data: memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise WireError("a name is not UTF-8") from error


def _first(data: memoryview) -> memoryview:
    for number, kind, value in fields(data):
        if number == 1:
            if kind != LENGTH:
                break
            assert isinstance(value, memoryview)
            return value
    raise WireError("a node or function has no name")


def _argument(index: int, message: Message, attrs: Mapping[int, Message]) -> Argument:
    shape = None
    if index in attrs:
        noted = {entry.text(1): entry.message(2) for entry in attrs[index].messages(1)}
        shapes = attribute(noted["_output_shapes"]) if "_output_shapes" in noted else ()
        shape = shapes[0] if shapes else None
    return Argument(message.text(1), dtype_name(message.integer(3)), shape)


def _node(data: memoryview, ref: Callable[[str], Ref], file: Stored | None) -> Node:
    """A NodeDef, whose fields are looked at once."""
    found: dict[int, list[memoryview]] = {_NAME: [], _OP: [], _INPUT: [], _ATTR: [], _ORIGIN: []}
    for number, kind, value in fields(data):
        if number in found:
            if kind != LENGTH or isinstance(value, int):
                raise WireError(f"field {number} of a node has the kind {kind}")
            found[number].append(value)
    inputs = [_text(each) for each in found[_INPUT]]
    data_inputs = tuple(ref(text) for text in inputs if not text.startswith("^"))
    controls = tuple(text[1:] for text in inputs if text.startswith("^"))
    origin = tuple(text for each in found[_ORIGIN] for text in Message(each).texts(1))
    name, op = (_text(found[number][-1]) if found[number] else "" for number in (_NAME, _OP))
    return Node(name, op, data_inputs, controls, Attributes(Message(data), found[_ATTR], file), origin)


def _graph_ref(text: str) -> Ref:
    name, _, index = text.partition(":")
    return Ref(name, "", _number(index))


def _function_ref(text: str) -> Ref:
    name, _, rest = text.partition(":")
    output, _, index = rest.partition(":")
    return Ref(name, output, _number(index))


def _number(text: str) -> int:
    if text and not (text.isdecimal() and len(text) < 10):
        raise WireError(f"an output has the number {text[:20]!r}")
    return int(text or 0)
