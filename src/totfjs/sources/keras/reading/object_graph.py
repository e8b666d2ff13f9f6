"""The graph of objects in a TensorFlow checkpoint: which variable is called what, from the model down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from totfjs.checkpoints.tensor_bundle import TensorBundle
from totfjs.sources.keras.reading.problems import damaged
from totfjs.weights.array import Array
from totfjs.wire import Message

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"
_MOST_OBJECTS = 1 << 20
# Fields of TrackableObjectGraph, of its TrackableObject, and of the records in that.
_NODES, _CHILDREN, _ATTRIBUTES, _SLOTS = 1, 1, 2, 3
_CHILD_NODE, _CHILD_NAME = 1, 2
_ATTRIBUTE, _FULL_NAME, _KEY = 1, 2, 3
_SLOT_VARIABLE = 3


class ObjectGraph:
    """The objects of a checkpoint, each a number; the model is 0."""

    def __init__(self, path: Path, bundle: TensorBundle) -> None:
        self._path, self._bundle = path, bundle
        self._children: dict[int, Mapping[str, int]] = {}

    @cached_property
    def _nodes(self) -> list[memoryview]:
        if GRAPH not in self._bundle or self._bundle[GRAPH].shape or self._bundle[GRAPH].dtype.kind != "O":
            raise damaged(self._path, "its checkpoint does not say which object has which variables")
        nodes: list[memoryview] = []
        for node in Message(self._bundle[GRAPH].numpy().item()).datas(_NODES):
            nodes.append(node)
            if len(nodes) > _MOST_OBJECTS:
                raise damaged(self._path, f"its checkpoint has more than {_MOST_OBJECTS} objects")
        return nodes

    def children(self, node: int) -> Mapping[str, int]:
        """The objects that an object holds, by name."""
        if node not in self._children:
            records = self._node(node).messages(_CHILDREN)
            self._children[node] = {each.text(_CHILD_NAME): each.integer(_CHILD_NODE) for each in records}
        return self._children[node]

    def at(self, *names: str) -> int | None:
        """The object at the end of a path from the model; None where there is none."""
        node = 0
        for name in names:
            found = self.children(node).get(name)
            if found is None:
                return None
            node = found
        return node

    def items(self, node: int | None) -> list[int]:
        """The members of an object that is a list, in order."""
        numbered = self.children(node) if node is not None else {}
        places = sorted(int(name) for name in numbered if name.isdecimal() and len(name) < 10)
        return [numbered[str(place)] for place in places if str(place) in numbered]

    def variable(self, node: int) -> tuple[str, Array]:
        """The name that TensorFlow gave to a variable, and its value."""
        for attribute in self._node(node).messages(_ATTRIBUTES):
            if attribute.text(_ATTRIBUTE) == _VALUE:
                key = attribute.text(_KEY)
                if key not in self._bundle:
                    raise damaged(self._path, f"its checkpoint has no value {key!r}")
                return attribute.text(_FULL_NAME), self._bundle[key]
        raise damaged(self._path, "a variable has no value in its checkpoint")

    def slots(self, node: int) -> Iterator[int]:
        """The variables that an optimizer of the old kind keeps for those of the model."""
        return (each.integer(_SLOT_VARIABLE) for each in self._node(node).messages(_SLOTS))

    def _node(self, node: int) -> Message:
        if not 0 <= node < len(self._nodes):
            raise damaged(self._path, f"its checkpoint has no object {node}")
        return Message(self._nodes[node])
