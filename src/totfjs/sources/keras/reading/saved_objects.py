"""`saved_model.pb`, as far as Keras needs it: metadata where Keras 2.4 and older kept it, and learned vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np

from totfjs.sources.keras.reading.object_graph import Objects
from totfjs.sources.keras.reading.problems import damaged, reading
from totfjs.wire import Message

FILE = "saved_model.pb"
# Fields of SavedModel, MetaGraphDef, SavedObjectGraph, SavedObject, SavedUserObject and SavedConstant.
_META_GRAPHS, _GRAPH, _OBJECT_GRAPH, _NODES = 2, 2, 7, 1
_USER_OBJECT, _CONSTANT = 4, 9
_IDENTIFIER, _METADATA, _OPERATION = 1, 3, 1
# Fields of GraphDef, NodeDef, an entry of its attributes, AttrValue, TensorProto and TensorShapeProto.
_NODE, _NAME, _ATTRIBUTES, _KEY, _VALUE, _TENSOR = 1, 1, 5, 1, 2, 8
_DTYPE, _SHAPE, _CONTENT, _STRINGS, _INTEGERS, _DIM, _SIZE = 1, 2, 4, 8, 10, 2, 1


class SavedObjects(Objects):
    """The objects of a SavedModel. The file is mapped: constants of its graph that nobody asks for are not read."""

    def __init__(self, directory: Path) -> None:
        with reading(directory):
            whole = Message(np.memmap(directory / FILE, np.uint8, "r").data)
        self._meta = next(whole.messages(_META_GRAPHS), Message(b""))
        super().__init__(directory, self._meta.message(_OBJECT_GRAPH).datas(_NODES))

    def metadata(self) -> Iterator[tuple[str, str, memoryview]]:
        """The path, kind and JSON of each object of Keras that has its description here."""
        for path, node in self.paths() if self._nodes else ():
            found = self.node(node).message(_USER_OBJECT)
            if found.has(_METADATA):
                yield path, found.text(_IDENTIFIER), found.data(_METADATA)

    def table(self, node: int) -> tuple[list[str | int], list[str | int]] | None:
        """The keys and values of a lookup table; None when its contents do not lie in the file as constants."""
        function = self.at("_initialize", "trace_0", start=node)
        captured = self.children(function) if function is not None else {}
        names = [self.node(child).message(_CONSTANT).text(_OPERATION) for _, child in sorted(captured.items())]
        if len(names) != 2 or not all(name in self._constants for name in names):
            return None
        keys, values = (self._constant(name) for name in names)
        return (keys, values) if len(keys) == len(values) else None

    @cached_property
    def _constants(self) -> Mapping[str, Message]:
        """The nodes of the graph that constants of objects name."""
        wanted = {node.message(_CONSTANT).text(_OPERATION) for node in map(Message, self._nodes) if node.has(_CONSTANT)}
        nodes = self._meta.message(_GRAPH).messages(_NODE)
        return {node.text(_NAME): node for node in nodes if node.text(_NAME) in wanted}

    def _constant(self, name: str) -> list[str | int]:
        for attribute in self._constants[name].messages(_ATTRIBUTES):
            if attribute.text(_KEY) == "value":
                return self._entries(attribute.message(_VALUE).message(_TENSOR))
        raise damaged(self.path, f"the constant {name!r} has no value")

    def _entries(self, tensor: Message) -> list[str | int]:
        size = prod(dim.integer(_SIZE) for dim in tensor.message(_SHAPE).messages(_DIM))
        found: list[str | int] = []
        match tensor.integer(_DTYPE):
            case 7:  # texts
                found.extend(tensor.texts(_STRINGS))
            case 9 if tensor.has(_CONTENT):
                content = tensor.data(_CONTENT)
                found.extend(np.frombuffer(content[: len(content) // 8 * 8], "<i8").tolist())
            case 9:  # int64
                found.extend(tensor.integers(_INTEGERS).tolist())
        if size != len(found):
            raise damaged(self.path, f"a vocabulary has {len(found)} entries of {size}")
        return found
